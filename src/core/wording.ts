/** Numbers as a sentence of a decision shows them: short, and the same on every machine. */
import type { Msat } from './units.ts';

const MINUTE_MS = 60_000;
const MINUTES_SAID = 90;

export const percent = (fraction: number): string => `${Number((fraction * 100).toFixed(1))} %`;
export const factor = (times: number): string => `×${Number(times.toFixed(3))}`;
export const plain = (value: number, digits = 2): string => `${Number(value.toFixed(digits))}`;
/** Small rates keep two significant digits: 0.027 sales a day. */
export const rate = (value: number): string => `${Number(value.toPrecision(2))}`;
/** Exact, with the thousandths if there are any. */
export const sats = (amount: Msat): string => `${Number(amount) / 1000} sat`;
/** A span of time (ms) in the unit a person would use; minutes are rounded up. */
export const span = (ms: number): string =>
  ms < MINUTE_MS * MINUTES_SAID
    ? `${Math.ceil(ms / MINUTE_MS)} min`
    : `${plain(ms / MINUTE_MS / 60, 1)} h`;
