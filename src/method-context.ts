import { CapacityPlanner } from './cycles/capacity-planner.ts';
import type { Parts } from './parts.ts';
import type { RpcContext } from './rpc/context.ts';

/** What every `revenue-*` method may use of the wired parts; `version` is our own, as in package.json. */
export function methodContext(parts: Parts, version: string): RpcContext {
  const {
    around,
    config,
    pricing,
    policies,
    imports,
    brake,
    flow,
    board,
    rebalancing,
    clboss,
    books,
  } = parts;
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
    books: books.service,
    capacity: plannerOf(parts),
    node,
  };
}

/** It has no turn of its own: it looks when it is asked. */
function plannerOf({ around, pricing, books, chain }: Parts): CapacityPlanner {
  return new CapacityPlanner({
    looker: pricing.looker,
    node: around.node,
    books: books.service,
    flow: around.store.flow,
    chain: () => chain.view(),
  });
}
