/** Rates as they are shown, their last digit rounded against ourselves: what is ours down, what we paid up (SPEC, words). */
import type { Msat } from '../core/units.ts';

/** How many of so many parts of the whole it is, exactly, rounded down; undefined: nothing to compare it with. */
const partsDown = (amount: bigint, whole: Msat, parts: bigint): number | undefined => {
  if (whole <= 0n) return undefined;
  const cut = (amount * parts) / whole;
  return Number(amount < 0n && cut * whole !== amount * parts ? cut - 1n : cut);
};
const partsUp = (amount: Msat, whole: Msat, parts: bigint): number | undefined => {
  const down = partsDown(-amount, whole, parts);
  return down === undefined ? undefined : 0 - down;
};
const over = (parts: number | undefined, inOne: number): number | undefined =>
  parts === undefined ? undefined : parts / inOne;

/** Parts per million, tenths, rounded as sats are: down for what is ours, up for what we paid. */
export const ppmOurs = (amount: Msat, whole: Msat) =>
  over(partsDown(amount, whole, 10_000_000n), 10);
export const ppmPaid = (amount: Msat, whole: Msat) => over(partsUp(amount, whole, 10_000_000n), 10);
/** Per cent, hundredths, rounded up. */
export const percentPaid = (amount: Msat, whole: Msat) =>
  over(partsUp(amount, whole, 10_000n), 100);

/** 0.29 × 10 000 is a little less than 2900 in floats: that is no reason to lose a digit. */
const FLOAT_DIGITS = 6;
/** A margin or a return as per cent, hundredths, rounded down; never −0. */
export const asPercent = (part: number): number =>
  0 + Math.floor(Number((part * 10_000).toFixed(FLOAT_DIGITS))) / 100;

/** Per cent of the costs, hundredths, rounded down (SPEC 6.1): without costs any earning is +100 %, and none is 0. */
export const returnPercent = (revenue: Msat, costs: Msat): number =>
  over(partsDown(revenue - costs, costs, 10_000n), 100) ?? (revenue > 0n ? 100 : 0);
