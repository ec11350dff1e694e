import { expect, it, test } from 'vitest';
import { HOUR_MS } from '../units.ts';
import { decayedFailures, isReliable, reliability } from './reliability.ts';

it.each([
  [4, 0, 4],
  [4, HOUR_MS, 2],
  [4, 3 * HOUR_MS, 0.5],
  [4, -HOUR_MS, 4],
])('%d failures, %d ms later, count %d', (failures, elapsed, left) => {
  expect(decayedFailures(failures, elapsed)).toBeCloseTo(left, 12);
});

test('each failure makes it less likely to be chosen, three fresh ones close it', () => {
  expect([0, 1, 3].map(reliability)).toEqual([1, 0.5, 0.25]);
  expect([0, 2.99, 3, 9].map(isReliable)).toEqual([true, true, false, false]);
  expect(isReliable(Number.NaN)).toBe(false);
});
