/** Sets prices with the quirks that were seen (facts/cln.md "setchannel"); the lie of a fault is told here. */
import type { SimPolicy } from '../../market/market.ts';
import {
  type CallArguments,
  flagArgument,
  msatAmount,
  requiredText,
  u32,
} from '../call-arguments.ts';
import type { SetChannelLie } from '../faults.ts';
import { toJson } from '../json-text.ts';
import type { NodeChannel, NodeState } from '../node-state.ts';
import { priceable } from '../quirks.ts';
import { badToken, CODE, RpcError } from '../rpc-error.ts';
import type { Command } from './command.ts';

/** Seconds during which the old, lower fee is still accepted when the caller says nothing. */
const DEFAULT_ENFORCE_DELAY = 600;

function chosen(node: NodeState, args: CallArguments): NodeChannel[] {
  const id = requiredText(args, 'id');
  const token = args.get('id') ?? '';
  const open = node.channels();
  if (id === 'all') return open.filter(({ state }) => priceable(state));
  const ofPeer = open.filter(({ peerId }) => peerId === id);
  if (ofPeer.length > 0) return ofPeer.filter(({ state }) => priceable(state));
  const channel = open.find(
    ({ scid, aliasLocal, channelId }) => scid === id || aliasLocal === id || channelId === id,
  );
  if (channel !== undefined) {
    if (priceable(channel.state)) return [channel];
    throw badToken('id', `Channel in state ${channel.state}`, token);
  }
  if (/^\d+x\d+x\d+$/.test(id)) throw badToken('id', 'Short channel id not found', token);
  if (/^[0-9a-f]{64}$/.test(id)) throw badToken('id', 'Channel ID not found', token);
  throw badToken('id', 'should be a channel ID or short channel ID', token);
}

type Wish = {
  readonly base: number | undefined;
  readonly ppm: number | undefined;
  readonly htlcMin: number | undefined;
  readonly htlcMax: number | undefined;
  readonly enforceDelay: number;
};

const U32_MAX = 0xffff_ffffn;
const asNumber = (amount: bigint | undefined): number | undefined =>
  amount === undefined ? undefined : Number(amount);

function wishOf(args: CallArguments): Wish {
  const base = msatAmount(args, 'feebase');
  if (base !== undefined && base > U32_MAX) {
    throw badToken('feebase', 'exceeds u32 max', args.get('feebase') ?? '');
  }
  const wish = {
    base: asNumber(base),
    ppm: u32(args, 'feeppm'),
    htlcMin: asNumber(msatAmount(args, 'htlcmin')),
    htlcMax: asNumber(msatAmount(args, 'htlcmax')),
    enforceDelay: u32(args, 'enforcedelay') ?? DEFAULT_ENFORCE_DELAY,
  };
  flagArgument(args, 'ignorefeelimits');
  if (wish.htlcMin !== undefined && wish.htlcMax !== undefined && wish.htlcMax < wish.htlcMin) {
    throw new RpcError(CODE.LIGHTNINGD, 'htlcmax cannot be less than htlcmin');
  }
  return wish;
}

/** What the channel allows at most: its capacity without the reserve the other side asks of us. */
const largest = (channel: NodeChannel): number => channel.capacity - channel.ourReserve;

function changed(channel: NodeChannel, wish: Wish): Partial<SimPolicy> {
  const { base, ppm, htlcMin, htlcMax } = wish;
  return {
    ...(base === undefined ? {} : { base }),
    ...(ppm === undefined ? {} : { ppm }),
    ...(htlcMin === undefined ? {} : { htlcMin }),
    ...(htlcMax === undefined ? {} : { htlcMax: Math.min(htlcMax, largest(channel)) }),
  };
}

function apply(
  node: NodeState,
  channel: NodeChannel,
  wish: Wish,
  lie: SetChannelLie | undefined,
): SimPolicy {
  const policy = changed(channel, wish);
  if (lie === 'not applied') return { ...channel.ours, ...policy };
  const set = node.market.setPolicy(channel.index, policy, wish.enforceDelay);
  return lie === 'other values' ? { ...set, ppm: set.ppm + 1, base: set.base + 1 } : set;
}

export const setchannel: Command = {
  name: 'setchannel',
  usage: 'id [feebase] [feeppm] [htlcmin] [htlcmax] [enforcedelay] [ignorefeelimits]',
  answer(node, args) {
    const channels = chosen(node, args);
    const wish = wishOf(args);
    const lie = node.settings.faults.takeLie();
    const answers = channels.map((channel) => {
      const policy = apply(node, channel, wish, lie);
      const cut = wish.htlcMax !== undefined && wish.htlcMax > largest(channel);
      return {
        peer_id: channel.peerId,
        channel_id: channel.channelId,
        ...(channel.state === 'CHANNELD_AWAITING_LOCKIN' ? {} : { short_channel_id: channel.scid }),
        fee_base_msat: policy.base,
        fee_proportional_millionths: policy.ppm,
        minimum_htlc_out_msat: policy.htlcMin,
        maximum_htlc_out_msat: policy.htlcMax,
        ignore_fee_limits: true,
        ...(cut
          ? { warning_htlcmax_too_high: 'Set maximum_htlc_out_msat to maximum possible in channel' }
          : {}),
      };
    });
    const text = toJson({ channels: answers });
    return lie === 'applied but silent' ? new Promise<string>(() => undefined) : text;
  },
};
