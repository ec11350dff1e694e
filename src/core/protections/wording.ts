/** Numbers in the reason of a lock. */
import type { Msat } from '../units.ts';

const MINUTE_MS = 60_000;
const MINUTES_SAID = 90;

/** Exact, with the thousandths if there are any. */
export const sats = (amount: Msat): string => `${Number(amount) / 1000} sat`;
export const plain = (value: number): string => `${Number(value.toFixed(1))}`;
/** A span of time (ms) in the unit a person would use. */
export const span = (ms: number): string =>
  ms < MINUTE_MS * MINUTES_SAID
    ? `${Math.round(ms / MINUTE_MS)} min`
    : `${plain(ms / MINUTE_MS / 60)} h`;
