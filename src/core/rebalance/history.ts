/**
 * What a job leaves behind in its destination's record (SPEC 4.3). One failure is one job that reached its deadline
 * with nothing moved; what was refused, only simulated, or whose outcome is not known says nothing about the way.
 */
import type { UnixMs } from '../units.ts';
import type { RebalanceHistory } from './types.ts';

export type JobOutcome =
  /** Something arrived. */
  | 'moved'
  /** The deadline passed and nothing arrived. */
  | 'nothing moved'
  /** The governor, the backend or a gate did not let it begin; or a dry run (SPEC 4.10). */
  | 'not tried'
  | 'unknown';

/** The part of the record that a job's end writes. */
type WayRecord = Pick<RebalanceHistory, 'failures' | 'lastFailure' | 'lastSuccess'>;

/** The destination's record after a job that ended at `at`. */
export function afterJob<T extends WayRecord>(before: T, outcome: JobOutcome, at: UnixMs): T {
  switch (outcome) {
    case 'moved':
      return { ...before, failures: 0, lastSuccess: at };
    case 'nothing moved':
      return { ...before, failures: before.failures + 1, lastFailure: at };
    case 'not tried':
    case 'unknown':
      return before;
  }
}
