/** What one channel earned and cost so far (SPEC 6.1), from the books, and what was tried on it (SPEC 4.9). */
import { classify } from '../core/books/classes.ts';
import type { Attempt } from '../core/books/diagnosis.ts';
import { movingCost, NO_SUMS, type PeriodSums } from '../core/books/period.ts';
import { marginalReturn, returnOn } from '../core/books/roi.ts';
import type { ChannelBooks, ChannelClass } from '../core/books/types.ts';
import { type Msat, msat, type Share, type UnixMs } from '../core/units.ts';
import type { RebalanceCosts, ShockEnd } from '../ports/spending.ts';

/** What the books have of one channel; undefined: nothing ever. */
export type Recalled = {
  readonly life: PeriodSums | undefined;
  /** The last 30 UTC days, today included: revenue and costs of the same days. */
  readonly month: PeriodSums | undefined;
  readonly attempts: readonly Attempt[];
};
export type Circumstances = {
  readonly openedByPeer: boolean;
  /** msat; stands in for a cost of opening that is not known. */
  readonly openEstimate: Msat;
  readonly ageDays: number | undefined;
  readonly idleDays: number | undefined;
  readonly lastSettled: UnixMs | undefined;
  readonly uptime7d: Share | undefined;
  readonly at: UnixMs;
};
export type BooksView = {
  readonly class: ChannelClass;
  readonly roi: number;
  readonly marginalRoi: number;
  /** The cost of opening is an estimate. */
  readonly estimated: boolean;
  readonly entries: ChannelBooks;
};

/** Class and returns of one channel. */
export function channelBooks(recalled: Recalled, now: Circumstances): BooksView {
  const entries = bookEntries(recalled, now.openedByPeer);
  const { roi, estimated } = returnOn(entries, now.openEstimate);
  return {
    class: classify({ ...now, roi, attempts: recalled.attempts }),
    roi,
    marginalRoi: marginalReturn(entries),
    estimated,
    entries,
  };
}

/** A shock says whether something passed; a probe that ended sold nothing. */
export const attemptsOn = (
  probesEnded: readonly UnixMs[],
  shocks: readonly ShockEnd[],
): readonly Attempt[] => [...probesEnded.map((at) => ({ at, succeeded: false })), ...shocks];

/** What refilling really cost, by volume (SPEC 3.2); undefined: it was never refilled in 30 days. */
export function refillPrice(
  costs: RebalanceCosts | undefined,
): { readonly ppm: number; readonly count: number } | undefined {
  if (costs === undefined) return undefined;
  const { count, cost, moved } = costs.refills30d;
  return count > 0 && moved > 0n ? { ppm: (Number(cost) / Number(moved)) * 1e6, count } : undefined;
}

/**
 * What the node recorded of an opening is what it cost; without a record it cost nothing if the peer paid, and is
 * unknown otherwise. Diagnostics are a cost, but no refill: the return of 30 days leaves them out.
 */
export function bookEntries(
  { life = NO_SUMS, month = NO_SUMS }: Pick<Recalled, 'life' | 'month'>,
  openedByPeer: boolean,
): ChannelBooks {
  const { open, close, splice } = life.costs;
  return {
    revenue: life.revenue,
    assisted: life.assisted,
    openCost: open > 0n || openedByPeer ? open : undefined,
    chainCost: msat(close + splice),
    rebalanceCost: movingCost(life.costs),
    revenue30d: month.revenue,
    rebalanceCost30d: msat(month.costs.rebalance + month.costs.hive),
    out30d: month.out,
  };
}
