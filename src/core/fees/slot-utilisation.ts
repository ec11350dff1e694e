/** How full the HTLC slots are by value, so that dust buys nothing (SPEC 3.3). */
import { fromSat, type Msat, type Share, share, type UnixMs, unixMs } from '../units.ts';

/** SPEC 3.3: 100 000 sat are one slot, limited to 0.01 … 10. */
const SLOT_MSAT = fromSat(100_000);
const LEAST_SLOT = 0.01;
const MOST_SLOTS = 10;
/** SPEC 3.3: α 0.4 up, 0.1 down, every 60 s. */
const TICK_MS = 60_000;
const UP = 0.4;
const DOWN = 0.1;
/** Events may come this late; a moment further back means that the clock was set back, and the grid begins anew. */
const LATE_MS = 3_600_000;

/** Slots one pending HTLC counts for. */
export const slotWeight = (amount: Msat): number =>
  Math.min(MOST_SLOTS, Math.max(LEAST_SLOT, Number(amount) / Number(SLOT_MSAT)));

/**
 * min(1, Σ weights ÷ max_accepted_htlcs) of the pending HTLCs of one direction. A channel that was never looked at
 * has no known limit and nothing pending; a limit of 0 is full.
 */
export function weightedUse(pending: readonly Msat[], maxAccepted: number | undefined): Share {
  if (maxAccepted === undefined) return share(0);
  const slots = pending.reduce((sum, amount) => sum + slotWeight(amount), 0);
  return maxAccepted > 0 ? share(slots / maxAccepted) : share(1);
}

/** The moving average, 0 … 1, and the grid point up to which it has advanced. */
export type SlotUtilisation = { readonly average: Share; readonly at: UnixMs };

export const EMPTY_SLOTS = (at: UnixMs): SlotUtilisation => ({ average: share(0), at });

/**
 * The average at `now`, when `use` was in force since the last call: call it before every change of the pending
 * HTLCs. Ticks lie on the 60 s grid of the first moment; n of them are one closed form, so gaps of days cost nothing.
 */
export function advanceUtilisation(
  before: SlotUtilisation,
  use: Share,
  now: UnixMs,
): SlotUtilisation {
  if (before.at - now > LATE_MS) return { ...before, at: now };
  const ticks = Math.floor((now - before.at) / TICK_MS);
  if (!(ticks > 0)) return before;
  const keep = 1 - (use > before.average ? UP : DOWN);
  return {
    average: share(use + (before.average - use) * keep ** ticks),
    at: unixMs(before.at + ticks * TICK_MS),
  };
}
