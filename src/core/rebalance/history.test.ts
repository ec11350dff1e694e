import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unixMs } from '../units.ts';
import { ago, historyAs, MINUTE_MS, NOW } from './channel.fixture.ts';
import { afterJob, type JobOutcome } from './history.ts';

const before = historyAs({ failures: 3, lastFailure: ago(MINUTE_MS), lastSuccess: ago(9) });

test('only a deadline with nothing moved is a failure', () => {
  expect(afterJob(before, 'nothing moved', NOW)).toEqual({
    ...before,
    failures: 4,
    lastFailure: NOW,
  });
});

test('what arrived ends the row of failures', () => {
  expect(afterJob(before, 'moved', NOW)).toEqual({ ...before, failures: 0, lastSuccess: NOW });
});

test('original v2.17.1: a refusal, a dry run or an unknown outcome is neither failure nor success', () => {
  const idle: readonly JobOutcome[] = ['not tried', 'unknown'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...idle), { maxLength: 50 }), (outcomes) => {
      const after = outcomes.reduce((seen, one, i) => afterJob(seen, one, unixMs(NOW + i)), before);
      expect(after).toEqual(before);
    }),
  );
});
