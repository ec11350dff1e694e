/** What one channel earned and cost so far, from memory read in bulk (SPEC 6.1), and what was tried on it (SPEC 4.9). */
import { classify } from '../core/books/classes.ts';
import type { Attempt } from '../core/books/diagnosis.ts';
import { marginalReturn, returnOn } from '../core/books/roi.ts';
import type { ChannelBooks, ChannelClass } from '../core/books/types.ts';
import { type Msat, msat, type Share, type UnixMs } from '../core/units.ts';
import type { RebalanceCosts, ShockEnd } from '../ports/spending.ts';
import type { ChannelTotals } from '../ports/store.ts';

/** What memory has of one channel; undefined: nothing ever. */
export type Recalled = {
  readonly totals: ChannelTotals | undefined;
  readonly month: { readonly out: Msat; readonly fees: Msat } | undefined;
  readonly costs: RebalanceCosts | undefined;
  /** Ends of probes that sold nothing. */
  readonly probesEnded: readonly UnixMs[];
  readonly shocks: readonly ShockEnd[];
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
    class: classify({ ...now, roi, attempts: attemptsOn(recalled) }),
    roi,
    marginalRoi: marginalReturn(entries),
    estimated,
    entries,
  };
}

/** A shock says whether something passed; a probe that ended sold nothing. */
export const attemptsOn = ({
  probesEnded,
  shocks,
}: Pick<Recalled, 'probesEnded' | 'shocks'>): readonly Attempt[] => [
  ...probesEnded.map((at) => ({ at, succeeded: false })),
  ...shocks,
];

/** What refilling really cost, by volume (SPEC 3.2); undefined: it was never refilled in 30 days. */
export function refillPrice(
  costs: RebalanceCosts | undefined,
): { readonly ppm: number; readonly count: number } | undefined {
  if (costs === undefined) return undefined;
  const { count, cost, moved } = costs.refills30d;
  return count > 0 && moved > 0n ? { ppm: (Number(cost) / Number(moved)) * 1e6, count } : undefined;
}

/** What a channel cost to open is known only when the peer paid. Diagnostics are a cost, but no refill. */
function bookEntries({ totals, month, costs }: Recalled, openedByPeer: boolean): ChannelBooks {
  const none = msat(0n);
  return {
    revenue: totals?.fees ?? none,
    assisted: totals?.assistedFees ?? none,
    openCost: openedByPeer ? none : undefined,
    rebalanceCost: msat((costs?.life ?? 0n) + (costs?.diagnostic ?? 0n)),
    revenue30d: month?.fees ?? none,
    rebalanceCost30d: costs?.last30d ?? none,
    out30d: month?.out ?? none,
  };
}
