import { z } from 'zod';
import type { NodeIdentity } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireCount, wireNodeId } from './wire-values.ts';

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

/** Present only while it holds. */
const sync = z.object({
  blockheight: wireCount,
  warning_bitcoind_sync: ifKnown(z.string()),
  warning_lightningd_sync: ifKnown(z.string()),
});

/** Why the node does not know the chain up to now; undefined: it does. */
export function readSync(answer: unknown): string | undefined {
  const read = readAnswer(sync, 'getinfo', answer);
  if (read.warning_bitcoind_sync !== undefined) return `bitcoind: ${read.warning_bitcoind_sync}`;
  if (read.warning_lightningd_sync !== undefined)
    return `lightningd: ${read.warning_lightningd_sync}`;
  return read.blockheight > 0 ? undefined : 'lightningd has seen no block yet';
}

export const askSync = async (node: NodeCaller): Promise<string | undefined> =>
  readSync(await node.call('getinfo', {}));
