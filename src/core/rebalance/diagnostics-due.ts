/** Which silent channels are treated next, and when one was tried enough to be judged (SPEC 4.9). */
import { ATTEMPTS, SHOWS_MS, WITHIN_MS } from '../books/diagnosis.ts';
import type { UnixMs } from '../units.ts';
import type { RebalanceChannel } from './types.ts';

/** SPEC 4.9: the youngest age in days, and the part of the channels treated at a time. */
const YOUNGEST_DAYS = 30;
const AT_A_TIME = 0.05;

/** A channel as a patient: how long it has been silent and what was tried. */
export type Patient = Pick<RebalanceChannel, 'channelId' | 'class' | 'ageDays'> & {
  readonly idleMs: number;
  /** Ends of earlier attempts, shocks and probes, whatever their outcome. */
  readonly attempts: readonly UnixMs[];
  readonly running: boolean;
};

export const attemptsWithin = (attempts: readonly UnixMs[], at: UnixMs): number =>
  attempts.filter((end) => at - end < WITHIN_MS).length;

/** Enough was tried to judge it: before that nothing may be called ZOMBIE. */
export const isDiagnosed = ({ attempts }: Pick<Patient, 'attempts'>, at: UnixMs): boolean =>
  attemptsWithin(attempts, at) >= ATTEMPTS;

export type Due = {
  /** The longest silent first. One that cannot be treated now keeps nobody waiting. */
  readonly inOrder: readonly Patient[];
  /** How many may begin now: with those under way at most max(1, 5 %) of all channels. */
  readonly places: number;
};

/** Which channels are treated next. */
export function diagnosticsDue(
  patients: readonly Patient[],
  channelCount: number,
  at: UnixMs,
): Due {
  const places = Math.max(1, Math.floor(channelCount * AT_A_TIME));
  const running = patients.filter((one) => one.running).length;
  return {
    inOrder: patients
      .filter((one) => isDue(one, at))
      .toSorted((one, other) => other.idleMs - one.idleMs),
    places: Math.max(0, places - running),
  };
}

function isDue(one: Patient, at: UnixMs): boolean {
  const rested = one.attempts.every((end) => at - end >= SHOWS_MS);
  const old = one.ageDays !== undefined && one.ageDays >= YOUNGEST_DAYS;
  return (
    one.class === 'STAGNANT_CANDIDATE' && !one.running && old && rested && !isDiagnosed(one, at)
  );
}
