/** What a rate takes of an amount, and back, in exact msat and always rounded against ourselves (SPEC "Words"). */
import { type Msat, msat, type Ppm, ppm } from '../units.ts';

const MILLION = 1_000_000n;

/** msat a payment of `amount` (msat) costs at `rate`, rounded up. */
export const costAt = (amount: Msat, rate: Ppm): Msat =>
  msat((amount * BigInt(rate) + MILLION - 1n) / MILLION);

/** msat that selling `amount` (msat) earns at `rate`, rounded down. */
export const earnedAt = (amount: Msat, rate: Ppm): Msat => msat((amount * BigInt(rate)) / MILLION);

/** The highest whole ppm at which `amount` costs no more than `money`, both msat; undefined when even 0 is too much. */
export function highestRate(amount: Msat, money: Msat): Ppm | undefined {
  if (money < 0n || amount <= 0n) return undefined;
  return ppm(Number((money * MILLION) / amount));
}

/** A configured share, 0 … 1, of `money` (msat), to the millionth and rounded down. */
export const partOf = (money: Msat, fraction: number): Msat =>
  msat((money * BigInt(Math.round(fraction * Number(MILLION)))) / MILLION);
