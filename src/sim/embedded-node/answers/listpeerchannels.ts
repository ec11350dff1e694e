import type { SimHtlc, SimPolicy } from '../../market/market.ts';
import { nodeIdArgument, scidArgument, textOf } from '../call-arguments.ts';
import { CLTV_DELTA } from '../htlc-expiry.ts';
import { sha256 } from '../identity.ts';
import { toJson } from '../json-text.ts';
import type { NodeChannel, NodeState, StateChange } from '../node-state.ts';
import { type ChannelState, isClosing } from '../quirks.ts';
import type { Command } from './command.ts';

/** No limit at all, as lightningd writes it: a double would round it. */
const U64_MAX = 18_446_744_073_709_551_615n;
const STABLE_AFTER_MS = 60_000;

const side = (policy: SimPolicy): object => ({
  htlc_minimum_msat: policy.htlcMin,
  htlc_maximum_msat: policy.htlcMax,
  cltv_expiry_delta: CLTV_DELTA,
  fee_base_msat: policy.base,
  fee_proportional_millionths: policy.ppm,
});

const REASON: Record<ChannelState, string> = {
  CHANNELD_AWAITING_LOCKIN: 'new channel opened',
  CHANNELD_NORMAL: 'Lockin complete',
  CHANNELD_AWAITING_SPLICE: 'Splice',
  CHANNELD_SHUTTING_DOWN: 'User or plugin invoked close command',
  CLOSINGD_SIGEXCHANGE: 'Start closingd',
  CLOSINGD_COMPLETE: 'Closing complete',
  AWAITING_UNILATERAL: 'Forcibly closed by `close` command timeout',
  FUNDING_SPEND_SEEN: 'Onchain funding spend',
  ONCHAIN: 'Onchain init reply',
};

/** Why a channel came into a state, in lightningd's words; shared with channel_state_changed. */
export const reasonFor = (state: ChannelState): string => REASON[state];

const STATUS: Record<ChannelState, readonly string[]> = {
  CHANNELD_AWAITING_LOCKIN: [
    'CHANNELD_AWAITING_LOCKIN:Funding needs 1 more confirmations to be ready.',
  ],
  CHANNELD_NORMAL: ['CHANNELD_NORMAL:Channel ready for use.'],
  CHANNELD_AWAITING_SPLICE: ['CHANNELD_AWAITING_SPLICE:Splice pending.'],
  CHANNELD_SHUTTING_DOWN: ['CHANNELD_SHUTTING_DOWN:Shutdown messages exchanged.'],
  CLOSINGD_SIGEXCHANGE: ['CLOSINGD_SIGEXCHANGE:Negotiating closing fee.'],
  CLOSINGD_COMPLETE: ['CLOSINGD_SIGEXCHANGE:We agreed on a closing fee of 386 satoshi.'],
  AWAITING_UNILATERAL: [],
  FUNDING_SPEND_SEEN: ['FUNDING_SPEND_SEEN:Funding transaction spent.'],
  ONCHAIN: ['ONCHAIN:Tracking mutual close transaction'],
};

/** The daemon that owns the channel now; nobody when disconnected or between two of them. */
function ownerOf({ state, connected }: NodeChannel): string | undefined {
  if (state === 'ONCHAIN') return 'onchaind';
  if (!connected || state === 'CLOSINGD_COMPLETE' || state === 'AWAITING_UNILATERAL') {
    return undefined;
  }
  return state === 'CLOSINGD_SIGEXCHANGE' ? 'closingd' : 'channeld';
}

const isLocked = ({ state }: NodeChannel): boolean => state !== 'CHANNELD_AWAITING_LOCKIN';

function updatesOf(channel: NodeChannel): object {
  const told = isLocked(channel) && channel.quirk.remoteUpdateMissing !== true;
  return { local: side(channel.ours), ...(told ? { remote: side(channel.theirs) } : {}) };
}

function aliasOf(channel: NodeChannel): object {
  const told = isLocked(channel) && channel.quirk.remoteAliasMissing !== true;
  return { local: channel.aliasLocal, ...(told ? { remote: channel.aliasRemote } : {}) };
}

const stateChange =
  (opener: 'local' | 'remote') =>
  ({ at, from, to }: StateChange): object => ({
    timestamp: new Date(at).toISOString(),
    old_state: from,
    new_state: to,
    cause: opener === 'remote' && to === 'CHANNELD_NORMAL' ? 'remote' : 'user',
    message: reasonFor(to),
  });

const htlc =
  (node: NodeState) =>
  (one: SimHtlc): object => ({
    direction: one.direction,
    id: one.id,
    amount_msat: one.amount,
    expiry: node.expiries.of(one, node.height),
    payment_hash: one.paymentHash,
    state: one.direction === 'in' ? 'RCVD_ADD_ACK_REVOCATION' : 'SENT_ADD_ACK_REVOCATION',
  });

