/** `revenue-policy` as it is called, over a world of RPC. */

import { revenuePolicy } from '../../src/rpc/revenue-policy.ts';
import { rpcWorld } from './rpc-world.ts';

export const REAL = { check: false };

export function policyWorld(parts: Parameters<typeof rpcWorld>[0] = {}) {
  const made = rpcWorld(parts);
  const call = (params: unknown, mode = REAL) => revenuePolicy.run(params, made.context, mode);
  return { ...made, call };
}
