/**
 * How much of a rebalance its destination's record supports (SPEC 4.5, `enable-kelly`): f = p − (1 − p)/b. The stake
 * is what one job may spend, never a share of the wallet.
 */
import type { Msat } from '../units.ts';
import type { RebalanceHistory } from './types.ts';

/** SPEC 4.5: prior Beta(2, 1), as if two of two had paid and one had not been. */
const PRIOR = { paid: 2, all: 3 };

/** The chance that a job here earns its cost back, 0 … 1. */
export const chanceOfEarningBack = ({
  earnedBack,
  finished,
}: Pick<RebalanceHistory, 'earnedBack' | 'finished'>): number =>
  (earnedBack + PRIOR.paid) / (finished + PRIOR.all);

/**
 * f, for a job with this income and loss whose cost is expected to be `cost` (all msat; the inbound estimate, not the
 * cap). Without a gain to be had it is −∞; without a cost there is nothing to lose and it is p.
 */
export function kellyFraction(
  history: Pick<RebalanceHistory, 'earnedBack' | 'finished'>,
  { income, loss, cost }: { readonly income: Msat; readonly loss: Msat; readonly cost: Msat },
): number {
  const gain = income - loss - cost;
  if (gain <= 0n) return Number.NEGATIVE_INFINITY;
  const p = chanceOfEarningBack(history);
  return cost > 0n ? p - ((1 - p) * Number(cost)) / Number(gain) : p;
}

/** The part of the budget to use, 0 … 1. */
export const kellyPart = (f: number, fraction: number): number =>
  Math.min(1, Math.max(0, f * fraction));
