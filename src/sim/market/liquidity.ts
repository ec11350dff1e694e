/**
 * Whether an HTLC fits, how long it is held and whether it arrives (facts/simulation.md §2.1, §3.4). Held: median
 * 2.8 s, p99 about two minutes, one in a thousand for hours.
 */
import { HOUR_MS } from '../../core/units.ts';
import { normalFrom } from './distributions.ts';
import type { Ledger } from './ledger.ts';
import { hashUniform } from './rng.ts';

const SETTLED_MEDIAN_MS = 2_800;
const FAILED_MEDIAN_MS = 1_800;
const COMMON_SIGMA = 1.1;
const SLOW_SHARE = 0.015;
const SLOW_MEDIAN_MS = 100_000;
const SLOW_SIGMA = 0.8;
const STUCK_SHARE = 0.001;
const STUCK_MEDIAN_MS = HOUR_MS;
const LONGEST_MS = 48 * HOUR_MS;
const SUCCESS = [0.6, 0.95] as const;

const DRAW = { kind: 0, size: 1, success: 3, occupied: 4 } as const;

/** How long this HTLC stays, ms, a whole number. */
export function holdMs(draw: number, succeeds: boolean): number {
  const kind = hashUniform(draw, DRAW.kind);
  const luck = normalFrom(hashUniform(draw, DRAW.size));
  const common = succeeds ? SETTLED_MEDIAN_MS : FAILED_MEDIAN_MS;
  const [median, sigma] =
    kind < STUCK_SHARE
      ? [STUCK_MEDIAN_MS, 1]
      : kind < STUCK_SHARE + SLOW_SHARE
        ? [SLOW_MEDIAN_MS, SLOW_SIGMA]
        : [common, COMMON_SIGMA];
  return Math.min(LONGEST_MS, Math.max(50, Math.round(median * Math.exp(sigma * luck))));
}

/** Whether the rest of the route works; how good it is belongs to the pair. */
export function arrives(draw: number, pair: number): boolean {
  const [least, most] = SUCCESS;
  const skill = least + (most - least) * hashUniform(pair, 17);
  return hashUniform(draw, DRAW.success) < skill;
}

/** Mean hold of the failing background, seconds: by insensitivity its slots are Poisson(rate × hold). */
const BACKGROUND_HOLD_S = 26;

/** Slots that unseen failing HTLCs hold at this moment; `perDay` of them come. */
export function occupiedSlots(draw: number, perDay: number): number {
  const mean = (perDay * BACKGROUND_HOLD_S) / 86_400;
  let probability = Math.exp(-mean);
  let left = hashUniform(draw, DRAW.occupied) - probability;
  let slots = 0;
  while (left > 0 && slots < 30) {
    slots++;
    probability *= mean / slots;
    left -= probability;
  }
  return slots;
}

/** Room on our side of the channel it should leave by. */
export const canLeave = (ledger: Ledger, to: number, amount: number, slots: number): boolean =>
  ledger.spendable(to) >= amount && ledger.slotsOut(to) < slots;

/** Room on the peer's side of the channel it comes by. */
export const canEnter = (ledger: Ledger, from: number, amount: number, slots: number): boolean =>
  ledger.receivable(from) >= amount && ledger.slotsIn(from) < slots;
