/**
 * What a rebalance is worth at the price we are ready to pay (SPEC 4.5): income − loss − cost, in exact msat and
 * rounded against ourselves. The original took the whole spread as the cost, so that a dearer destination looked
 * worse; here the cost is only ever the cap, and the cap is what the value still bears.
 */
import { type Msat, msat, type Ppm } from '../units.ts';
import { requirementOn } from './hive-exemption.ts';
import { costAt, earnedAt, highestRate, partOf } from './rate.ts';
import { missedAtSource, soldAtDestination } from './sale-probability.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

export type Value = {
  readonly amount: Msat;
  /** Of the amount, what the destination sells within 72 h, msat. */
  readonly sold: Msat;
  /** What those sales bring, msat. */
  readonly income: Msat;
  /** The most the sources miss, however the amount is split among them, msat. */
  readonly loss: Msat;
  /** Money that may be spent with the requirement still met, msat; negative: none. */
  readonly room: Msat;
  /** The highest whole ppm that keeps within every bound; undefined: no price does. */
  readonly maxPpm: Ppm | undefined;
  /** Which bound that is. */
  readonly bound: 'value' | 'cost share' | 'budget';
};

/** Income − loss − the cost of paying `rate`, msat. */
export const valueAt = (value: Pick<Value, 'amount' | 'income' | 'loss'>, rate: Ppm): Msat =>
  msat(value.income - value.loss - costAt(value.amount, rate));

/** What taking `amount` (msat) from this source alone misses in sales, msat, rounded up. */
export const lossAt = (source: RebalanceChannel, amount: Msat, law: RebalanceSettings): Msat =>
  costAt(missedAtSource(source, amount, law.graceDays), source.price);

/**
 * The value of moving `amount` (msat) from any of the sources. A source's loss grows at least in proportion to what
 * it gives, so no split among several loses more than the dearest of them giving all. `budget` (msat) bounds the
 * spending, where there is a bound. undefined: the destination's sales are not known.
 */
export function valueOfMoving(
  destination: RebalanceChannel,
  sources: readonly RebalanceChannel[],
  amount: Msat,
  law: RebalanceSettings,
  budget: Msat | undefined,
): Value | undefined {
  const sold = soldAtDestination(destination, amount);
  if (sold === undefined) return undefined;
  const { least, maxCostShare } = requirementOn(destination, law);
  const income = earnedAt(sold, destination.price);
  const loss = sources
    .map((source) => lossAt(source, amount, law))
    .reduce((worst, one) => (one > worst ? one : worst), msat(0n));
  const room = msat(income - loss - least);
  const bounds: Bound[] = [{ bound: 'value', money: room }];
  if (maxCostShare !== undefined)
    bounds.push({ bound: 'cost share', money: partOf(income, maxCostShare) });
  if (budget !== undefined) bounds.push({ bound: 'budget', money: budget });
  const tightest = bounds.reduce((low, one) => (one.money < low.money ? one : low));
  const maxPpm = highestRate(amount, tightest.money);
  return { amount, sold, income, loss, room, maxPpm, bound: tightest.bound };
}

type Bound = { readonly bound: Value['bound']; readonly money: Msat };
