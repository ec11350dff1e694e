/**
 * What memory says about the open channels, gathered for one cycle in a handful of bulk queries: no query per
 * channel, so 1000 channels cost milliseconds and history of any length costs nothing.
 */
import type { ChannelFeeState } from '../core/fees/types.ts';
import { holdFactor } from '../core/flow/hold.ts';
import type { PendingHtlcs } from '../core/flow/pending-htlcs.ts';
import { volumeWeights } from '../core/flow/reputation.ts';
import { isRoutable, routableFrom } from '../core/flow/routable.ts';
import { ourShare } from '../core/flow/share.ts';
import type { FlowState } from '../core/flow/types.ts';
import { connectedSince } from '../core/flow/uptime.ts';
import {
  type ChannelId,
  DAY_MS,
  laterBy,
  type Msat,
  msat,
  type NodeId,
  type Share,
  share,
  type UnixMs,
} from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { SpendStore } from '../ports/spending.ts';
import type { FlowStore, ForwardStore, PeerStore } from '../ports/store.ts';
import { refillPrice } from './channel-books.ts';
import { type Judgement, type JudgeStore, judge, recallJudgement, WEEK_MS } from './judgement.ts';
import { connectionsOf, uptimesWithin } from './peer-uptimes.ts';

/** Realised ppm looks back 30 days. */
const MONTH_DAYS = 30;

/** The part of memory this reads. */
export type EvidenceStore = JudgeStore & {
  readonly flow: Pick<FlowStore, 'latest'>;
  readonly peers: Pick<PeerStore, 'reputations'>;
  readonly forwards: Pick<
    ForwardStore,
    'channelTotals' | 'outSince' | 'revenue' | 'medianAmounts' | 'holdTimes'
  >;
  readonly spending: Pick<SpendStore, 'costs'>;
};

export type EvidenceSettings = {
  /** `enable-reputation`; off: every peer's volume weighs 1. */
  readonly reputation: boolean;
  /** Stands in for a cost of opening that is not known (`estimated-open-cost-sats`). */
  readonly openEstimate: Msat;
};

/** Everything a fee decision needs about a channel that is not in the look itself. undefined is unknown. */
export type ChannelEvidence = Judgement & {
  readonly share: Share | undefined;
  readonly settledOutEver: Msat;
  /** Settled out in the last rolling 24 h. */
  readonly leftInDay: Msat;
  readonly flow: { readonly state: FlowState; readonly direction: number } | undefined;
  /** What refilling it really cost in 30 days; undefined: it was not refilled. */
  readonly refill: { readonly ppm: number; readonly count: number } | undefined;
  readonly hold: 1 | 1.2 | undefined;
  readonly peerWeight: number;
  readonly realisedPpm: number | undefined;
  /** The peer was watched for a whole week. */
  readonly watched: boolean;
  /** Connected share of the last 24 h. */
  readonly uptime: Share | undefined;
  readonly connectedForMs: number | undefined;
  /** What the last event said; undefined: none in the last week. */
  readonly lastConnected: boolean | undefined;
  readonly routable: boolean;
  /** What must be spendable to be routable. */
  readonly routableFrom: Msat;
  readonly slots: {
    /** Part of max_accepted_htlcs in use, the fuller direction, in the look itself. */
    readonly use: Share;
    /** Amounts in flight per direction, kept up by events since the look. */
    readonly pending: { readonly in: readonly Msat[]; readonly out: readonly Msat[] };
  };
};

/** One pass over the memory for all channels given. `states` may be handed in where they were read already. */
export function observeChannels(
  store: EvidenceStore,
  channels: readonly PeerChannel[],
  pending: PendingHtlcs,
  settings: EvidenceSettings,
  now: UnixMs,
  states: ReadonlyMap<ChannelId, ChannelFeeState> = store.fees.states(),
): ReadonlyMap<ChannelId, ChannelEvidence> {
  const memory = recall(store, settings, now, states);
  return new Map(
    channels.map((channel) => [
      channel.channelId,
      evidenceOf(channel, memory, pending, settings, now),
    ]),
  );
}

