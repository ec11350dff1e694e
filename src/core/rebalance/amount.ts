/** How much is moved and in what pieces (SPEC 4.5): whole chunks, each easy for the HTLC limits of both sides. */
import { type Msat, msat, type Ppm } from '../units.ts';
import { soldAtDestination } from './sale-probability.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

/** SPEC 4.5: a chunk is at most half of what a side takes, so that the way is not full with it. */
const LIMIT_PARTS = 2n;

/** Times the estimate: a price at which a try is likely to move something. */
const PROMISING = 2;
const MILLION = 1_000_000n;

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

/**
 * The most one job may bring here, msat: what is lacking, what still fits, what the operator allows. And no more than
 * is sold in the time we count with, as the rest would only cost; and than what the budget buys at a price that has a
 * chance: one that just meets the estimate mostly moves nothing at all. Never less than the smallest amount for it.
 */
export function wanted(
  destination: RebalanceChannel,
  lack: Msat,
  inbound: Ppm,
  law: RebalanceSettings,
): Msat {
  const fits = least(lack, destination.receivable, law.maxAmount);
  // What the fleet is given is not for sale.
  if (destination.hive) return wholeSat(fits);
  const sold = soldAtDestination(destination, fits) ?? fits;
  const useful = least(sold, affordable(destination, inbound, law) ?? sold);
  return wholeSat(least(fits, useful < law.minAmount ? law.minAmount : useful));
}

/** What the budget buys at a price that leaves room above the estimate, if so much is borne; undefined: no bound. */
function affordable(
  { budget, price }: Pick<RebalanceChannel, 'budget' | 'price'>,
  inbound: Ppm,
  { maxCostShare }: Pick<RebalanceSettings, 'maxCostShare'>,
): Msat | undefined {
  if (budget === undefined) return undefined;
  const borne = Math.floor(price * maxCostShare);
  const rate = Math.max(inbound, Math.min(borne, inbound * PROMISING));
  return rate > 0 ? msat((budget * MILLION) / BigInt(rate)) : undefined;
}

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
