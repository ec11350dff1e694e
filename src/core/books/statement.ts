/** What the sums of a stretch of days say about the node (SPEC 6.1, 6.2, 6.4). Fractions: 0.1 = 10 %. */
import { type Msat, msat } from '../units.ts';
import { movingCost, netOf, type PeriodSums } from './period.ts';
import type { Reconciliation } from './reconciliation.ts';

/** SPEC 6.4: a net of 30 days, as if the year went on like that. */
export const MONTH_DAYS = 30;
const YEAR_DAYS = 365;

/** (revenue − what moving liquidity cost) / revenue; undefined without revenue: 0 of 0 is neither good nor bad. */
export function marginOf({
  revenue,
  costs,
}: Pick<PeriodSums, 'revenue' | 'costs'>): number | undefined {
  return revenue > 0n ? Number(revenue - movingCost(costs)) / Number(revenue) : undefined;
}

/** What the sums of a stretch come to, and how far its days were compared with the node's own ledger. */
export function statementOf(sums: PeriodSums, compared: readonly Reconciliation[]) {
  const told = compared.flatMap(({ unexplained }) => unexplained ?? []);
  return {
    sums,
    net: netOf(sums),
    margin: marginOf(sums),
    /** Days that were compared, and those that could not be. */
    reconciledDays: told.length,
    unreconciledDays: compared.length - told.length,
    /** Signed, over the days that were compared. */
    unexplained: msat(told.reduce((sum, one) => sum + one, 0n)),
  };
}

/** net of 30 days / capacity, a year; undefined without capacity. */
export const returnOnCapital = (net30d: Msat, capacity: Msat): number | undefined =>
  capacity > 0n ? (Number(net30d) / Number(capacity)) * (YEAR_DAYS / MONTH_DAYS) : undefined;

/** It was used within these days and lost money all the same. */
export const isBleeder = (month: PeriodSums): boolean =>
  netOf(month) < 0n && month.in + month.out > 0n;

/** Confirmed on-chain + our channel balances − money promised; undefined: a part is not known, and 0 would be a lie. */
export const netWorthOf = (
  onchain: Msat | undefined,
  local: Msat | undefined,
  pending: Msat,
): Msat | undefined =>
  onchain === undefined || local === undefined ? undefined : msat(onchain + local - pending);