/** Volume weight of each peer with enough history (SPEC 2.6); the others weigh 1. */
export const peerWeights = (store: Pick<EvidenceStore, 'peers'>): ReadonlyMap<NodeId, number> =>
  volumeWeights(store.peers.reputations());

/** Connected share of each peer within [from, to]; peers without history are missing (SPEC 2.7). */
export function peerUptimes(
  store: Pick<EvidenceStore, 'peers'>,
  from: UnixMs,
  to: UnixMs,
): ReadonlyMap<NodeId, Share> {
  return uptimesWithin(connectionsOf(store, from, to), from, to);
}

type Memory = ReturnType<typeof recall>;

function recall(
  store: EvidenceStore,
  settings: EvidenceSettings,
  now: UnixMs,
  states: ReadonlyMap<ChannelId, ChannelFeeState>,
) {
  const { forwards, flow } = store;
  const dayAgo = laterBy(now, -DAY_MS);
  const weekAgo = laterBy(now, -WEEK_MS);
  const connections = connectionsOf(store, weekAgo, now);
  return {
    judging: recallJudgement(store, now, { states, connections }),
    flow: flow.latest(),
    totals: forwards.channelTotals(),
    leftInDay: forwards.outSince(dayAgo),
    month: forwards.revenue(now, MONTH_DAYS),
    medians: forwards.medianAmounts(),
    holds: forwards.holdTimes(weekAgo),
    weights: settings.reputation ? peerWeights(store) : new Map<NodeId, number>(),
    day: uptimesWithin(connections, dayAgo, now),
    events: connections.events,
    costs: store.spending.costs(now),
  };
}

function evidenceOf(
  channel: PeerChannel,
  memory: Memory,
  pending: PendingHtlcs,
  settings: EvidenceSettings,
  now: UnixMs,
): ChannelEvidence {
  const { channelId, peerId } = channel;
  const month = memory.month.get(channelId);
  const flow = memory.flow.get(channelId);
  const since = channel.connected ? connectedSince(memory.events.get(peerId) ?? []) : undefined;
  const least = routableFrom(memory.medians.byChannel.get(channelId), memory.medians.node);
  return {
    share: ourShare(channel),
    ...judge(channel, memory.judging, settings.openEstimate),
    settledOutEver: memory.totals.get(channelId)?.out ?? msat(0n),
    leftInDay: memory.leftInDay.get(channelId) ?? msat(0n),
    flow: flow && { state: flow.state, direction: flow.direction },
    refill: refillPrice(memory.costs.get(channelId)),
    hold: holdFactor(memory.holds.get(peerId)),
    peerWeight: memory.weights.get(peerId) ?? 1,
    realisedPpm: month && realisedPpm(month.fees, month.out),
    uptime: memory.day.get(peerId),
    watched: memory.judging.week.has(peerId),
    connectedForMs: since === undefined ? undefined : Math.max(0, now - since),
    lastConnected: memory.events.get(peerId)?.at(-1)?.connected,
    routable: isRoutable(channel, least),
    routableFrom: least,
    slots: { use: slotUse(channel), pending: pending.amounts(channelId) },
  };
}

/** Fees over volume; undefined without any paid forward. */
const realisedPpm = (fees: Msat, out: Msat): number | undefined =>
  fees > 0n && out > 0n ? (Number(fees) / Number(out)) * 1e6 : undefined;

/** lightningd does not show the peer's limit, so ours stands for both directions (SPEC 3, rule 1). */
function slotUse({ htlcs, maxAcceptedHtlcs }: PeerChannel): Share {
  const out = htlcs.filter(({ direction }) => direction === 'out').length;
  return share(maxAcceptedHtlcs > 0 ? Math.max(out, htlcs.length - out) / maxAcceptedHtlcs : 1);
}
