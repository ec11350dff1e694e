/** Lines of the trail and the numbers in them. */
import type { Msat } from '../units.ts';
import type { RebalanceStep } from './types.ts';

export const passes = (rule: string, because: string, value?: number): RebalanceStep =>
  step(rule, 'passes', because, value);
export const refuses = (rule: string, because: string, value?: number): RebalanceStep =>
  step(rule, 'refuses', because, value);

function step(
  rule: string,
  verdict: RebalanceStep['verdict'],
  because: string,
  value: number | undefined,
): RebalanceStep {
  return { rule, verdict, because, ...(value === undefined ? {} : { value }) };
}

/** Exact, with the thousandths if there are any. */
export const sats = (amount: Msat): string => `${Number(amount) / 1000} sat`;
export const percent = (fraction: number): string => `${Number((fraction * 100).toFixed(1))} %`;
/** A span of time (ms) in the unit a person would use. */
export const span = (ms: number): string =>
  ms < MINUTE_MS * 90
    ? `${Math.ceil(ms / MINUTE_MS)} min`
    : `${Number((ms / MINUTE_MS / 60).toFixed(1))} h`;
const MINUTE_MS = 60_000;
