/** What a stretch of days earned and cost, as the books keep it (SPEC 6.1). */
import { DAY_MS, type Msat, msat, type UnixMs, unixMs } from '../units.ts';

/**
 * open, close, splice: on-chain fees of a channel. rebalance: refills that had to pay. diagnostic: shocks (SPEC 4.9).
 * hive: refills allowed to lose money for the fleet (SPEC 4.5). onchain: every other on-chain fee of ours.
 */
export const COST_KINDS = [
  'open',
  'close',
  'splice',
  'rebalance',
  'diagnostic',
  'hive',
  'onchain',
] as const;
export type CostKind = (typeof COST_KINDS)[number];
export type Costs = Readonly<Record<CostKind, Msat>>;

/** A whole UTC day, counted since 1970. */
export type UtcDay = number;
export const utcDay = (at: UnixMs): UtcDay => Math.floor(at / DAY_MS);
/** Its first moment. */
export const startOf = (day: UtcDay): UnixMs => unixMs(day * DAY_MS);

/**
 * Sums over whole days. Of a channel: `revenue` is of forwards that left by it, `assisted` of those that came in.
 * Of the node: each forward counts once, on its exit side; `assisted` is what entered by names of ours and is no income.
 * A late fact may make a sum negative: it takes back what an earlier day said.
 */
export type PeriodSums = {
  readonly inCount: number;
  readonly in: Msat;
  readonly assisted: Msat;
  readonly outCount: number;
  readonly out: Msat;
  readonly revenue: Msat;
  readonly costs: Costs;
};

export const NO_COSTS: Costs = {
  open: msat(0n),
  close: msat(0n),
  splice: msat(0n),
  rebalance: msat(0n),
  diagnostic: msat(0n),
  hive: msat(0n),
  onchain: msat(0n),
};
export const NO_SUMS: PeriodSums = {
  inCount: 0,
  in: msat(0n),
  assisted: msat(0n),
  outCount: 0,
  out: msat(0n),
  revenue: msat(0n),
  costs: NO_COSTS,
};

/** Everything paid. */
export const totalCost = (costs: Costs): Msat =>
  msat(COST_KINDS.reduce((sum, kind) => sum + costs[kind], 0n));

/** What moving liquidity cost: refills, shocks, and refills for the fleet. */
export const movingCost = ({ rebalance, diagnostic, hive }: Costs): Msat =>
  msat(rebalance + diagnostic + hive);

/** P&L counts the exit side only (SPEC 6.1). */
export const netOf = ({ revenue, costs }: Pick<PeriodSums, 'revenue' | 'costs'>): Msat =>
  msat(revenue - totalCost(costs));

/** All of them together; of none: nothing. */
export const sumOf = (parts: Iterable<PeriodSums>): PeriodSums =>
  [...parts].reduce(
    (sum, part) => ({
      inCount: sum.inCount + part.inCount,
      in: msat(sum.in + part.in),
      assisted: msat(sum.assisted + part.assisted),
      outCount: sum.outCount + part.outCount,
      out: msat(sum.out + part.out),
      revenue: msat(sum.revenue + part.revenue),
      costs: bothCosts(sum.costs, part.costs),
    }),
    NO_SUMS,
  );

const bothCosts = (one: Costs, other: Costs): Costs => ({
  open: msat(one.open + other.open),
  close: msat(one.close + other.close),
  splice: msat(one.splice + other.splice),
  rebalance: msat(one.rebalance + other.rebalance),
  diagnostic: msat(one.diagnostic + other.diagnostic),
  hive: msat(one.hive + other.hive),
  onchain: msat(one.onchain + other.onchain),
});
