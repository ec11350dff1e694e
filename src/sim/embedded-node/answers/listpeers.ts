import { nodeIdArgument } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { Command } from './command.ts';

/** Every peer with a channel, and how many it has. */
export function peersOf(node: NodeState): { id: string; connected: boolean; channels: number }[] {
  const peers = new Map<string, { id: string; connected: boolean; channels: number }>();
  for (const { peerId, connected } of node.channels()) {
    const peer = peers.get(peerId) ?? { id: peerId, connected, channels: 0 };
    peer.channels++;
    peers.set(peerId, peer);
  }
  return [...peers.values()];
}

export const listpeers: Command = {
  name: 'listpeers',
  usage: '[id] [level]',
  answer(node, args) {
    const asked = nodeIdArgument(args, 'id');
    const peers = peersOf(node)
      .filter(({ id }) => asked === undefined || id === asked)
      .map(({ id, connected, channels }) => ({
        id,
        connected,
        num_channels: channels,
        // What it can do is told on connecting, and forgotten when it goes.
        ...(connected ? { netaddr: ['127.0.0.1:9735'], features: '800898880a8a59a1' } : {}),
      }));
    return toJson({ peers });
  },
};
