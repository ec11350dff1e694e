import type { Parts } from './parts.ts';
import type { RpcContext } from './rpc/context.ts';

/** What every `revenue-*` method may use of the wired parts; `version` is our own, as in package.json. */
export function methodContext(parts: Parts, version: string): RpcContext {
  const { around, config, pricing, policies, imports, brake, flow, board, rebalancing, clboss } =
    parts;
  const { clock, store, node } = around;
  return {
    version,
    clock,
    store,
    config,
    fees: pricing.fees,
    policies,
    imports,
    backups: store.backups,
    rebalance: rebalancing.commands,
    hive: rebalancing.hive,
    clboss,
    lockBook: rebalancing.protections,
    brake,
    flow,
    board,
    node,
  };
}
