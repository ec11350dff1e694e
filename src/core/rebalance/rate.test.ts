import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { msat, ppm } from '../units.ts';
import { costAt, earnedAt, highestRate, partOf } from './rate.ts';

it.each([
  [1_000_000n, 1, 1n, 1n],
  [1_000_001n, 1, 2n, 1n],
  [999_999n, 1, 1n, 0n],
  [0n, 500, 0n, 0n],
  [50_000_000n, 2000, 100_000n, 100_000n],
])('%d msat at %d ppm cost %d and earn %d msat', (amount, rate, cost, earned) => {
  expect(costAt(msat(amount), ppm(rate))).toBe(cost);
  expect(earnedAt(msat(amount), ppm(rate))).toBe(earned);
});

it.each([
  [1_000_000n, 0n, 0],
  [1_000_000n, 7n, 7],
  [3_000_000n, 7n, 2],
  [1_000_000n, -1n, undefined],
  [0n, 7n, undefined],
])('%d msat for %d msat: at most %s ppm', (amount, money, rate) => {
  expect(highestRate(msat(amount), msat(money))).toBe(rate);
});

test('the highest rate keeps within the money, the next one does not', () => {
  const amounts = fc.bigInt({ min: 1n, max: 10n ** 12n });
  fc.assert(
    fc.property(amounts, fc.bigInt({ min: 0n, max: 10n ** 9n }), (amount, money) => {
      const rate = highestRate(msat(amount), msat(money));
      if (rate === undefined || rate > 10 ** 12) return;
      expect(costAt(msat(amount), rate) <= money).toBe(true);
      expect(costAt(msat(amount), ppm(rate + 1)) > money).toBe(true);
    }),
  );
});

it.each([
  [1000n, 0.65, 650n],
  [1001n, 0.65, 650n],
  [1000n, 0.29, 290n],
  [1000n, 0, 0n],
  [1000n, 1, 1000n],
])('of %d msat the part %d is %d', (money, part, expected) => {
  expect(partOf(msat(money), part)).toBe(expected);
});
