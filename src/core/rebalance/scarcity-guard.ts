/** A rebalance must not fill the slots that customers need (SPEC 4.3, 4.4). */
import { slotWeight } from '../fees/slot-utilisation.ts';
import type { Msat } from '../units.ts';

/** SPEC 4.3: weighted utilisation with this rebalance's HTLC. */
const MOST = 0.6;

/** Weighted utilisation, 0 … 1 and more, of a side once an HTLC of `chunk` (msat) is added to it. */
export const slotsWith = (use: number, max: number, chunk: Msat): number =>
  max > 0 ? use + slotWeight(chunk) / max : Number.POSITIVE_INFINITY;

export const leavesSlots = (use: number, max: number, chunk: Msat): boolean =>
  slotsWith(use, max, chunk) <= MOST;
