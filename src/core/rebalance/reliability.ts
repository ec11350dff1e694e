/** How far a source can be relied on (SPEC 4.4): what failed lately counts, and is soon forgiven. */
import { HOUR_MS } from '../units.ts';

/** SPEC 4.4: half-life of a failure. */
const HALF_LIFE_MS = HOUR_MS;
/** Three fresh failures and one more try is a waste; after an hour of rest it is offered again. */
const LEAST = 0.25;

/** Failures as a source after `elapsedMs`. A clock that went back forgives nothing and adds nothing. */
export const decayedFailures = (failures: number, elapsedMs: number): number =>
  failures * 0.5 ** (Math.max(0, elapsedMs) / HALF_LIFE_MS);

/** 1 without failures, 1/2 after one, 1/4 after three. */
export const reliability = (sourceFailures: number): number => 1 / (1 + sourceFailures);

export const isReliable = (sourceFailures: number): boolean => reliability(sourceFailures) > LEAST;
