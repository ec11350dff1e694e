/** The decision a channel's price stands on: of the rules or of the operator, whichever came last. */
import type { ChannelId } from '../core/units.ts';
import type { Decision } from '../ports/store.ts';
import type { RpcContext } from './context.ts';

/** undefined: nothing was decided about its price yet. Rebalances and alerts are journaled beside, and are not asked. */
export function latestFee(
  { store: { journal } }: Pick<RpcContext, 'store'>,
  channelId: ChannelId,
): Decision | undefined {
  const [ruled] = journal.latest(channelId, 1, 'fee');
  const [ordered] = journal.latest(channelId, 1, 'fee-manual');
  if (ruled === undefined || ordered === undefined) return ruled ?? ordered;
  const newer = ordered.lastAt - ruled.lastAt || ordered.id - ruled.id;
  return newer > 0 ? ordered : ruled;
}
