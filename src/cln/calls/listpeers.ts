import { z } from 'zod';
import type { PeerConnection } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { wireNodeId } from './wire-values.ts';

const listpeers = z.object({
  peers: z.array(z.object({ id: wireNodeId, connected: z.boolean() })),
});

export const readPeers = (answer: unknown): readonly PeerConnection[] =>
  readAnswer(listpeers, 'listpeers', answer).peers.map(({ id, connected }) => ({
    peerId: id,
    connected,
  }));

export const askPeers = async (node: NodeCaller): Promise<readonly PeerConnection[]> =>
  readPeers(await node.call('listpeers', {}));
