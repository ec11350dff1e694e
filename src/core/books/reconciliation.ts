/** Our ledger against the node's own, by day, with a line for what neither explains (SPEC 6.3). */
import { type Msat, msat } from '../units.ts';
import { movingCost, type PeriodSums, type UtcDay } from './period.ts';

/** What the node itself recorded of one day. */
export type NodeLedgerDay = {
  /** `moves`: listchannelmoves. `income`: bkpr-listincome of that day. */
  readonly source: 'moves' | 'income';
  /** Fees of what was routed. */
  readonly routed: Msat;
  /** Fees of payments that went round. */
  readonly rebalances: Msat;
  /** Net of what belongs to nobody's account of ours: tags neither routed, nor payments of ours, nor pushes. Signed. */
  readonly other: Msat;
};

export type Reconciliation = {
  readonly day: UtcDay;
  /** undefined: the node has no records of that day; `because` says why. */
  readonly node: NodeLedgerDay | undefined;
  readonly because: string | undefined;
  /**
   * Ours as booked on that day until it was closed. A late fact counts here when the day it belongs to was compared
   * as well: what was missing there is then in excess here, and both together are nothing.
   */
  readonly routed: Msat;
  readonly rebalances: Msat;
  /** Signed: what the node has beyond ours. undefined: not reconciled. */
  readonly unexplained: Msat | undefined;
};

/** What we booked on a day, as far as the node can know of it. */
export type OurDay = Pick<Reconciliation, 'routed' | 'rebalances'>;
/** A fact that was booked on a later day than the one it belongs to. */
type Late = { readonly belongsTo: UtcDay } & Pick<PeriodSums, 'revenue' | 'costs'>;

/**
 * Ours of one day, to be compared. `booked`: everything on it. `late`: what of that belongs to earlier days;
 * `compared` says whether such a day was compared: where it was not, nobody missed the fact there, and the node has
 * nothing to set against it here.
 */
export function ourDay(
  booked: Pick<PeriodSums, 'revenue' | 'costs'>,
  late: readonly Late[],
  compared: (day: UtcDay) => boolean,
): OurDay {
  const strange = late.filter(({ belongsTo }) => !compared(belongsTo));
  return {
    routed: msat(strange.reduce((sum, { revenue }) => sum - revenue, booked.revenue as bigint)),
    rebalances: msat(
      strange.reduce(
        (sum, { costs }) => sum - movingCost(costs),
        movingCost(booked.costs) as bigint,
      ),
    ),
  };
}

/** One day against the node's. Without the node's records there is nothing to compare, and `because` says why. */
export function reconcile(
  day: UtcDay,
  ours: OurDay,
  node: NodeLedgerDay | undefined,
  because: string | undefined,
): Reconciliation {
  const { routed, rebalances } = ours;
  if (!node) return { day, node, because, routed, rebalances, unexplained: undefined };
  const unexplained = node.routed - routed - (node.rebalances - rebalances) + node.other;
  return { day, node, because: undefined, routed, rebalances, unexplained: msat(unexplained) };
}

/** The lock looks back on so many days that were compared. */
const LASTING_DAYS = 7;

/**
 * What goes on missing, signed, over the last days that were compared (`days` ascending). A forward at midnight may
 * lie on one day in our ledger and on its neighbour in the node's: +x beside −x. Where the end of the window parts the
 * two, a sum that ends or begins a day earlier has both or neither; so the smallest of these sums is what lasts. A
 * real difference is in all of them from the second day on. undefined: fewer than two days were compared.
 */
export function lastingDifference(days: readonly Reconciliation[]): Msat | undefined {
  const told = days.flatMap(({ unexplained }) => unexplained ?? []);
  if (told.length < 2) return undefined;
  const earlier = told.slice(0, -1);
  const sums = [-LASTING_DAYS, -LASTING_DAYS - 1]
    .flatMap((from) => [told.slice(from), earlier.slice(from + 1)])
    .map((some) => some.reduce((sum, one) => sum + one, 0n));
  return msat(sums.reduce((least, sum) => (magnitude(sum) < magnitude(least) ? sum : least)));
}

/** So many days back are enough for `lastingDifference` where every day was compared. */
export const LASTING_LOOK_DAYS = LASTING_DAYS + 1;

const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount);
