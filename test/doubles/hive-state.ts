/** What is known of cl-hive, as a test says. */
import { fromSat, msat } from '../../src/core/units.ts';
import type { HiveState } from '../../src/cycles/hive-service.ts';

/** Absent, unless `changes` say otherwise. */
export const hiveState = (changes: Partial<HiveState> = {}): { state(): HiveState } => ({
  state: () => ({
    enabled: 'auto',
    present: false,
    answer: undefined,
    problem: undefined,
    brokenOff: false,
    reports: { sent: 0, failed: 0, dropped: 0, waiting: 0 },
    week: { used: msat(0n), limit: fromSat(350) },
    ...changes,
  }),
});
