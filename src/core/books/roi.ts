/** Return on what a channel cost us (SPEC 6.1), in exact msat up to the final division. */
import { type Msat, msat } from '../units.ts';
import type { ChannelBooks } from './types.ts';

export type Return = {
  /** 0.1 = 10 %. */
  readonly roi: number;
  /** The cost of opening was not known and the estimate stands in its place. */
  readonly estimated: boolean;
};

/** SPEC 6.1: without costs any earning is +100 %, and none is 0. */
const WITHOUT_COSTS = (earned: Msat): number => (earned > 0n ? 1 : 0);

/**
 * (value − costs) / costs. A channel is judged by the better of what left and what came in by it; the P&L counts
 * exit only. `openEstimate` (msat) stands in for an unknown cost of opening, and the answer says so.
 */
export function returnOn(books: ChannelBooks, openEstimate: Msat): Return {
  const value = books.revenue > books.assisted ? books.revenue : books.assisted;
  const costs = msat((books.openCost ?? openEstimate) + books.chainCost + books.rebalanceCost);
  return { roi: over(value, costs), estimated: books.openCost === undefined };
}

/** (fees − rebalance) / rebalance of the last 30 days. */
export const marginalReturn = ({
  revenue30d,
  rebalanceCost30d,
}: Pick<ChannelBooks, 'revenue30d' | 'rebalanceCost30d'>): number =>
  over(revenue30d, rebalanceCost30d);

const over = (value: Msat, costs: Msat): number =>
  costs > 0n ? Number(value - costs) / Number(costs) : WITHOUT_COSTS(value);
