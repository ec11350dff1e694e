/** Gossip: our own public channels, both directions. Private ones are not shown (facts/cln.md). */
import type { SimPolicy } from '../../market/market.ts';
import { nodeIdArgument, scidArgument } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import type { NodeChannel, NodeState } from '../node-state.ts';
import type { Command } from './command.ts';

type HalfChannel = {
  readonly source: string;
  readonly destination: string;
  readonly short_channel_id: string;
  readonly [field: string]: unknown;
};

function half(
  node: NodeState,
  channel: NodeChannel,
  source: string,
  destination: string,
  policy: SimPolicy,
): HalfChannel {
  const direction = source > destination ? 1 : 0;
  return {
    source,
    destination,
    short_channel_id: channel.scid,
    direction,
    public: true,
    amount_msat: channel.capacity,
    message_flags: 1,
    channel_flags: direction,
    active: true,
    last_update: Math.floor(node.now() / 1000),
    base_fee_millisatoshi: policy.base,
    fee_per_millionth: policy.ppm,
    delay: 34,
    htlc_minimum_msat: policy.htlcMin,
    htlc_maximum_msat: policy.htlcMax,
    features: '',
  };
}

export const listchannels: Command = {
  name: 'listchannels',
  usage: '[short_channel_id] [source] [destination]',
  answer(node, args) {
    const scid = scidArgument(args, 'short_channel_id');
    const source = nodeIdArgument(args, 'source');
    const destination = nodeIdArgument(args, 'destination');
    const channels = node
      .channels()
      .filter(({ isPrivate, state }) => !isPrivate && state === 'CHANNELD_NORMAL')
      .flatMap((channel) => [
        half(node, channel, channel.peerId, node.id, channel.theirs),
        half(node, channel, node.id, channel.peerId, channel.ours),
      ])
      .filter((edge) => scid === undefined || edge.short_channel_id === scid)
      .filter((edge) => source === undefined || edge.source === source)
      .filter((edge) => destination === undefined || edge.destination === destination);
    return toJson({ channels });
  },
};
