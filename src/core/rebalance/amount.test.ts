import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fromSat, type Msat, msat, ppm } from '../units.ts';
import { halfOf, parcelOf, wanted } from './amount.ts';
import { destinationAs, LAW } from './channel.fixture.ts';
import type { RebalanceChannel } from './types.ts';

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

/** 10 000 sat an hour: 720 000 in 72 h, of which 100 000 are there. At 1000 ppm, 650 may be paid. */
const want = (change: Partial<RebalanceChannel>, lack = 400_000, inbound = 200) =>
  wanted(destinationAs(change), fromSat(lack), ppm(inbound), LAW);

test('what is wanted: the lack, what still fits, what the operator allows', () => {
  expect(wanted(destinationAs(), msat(400_000_999n), ppm(200), LAW)).toBe(fromSat(400_000));
  expect(want({ receivable: fromSat(300_000) })).toBe(fromSat(300_000));
  const much = { outPerRoutableHour: fromSat(1_000_000) };
  expect(want(much, 7_000_000)).toBe(fromSat(5_000_000));
});

test('no more than is sold within 72 h, as the rest would only cost', () => {
  expect(want({ outPerRoutableHour: fromSat(5_000) })).toBe(fromSat(260_000));
  expect(want({ outPerRoutableHour: fromSat(5_000), missedPerHour: fromSat(1_000) })).toBe(
    fromSat(332_000),
  );
  expect(want({ outPerRoutableHour: undefined })).toBe(fromSat(400_000));
});

test('a little demand is worth the smallest amount, where so much is lacking and fits', () => {
  const little = { outPerRoutableHour: fromSat(1_500) };
  expect(want(little)).toBe(fromSat(50_000));
  expect(want(little, 49_999)).toBe(fromSat(49_999));
  expect(want({ ...little, receivable: fromSat(40_000) })).toBe(fromSat(40_000));
});

test('what the fleet is given is not for sale', () => {
  const fleet = { hive: true, outPerRoutableHour: fromSat(1_500), budget: fromSat(1) };
  expect(want(fleet)).toBe(fromSat(400_000));
});

it.each([
  ['twice the estimate', {}, 200, 250_000],
  ['what is borne, if that is less', { price: ppm(500) }, 200, 307_692],
  [
    'the estimate itself, if less is borne: it is refused for its price',
    { price: ppm(100) },
    300,
    333_333,
  ],
  ['all of it, where coming in costs nothing', {}, 0, 400_000],
  ['all of it, where no budget was asked', { budget: undefined }, 200, 400_000],
  ['the smallest amount at least', { budget: fromSat(1) }, 200, 50_000],
])('a budget of 100 sat buys at %s', (_, change, inbound, amount) => {
  expect(want({ budget: fromSat(100), ...change }, 400_000, inbound)).toBe(fromSat(amount));
});

test('more is never wanted than sells, and more money never wants less', () => {
  const sats = fc.integer({ min: 0, max: 3_000_000 }).map(fromSat);
  const rates = fc.integer({ min: 0, max: 3000 }).map(ppm);
  fc.assert(
    fc.property(
      fc.record({ spendable: sats, outPerRoutableHour: sats, price: rates }),
      fc.record({ lack: sats, inbound: rates, budget: sats, more: sats }),
      (to, { lack, inbound, budget, more }) => {
        const amount = (money: Msat) =>
          wanted(destinationAs({ ...to, budget: money }), lack, inbound, LAW);
        const demand = to.outPerRoutableHour * 72n - to.spendable;
        const useful = demand > LAW.minAmount ? demand : LAW.minAmount;
        expect(amount(budget)).toBeLessThanOrEqual(useful < lack ? useful : lack);
        expect(amount(msat(budget + more))).toBeGreaterThanOrEqual(amount(budget));
      },
    ),
  );
});
