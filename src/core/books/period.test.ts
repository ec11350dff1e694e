import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, msat, unixMs } from '../units.ts';
import {
  COST_KINDS,
  type Costs,
  movingCost,
  NO_SUMS,
  netOf,
  type PeriodSums,
  startOf,
  sumOf,
  totalCost,
  utcDay,
} from './period.ts';

describe('a UTC day', () => {
  it('begins with its first millisecond and ends before the next one’s', () => {
    const day = utcDay(unixMs(Date.UTC(2026, 6, 9, 13)));
    expect(startOf(day)).toBe(Date.UTC(2026, 6, 9));
    expect(utcDay(startOf(day))).toBe(day);
    expect(utcDay(unixMs(startOf(day) + DAY_MS - 1))).toBe(day);
    expect(utcDay(unixMs(startOf(day) - 1))).toBe(day - 1);
    expect(startOf(day + 1) - startOf(day)).toBe(DAY_MS);
  });
});

// Signed: a late fact may take back what an earlier day said.
const amount = fc.bigInt(-(2n ** 60n), 2n ** 60n).map(msat);
const count = fc.nat(1_000_000);
const costs: fc.Arbitrary<Costs> = fc.record({
  open: amount,
  close: amount,
  splice: amount,
  rebalance: amount,
  diagnostic: amount,
  hive: amount,
  onchain: amount,
});
const sums: fc.Arbitrary<PeriodSums> = fc.record({
  inCount: count,
  in: amount,
  assisted: amount,
  outCount: count,
  out: amount,
  revenue: amount,
  costs,
});

describe('sums of several days', () => {
  it('are, in every one of their figures, those of the days together', () => {
    fc.assert(
      fc.property(fc.array(sums), (days) => {
        const whole = sumOf(days);
        const money = (of: (day: PeriodSums) => bigint) =>
          days.reduce((sum, day) => sum + of(day), 0n);
        for (const name of ['in', 'assisted', 'out', 'revenue'] as const)
          expect(whole[name]).toBe(money((day) => day[name]));
        for (const name of ['inCount', 'outCount'] as const)
          expect(whole[name]).toBe(days.reduce((sum, day) => sum + day[name], 0));
        for (const kind of COST_KINDS)
          expect(whole.costs[kind]).toBe(money((day) => day.costs[kind]));
      }),
    );
  });

  it('are nothing of no days, and leave none of them changed', () => {
    fc.assert(
      fc.property(sums, (day) => {
        expect(sumOf([day])).toEqual(day);
        expect(sumOf([NO_SUMS, day, NO_SUMS])).toEqual(day);
      }),
    );
    expect(sumOf([])).toEqual(NO_SUMS);
  });
});

describe('costs', () => {
  it('are every kind once; those of moving liquidity are all that is not on the chain', () => {
    fc.assert(
      fc.property(costs, amount, (paid, revenue) => {
        const { open, close, splice, onchain, ...moved } = paid;
        const [chain, moving] = [
          open + close + splice + onchain,
          moved.rebalance + moved.diagnostic + moved.hive,
        ];
        expect(movingCost(paid)).toBe(moving);
        expect(totalCost(paid)).toBe(chain + moving);
        expect(netOf({ revenue, costs: paid })).toBe(revenue - chain - moving);
      }),
    );
  });
});
