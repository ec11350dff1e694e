/**
 * When a silent channel may be called dead (SPEC 4.9): only after it was tried, twice within 14 days, and either
 * nothing passed both times or something passed and still no customer came. A settled forward ends it.
 */
import { DAY_MS, type UnixMs } from '../units.ts';

/** SPEC 4.9: at least two attempts in 14 days, each with 48 h to show whether routing follows. */
export const ATTEMPTS = 2;
export const WITHIN_MS = 14 * DAY_MS;
export const SHOWS_MS = 2 * DAY_MS;

/** The end of a probe or a shock. `succeeded`: something passed. A probe that sold nothing did not. */
export type Attempt = { readonly at: UnixMs; readonly succeeded: boolean };

/**
 * Whether the attempts prove it dead at `at`. `lastSettled`: the last forward of a customer, in or out; what was tried
 * before it says nothing any more. A rebalance of ours is none.
 */
export function isDead(
  attempts: readonly Attempt[],
  lastSettled: UnixMs | undefined,
  at: UnixMs,
): boolean {
  const since = attempts
    .filter((one) => lastSettled === undefined || one.at > lastSettled)
    .toSorted((one, other) => one.at - other.at);
  return since.some((first, index) => {
    const together = since.slice(index).filter((one) => one.at - first.at <= WITHIN_MS);
    return together.length >= ATTEMPTS && condemned(together, at);
  });
}

const condemned = (together: readonly Attempt[], at: UnixMs): boolean =>
  together.filter(({ succeeded }) => !succeeded).length >= ATTEMPTS ||
  together.some((one) => one.succeeded && at - one.at >= SHOWS_MS);
