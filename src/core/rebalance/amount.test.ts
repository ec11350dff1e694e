import { expect, it, test } from 'vitest';
import { fromSat, msat } from '../units.ts';
import { halfOf, parcelOf, wanted } from './amount.ts';
import { destinationAs, LAW } from './channel.fixture.ts';

const wide = { into: fromSat(50_000_000), outOf: fromSat(50_000_000) };

it.each([
  ['less than a chunk is one chunk', 120_000, 120_000, 120_000],
  ['whole chunks only', 1_499_999, 1_000_000, 500_000],
  ['exactly two', 1_000_000, 1_000_000, 500_000],
  ['at most the largest amount', 9_000_000, 5_000_000, 500_000],
  ['the smallest amount', 50_000, 50_000, 50_000],
])('%s', (_, want, amount, chunk) => {
  expect(parcelOf(fromSat(want), wide, LAW)).toEqual({
    amount: fromSat(amount),
    chunk: fromSat(chunk),
  });
});

test('below the smallest amount nothing is moved', () => {
  expect(parcelOf(fromSat(49_999), wide, LAW)).toBeUndefined();
  expect(parcelOf(fromSat(0), { ...wide }, { ...LAW, minAmount: msat(0n) })).toBeUndefined();
});

it.each([
  ['into', { into: fromSat(400_000), outOf: fromSat(50_000_000) }],
  ['out of', { into: fromSat(50_000_000), outOf: fromSat(400_000) }],
])('a chunk is at most half of what the side %s takes', (_, limits) => {
  expect(parcelOf(fromSat(1_000_000), limits, LAW)).toEqual({
    amount: fromSat(1_000_000),
    chunk: fromSat(200_000),
  });
});

test('everything is whole satoshi, rounded down', () => {
  expect(halfOf(msat(3_999n))).toBe(1_000n);
  const limits = { into: msat(401_003n), outOf: fromSat(9) };
  const law = { ...LAW, minAmount: msat(1n), chunk: msat(7_999n) };
  expect(parcelOf(msat(20_999n), { ...limits, outOf: fromSat(99) }, law)).toEqual({
    amount: 14_000n,
    chunk: 7_000n,
  });
});

test('what is wanted: the lack, what still fits, what the operator allows', () => {
  const room = destinationAs({ receivable: fromSat(300_000) });
  expect(wanted(destinationAs(), msat(400_000_999n), LAW)).toBe(fromSat(400_000));
  expect(wanted(room, fromSat(400_000), LAW)).toBe(fromSat(300_000));
  expect(wanted(destinationAs(), fromSat(7_000_000), LAW)).toBe(fromSat(5_000_000));
});
