import { z } from 'zod';
import type { NodeIdentity } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { wireCount, wireNodeId } from './wire-values.ts';

const getinfo = z.object({
  id: wireNodeId,
  alias: z.string().optional(),
  network: z.string(),
  version: z.string(),
  blockheight: wireCount,
});

export function readIdentity(answer: unknown): NodeIdentity {
  const { id, alias, network, version, blockheight } = readAnswer(getinfo, 'getinfo', answer);
  return { id, alias: alias ?? '', network, version, blockHeight: blockheight };
}

/** Once per start: it sums the whole forwards table. */
export const askIdentity = async (node: NodeCaller): Promise<NodeIdentity> =>
  readIdentity(await node.call('getinfo', {}));
