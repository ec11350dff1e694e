/** SPEC 2.8: what slow settlement does to a price, from 7 days of forwards to one peer. */
const ENOUGH_FORWARDS = 10;
const SLOW_MEAN_SECONDS = 10;
const UNEVEN_STD_SECONDS = 5;
const SLOW_FACTOR = 1.2;

/** Seconds from receipt to settlement. */
export type HoldTimes = { readonly count: number; readonly mean: number; readonly std: number };

/** Price factor for held liquidity; undefined: too few settled forwards to know. */
export function holdFactor(times: HoldTimes | undefined): 1 | 1.2 | undefined {
  if (times === undefined || times.count < ENOUGH_FORWARDS) return undefined;
  const slow = times.mean > SLOW_MEAN_SECONDS || times.std > UNEVEN_STD_SECONDS;
  return slow ? SLOW_FACTOR : 1;
}
