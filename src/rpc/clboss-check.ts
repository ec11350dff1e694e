/** What revenue-doctor says of clboss (SPEC 7.8). */
import type { ClbossPeer } from '../cycles/clboss-service.ts';
import type { RpcContext } from './context.ts';
import { attention, type HealthCheck, ok } from './health-check.ts';

/** Nothing where it does not run: that it does not is said with the neighbours. */
export async function clbossChecks({ clboss, board }: RpcContext): Promise<readonly HealthCheck[]> {
  const name = 'clboss tags';
  const { enabled, present, answered, problem, peers } = await clboss.look();
  const ours = peers.filter((peer) => peer.ours.length > 0);
  if (!present && ours.length === 0) return [];
  if (problem !== undefined || !answered)
    return enabled || ours.length > 0
      ? [
          attention(
            name,
            problem ?? `it does not run; when it does again, ${ours.length} peers are still ours`,
            'prices go on without it; revenue-clboss-status shows each peer',
          ),
        ]
      : [ok(name, 'clboss_enabled is false: it has all peers')];
  if (!enabled) return [ok(name, `clboss_enabled is false: ${counted(ours)}`)];
  if (board.authority() === 'observe')
    return [ok(name, `authority is observe, so clboss keeps its peers: ${counted(ours)}`)];
  return [ok(name, `${counted(ours)}; it opens and closes channels as before`)];
}

function counted(ours: readonly ClbossPeer[]): string {
  const having = (tag: string): number => ours.filter((peer) => peer.ours.includes(tag)).length;
  const [fees, balance] = [having('lnfee'), having('balance')];
  return `taken from it: fees towards ${fees} ${fees === 1 ? 'peer' : 'peers'}, rebalancing at ${balance}`;
}
