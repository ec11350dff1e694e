/**
 * Whose word a change of policy is. cl-hive calls by name and says nothing but the strategy (and that rebalancing is
 * enabled); nothing else tells its calls from an operator's, who writes by position or says more (SPEC 8). While it is
 * not known who runs beside us, the form decides: taken for the operator's, a word of the hive's could never be taken
 * back by it.
 */
import type { RpcContext } from './context.ts';

export function isOfHive(given: Readonly<Record<string, unknown>>, context: RpcContext): boolean {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  const itsForm =
    given.action === 'set' &&
    (given.strategy === 'hive'
      ? given.rebalance === 'enabled'
      : given.strategy === 'dynamic' && (given.rebalance ?? 'enabled') === 'enabled') &&
    said.every(([name]) => ['action', 'peer_id', 'strategy', 'rebalance'].includes(name));
  return itsForm && (context.hive.state().present ?? true);
}
