/** How much is moved and in what pieces (SPEC 4.5): whole chunks, each easy for the HTLC limits of both sides. */
import { type Msat, msat } from '../units.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

/** SPEC 4.5: a chunk is at most half of what a side takes, so that the way is not full with it. */
const LIMIT_PARTS = 2n;

export type Parcel = {
  /** msat, a multiple of the chunk. */
  readonly amount: Msat;
  /** msat, whole satoshi. */
  readonly chunk: Msat;
};

const wholeSat = (amount: Msat): Msat => msat(amount - (amount % 1000n));
const least = (first: Msat, ...others: readonly Msat[]): Msat =>
  others.reduce((best, one) => (one < best ? one : best), first);

/** The largest HTLC (msat) we would send into a channel with this limit (msat). */
export const halfOf = (limit: Msat): Msat => wholeSat(msat(limit / LIMIT_PARTS));

/** The most one job may bring here, msat: what is lacking, what still fits, what the operator allows. */
export const wanted = (
  destination: Pick<RebalanceChannel, 'receivable'>,
  lack: Msat,
  law: RebalanceSettings,
): Msat => wholeSat(least(lack, destination.receivable, law.maxAmount));

/** `want` (msat) in whole chunks through both limits (msat); undefined: less than the smallest amount. */
export function parcelOf(
  want: Msat,
  limits: { readonly into: Msat; readonly outOf: Msat },
  law: Pick<RebalanceSettings, 'chunk' | 'minAmount' | 'maxAmount'>,
): Parcel | undefined {
  const most = wholeSat(least(want, law.maxAmount));
  const chunk = least(wholeSat(law.chunk), halfOf(limits.into), halfOf(limits.outOf), most);
  if (chunk <= 0n) return undefined;
  const amount = msat((most / chunk) * chunk);
  return amount < law.minAmount ? undefined : { amount, chunk };
}
