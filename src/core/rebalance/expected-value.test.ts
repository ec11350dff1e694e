import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fromSat, type Msat, msat, ppm } from '../units.ts';
import { destinationAs, LAW, sourceAs } from './channel.fixture.ts';
import { lossAt, valueAt, valueOfMoving } from './expected-value.ts';
import type { RebalanceChannel } from './types.ts';

const AMOUNT = fromSat(400_000);
const valued = (
  to: Partial<RebalanceChannel> = {},
  from: Partial<RebalanceChannel> = {},
  { amount = AMOUNT, law = LAW, budget = undefined as Msat | undefined } = {},
) => {
  const value = valueOfMoving(destinationAs(to), [sourceAs(from)], amount, law, budget);
  if (value === undefined) throw new Error('no value');
  return value;
};

test('all is sold at 1000 ppm: 400 sat; at most 65 % of it are paid', () => {
  expect(valued()).toEqual({
    amount: AMOUNT,
    sold: AMOUNT,
    income: fromSat(400),
    loss: 0n,
    room: fromSat(390),
    maxPpm: 650,
    bound: 'cost share',
  });
});

it.each([
  ['half is sold', { spendable: fromSat(520_000) }, {}, 200, 0, 325, 'cost share'],
  [
    'the sources’ sales count',
    {},
    { outPerRoutableHour: fromSat(200_000) },
    400,
    200,
    475,
    'value',
  ],
  ['the profit counts', { price: ppm(50) }, {}, 20, 0, 25, 'value'],
])('%s', (_, to, from, income, loss, maxPpm, bound) => {
  expect(valued(to, from)).toMatchObject({
    income: fromSat(income),
    loss: fromSat(loss),
    maxPpm,
    bound,
  });
});

test('no price is low enough when the sources lose what is earned', () => {
  expect(valued({ price: ppm(24) })).toMatchObject({ room: -400n, maxPpm: undefined });
  expect(valued({ price: ppm(25) })).toMatchObject({ room: 0n, maxPpm: 0, bound: 'value' });
});

test('never more than the budget allows', () => {
  const tight = { budget: fromSat(100) };
  expect(valued({}, {}, { ...tight, amount: AMOUNT })).toMatchObject({
    maxPpm: 250,
    bound: 'budget',
  });
  expect(valued({}, {}, { budget: fromSat(260), amount: AMOUNT }).bound).toBe('cost share');
});

test('without known sales there is no value', () => {
  const blind = destinationAs({ outPerRoutableHour: undefined });
  expect(valueOfMoving(blind, [sourceAs()], AMOUNT, LAW, undefined)).toBeUndefined();
});

test('original 1.4: the strategic exemption is alive for the fleet, and for the fleet only', () => {
  const fleet = valued({ hive: true, price: ppm(0) });
  expect(fleet).toMatchObject({ income: 0n, room: fromSat(50), maxPpm: 125, bound: 'value' });
  expect(valueAt(fleet, ppm(125))).toBe(-fromSat(50));
  expect(valued({ hive: false, price: ppm(0) }).maxPpm).toBeUndefined();
  expect(
    valued({ hive: true, price: ppm(0) }, { outPerRoutableHour: fromSat(200_000) }).maxPpm,
  ).toBe(undefined);
});

test('original 3: EV is not inverted; a dearer destination is worth more, and may cost more', () => {
  const prices = [1200, 2000, 4000].map((rate) => valued({ price: ppm(rate) }));
  expect(prices.map((value) => valueAt(value, ppm(500)))).toEqual(
    [280, 600, 1400].map((sat) => fromSat(sat)),
  );
  expect(prices.map(({ maxPpm }) => maxPpm)).toEqual([780, 1300, 2600]);
});

const rates = fc.integer({ min: 0, max: 5000 }).map(ppm);
const sat = (max: number) => fc.integer({ min: 0, max }).map(fromSat);
const case_ = fc.record({
  price: rates,
  sourcePrice: rates,
  cost: rates,
  hourly: sat(50_000),
  sourceHourly: sat(200_000),
  spendable: sat(1_000_000),
  left: sat(9_000_000),
  amount: fc.integer({ min: 50_000, max: 5_000_000 }).map(fromSat),
  more: fc.integer({ min: 0, max: 2000 }),
});
type Case = typeof case_ extends fc.Arbitrary<infer T> ? T : never;
const of = (one: Case, change: Partial<Case> = {}) => {
  const seen = { ...one, ...change };
  return valued(
    { price: seen.price, outPerRoutableHour: seen.hourly, spendable: seen.spendable },
    { price: seen.sourcePrice, outPerRoutableHour: seen.sourceHourly, spendable: seen.left },
    { amount: seen.amount },
  );
};

test('EV rises with the destination’s price and falls with cost, unsold amount and source price', () => {
  fc.assert(
    fc.property(case_, (one) => {
      const now = valueAt(of(one), one.cost);
      const dearer = of(one, { price: ppm(one.price + one.more) });
      const unsold = of(one, { spendable: msat(one.spendable + fromSat(one.more)) });
      const source = of(one, { sourcePrice: ppm(one.sourcePrice + one.more) });
      expect(valueAt(dearer, one.cost) >= now).toBe(true);
      expect(valueAt(of(one), ppm(one.cost + one.more)) <= now).toBe(true);
      expect(valueAt(unsold, one.cost) <= now).toBe(true);
      expect(valueAt(source, one.cost) <= now).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('the highest price still pays, one ppm more breaks a bound', () => {
  fc.assert(
    fc.property(case_, (one) => {
      const value = of(one);
      const { maxPpm } = value;
      if (maxPpm === undefined) {
        expect(valueAt(value, ppm(0)) < LAW.minProfit).toBe(true);
        return;
      }
      const paid = (rate: number) => BigInt(rate) * one.amount * 100n;
      const most = BigInt(one.price) * value.sold * 65n;
      expect(valueAt(value, maxPpm) >= LAW.minProfit).toBe(true);
      expect(paid(maxPpm) <= most).toBe(true);
      const next = ppm(maxPpm + 1);
      // Income is whole msat: the bound may bite up to one msat early.
      const broken = valueAt(value, next) < LAW.minProfit || paid(next) > most - 100_000_000n;
      expect(broken).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('trap and trap: however sling splits the amount, the sources lose no more than was counted', () => {
  const source = fc.record({
    price: rates,
    outPerRoutableHour: sat(200_000),
    spendable: sat(9_000_000),
    part: fc.integer({ min: 0, max: 1000 }),
  });
  fc.assert(
    fc.property(fc.array(source, { minLength: 1, maxLength: 5 }), (parts) => {
      const whole = parts.reduce((sum, { part }) => sum + part, 0);
      if (whole === 0) return;
      const sources = parts.map((one, i) => sourceAs(one, i + 2));
      const counted = valueOfMoving(destinationAs(), sources, AMOUNT, LAW, undefined)?.loss;
      const lost = parts.reduce((sum, { part }, i) => {
        const given = msat((AMOUNT * BigInt(part)) / BigInt(whole));
        const from = sources[i];
        return from ? sum + lossAt(from, given, LAW) : sum;
      }, 0n);
      // Each part is rounded up by itself: at most one msat a source.
      expect(counted !== undefined && lost <= counted + BigInt(parts.length)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
