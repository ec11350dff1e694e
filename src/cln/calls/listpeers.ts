import { z } from 'zod';
import type { PeerConnection } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireNodeId } from './wire-values.ts';

const listpeers = z.object({
  peers: z.array(
    z.object({
      id: wireNodeId,
      connected: z.boolean(),
      features: ifKnown(z.string().regex(/^(?:[0-9a-f]{2})*$/)),
    }),
  ),
});

export const readPeers = (answer: unknown): readonly PeerConnection[] =>
  readAnswer(listpeers, 'listpeers', answer).peers.map(({ id, connected, features }) => ({
    peerId: id,
    connected,
    features,
  }));

export const askPeers = async (node: NodeCaller): Promise<readonly PeerConnection[]> =>
  readPeers(await node.call('listpeers', {}));
