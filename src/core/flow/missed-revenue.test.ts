import { expect, test } from 'vitest';
import { msat, ppm } from '../units.ts';
import { missedRevenue } from './missed-revenue.ts';

test.each([
  [1_000_000_000n, 250, 250_000n],
  [999_999n, 1, 0n],
  [1_000_000n, 1, 1n],
  [1_999_999n, 1, 1n],
  [5_000_000n, 0, 0n],
  [2_100_000_000_000_000_000n, 5000, 10_500_000_000_000_000n],
])('%s msat refused at %i ppm missed %s msat (SPEC 2.9)', (amount, rate, expected) => {
  expect(missedRevenue(msat(amount), ppm(rate))).toBe(expected);
});