function identityOf(node: NodeState, channel: NodeChannel): object {
  const hash = sha256(channel.channelId);
  const { txid, vout } = node.funding(channel.channelId);
  return {
    ...(isLocked(channel) ? { short_channel_id: channel.scid } : {}),
    direction: node.id > channel.peerId ? 1 : 0,
    channel_id: channel.channelId,
    funding_txid: txid,
    funding_outnum: vout,
    close_to_addr: `${node.settings.network === 'bitcoin' ? 'bc' : 'bcrt'}1p${hash.slice(0, 58)}`,
    close_to: `5120${hash}`,
    private: channel.isPrivate,
    opener: channel.opener,
    ...(isClosing(channel.state) ? { closer: 'local' } : {}),
    alias: aliasOf(channel),
    features: [
      'option_static_remotekey',
      'option_anchors',
      ...(channel.isPrivate ? ['option_scid_alias'] : []),
    ],
    funding: {
      local_funds_msat: channel.opener === 'local' ? channel.capacity : 0,
      remote_funds_msat: channel.opener === 'remote' ? channel.capacity : 0,
      pushed_msat: 0,
      withheld: false,
    },
  };
}

const moneyOf = (channel: NodeChannel): object => ({
  to_us_msat: channel.toUs,
  min_to_us_msat: channel.toUs,
  max_to_us_msat: channel.toUs,
  total_msat: channel.capacity,
  fee_base_msat: channel.ours.base,
  fee_proportional_millionths: channel.ours.ppm,
  dust_limit_msat: 546_000,
  their_max_htlc_value_in_flight_msat: U64_MAX,
  our_max_htlc_value_in_flight_msat: U64_MAX,
  their_reserve_msat: channel.theirReserve,
  our_reserve_msat: channel.ourReserve,
  spendable_msat: channel.spendable,
  receivable_msat: isLocked(channel) ? channel.receivable : 0,
  minimum_htlc_in_msat: channel.theirs.htlcMin,
  minimum_htlc_out_msat: channel.ours.htlcMin,
  maximum_htlc_out_msat: channel.ours.htlcMax,
  their_to_self_delay: 144,
  our_to_self_delay: 144,
  max_accepted_htlcs: channel.maxAcceptedHtlcs,
});

function trafficOf(node: NodeState, channel: NodeChannel): object {
  const seen = node.traffic(channel.index);
  return {
    in_payments_offered: seen.inOffered,
    in_offered_msat: seen.inOfferedMsat,
    in_payments_fulfilled: seen.inFulfilled,
    in_fulfilled_msat: seen.inFulfilledMsat,
    out_payments_offered: seen.outOffered,
    out_offered_msat: seen.outOfferedMsat,
    out_payments_fulfilled: seen.outFulfilled,
    out_fulfilled_msat: seen.outFulfilledMsat,
  };
}

function stableConnection(node: NodeState, channel: NodeChannel): object {
  const since = node.connectedSince(channel.peerId);
  if (!channel.connected || since === undefined || node.now() - since < STABLE_AFTER_MS) return {};
  return { last_stable_connection: Math.floor(since / 1000) };
}

const TYPE = { bits: [12, 22], names: ['static_remotekey/even', 'anchors/even'] };
const ALIAS_TYPE = {
  bits: [12, 22, 46],
  names: ['static_remotekey/even', 'anchors/even', 'scid_alias/even'],
};

function describe(node: NodeState, channel: NodeChannel): object {
  const owner = ownerOf(channel);
  const perkw = Math.max(253, Math.round(node.market.satPerVbyte() * 250));
  return {
    peer_id: channel.peerId,
    peer_connected: channel.connected,
    ...(channel.connected ? { reestablished: true } : {}),
    channel_type: channel.isPrivate ? ALIAS_TYPE : TYPE,
    ignore_fee_limits: true,
    updates: updatesOf(channel),
    state: channel.state,
    scratch_txid: sha256(`scratch ${channel.channelId}`),
    last_tx_fee_msat: 1_411_000,
    lost_state: false,
    feerate: { perkw, perkb: 4 * perkw },
    ...(owner === undefined ? {} : { owner }),
    ...identityOf(node, channel),
    ...moneyOf(channel),
    ...stableConnection(node, channel),
    state_changes: isLocked(channel)
      ? node.stateChanges(channel).map(stateChange(channel.opener))
      : [],
    status: owner === undefined && !isClosing(channel.state) ? [] : STATUS[channel.state],
    ...trafficOf(node, channel),
    htlcs: channel.htlcs.map(htlc(node)),
  };
}

export const listpeerchannels: Command = {
  name: 'listpeerchannels',
  usage: '[id] [short_channel_id] [channel_id]',
  answer(node, args) {
    const peer = nodeIdArgument(args, 'id');
    const scid = scidArgument(args, 'short_channel_id');
    const channelId = textOf(args, 'channel_id');
    const channels = node
      .channels()
      .filter((channel) => peer === undefined || channel.peerId === peer)
      .filter(
        ({ scid: real, aliasLocal }) => scid === undefined || real === scid || aliasLocal === scid,
      )
      .filter((channel) => channelId === undefined || channel.channelId === channelId)
      .map((channel) => describe(node, channel));
    return toJson({ channels });
  },
};
