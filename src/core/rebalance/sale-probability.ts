/**
 * How much of the moved sats would be sold within the buffer's time (SPEC 4.5): what the destination's customers
 * will take beyond what it has, and what a source would have sold of what it gives away.
 */
import { type Msat, msat, type Share, share } from '../units.ts';
import type { RebalanceChannel } from './types.ts';

/** SPEC 4.5: H, the time the buffer of 4.2 lasts. */
const HOURS = 72n;

const between = (low: bigint, value: bigint, high: bigint): Msat =>
  msat(value < low ? low : value > high ? high : value);

/**
 * Of `amount` (msat) moved here, what is sold within 72 h, msat; undefined: too few sales to know (`no_evidence`).
 * Towards the fleet nothing is asked to be sold: unknown sales are none there.
 */
export function soldAtDestination(
  destination: Pick<
    RebalanceChannel,
    'hive' | 'outPerRoutableHour' | 'missedPerHour' | 'spendable'
  >,
  amount: Msat,
): Msat | undefined {
  if (destination.outPerRoutableHour === undefined) return destination.hive ? msat(0n) : undefined;
  const demand = (destination.outPerRoutableHour + destination.missedPerHour) * HOURS;
  return between(0n, demand - destination.spendable, amount);
}

/**
 * Of `amount` (msat) taken from here, what could have been sold within 72 h, msat. A source without sales loses
 * none, but one still in its grace (or of unknown age) had no chance to sell and is taken to lose all.
 */
export function missedAtSource(
  source: Pick<RebalanceChannel, 'outPerRoutableHour' | 'spendable' | 'ageDays'>,
  amount: Msat,
  graceDays: number,
): Msat {
  if (source.outPerRoutableHour === undefined) {
    const hadItsChance = source.ageDays !== undefined && source.ageDays >= graceDays;
    return hadItsChance ? msat(0n) : amount;
  }
  const demand = source.outPerRoutableHour * HOURS;
  return between(0n, demand - source.spendable + amount, amount);
}

/** p_sell: the sold part (msat) of an amount (msat), 0 … 1. For people; the decision keeps to msat. */
export const saleProbability = (sold: Msat, amount: Msat): Share =>
  share(amount > 0n ? Number(sold) / Number(amount) : 0);
