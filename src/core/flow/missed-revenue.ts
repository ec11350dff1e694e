import { type Msat, msat, type Ppm } from '../units.ts';

const MILLION = 1_000_000n;

/** What forwards of this amount, refused for lack of our liquidity, would have paid at our price; msat, rounded down (SPEC 2.9). */
export const missedRevenue = (amount: Msat, ours: Ppm): Msat =>
  msat((amount * BigInt(ours)) / MILLION);
