import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { DAY_MS, fromSat, msat, type UnixMs, unixMs } from '../units.ts';
import { type Earned, earnedBack, type Refill } from './earned-back.ts';

const day = (n: number): UnixMs => unixMs(n * DAY_MS);
const refill = (ended: number, sat: number): Refill => ({
  endedAt: day(ended),
  cost: fromSat(sat),
});
const earned = (from: number, sat: number): Earned => ({ from: day(from), fees: fromSat(sat) });

test.each<[string, readonly Refill[], readonly Earned[], number, number, number]>([
  ['nothing was done', [], [earned(1, 5)], 9, 0, 0],
  ['too young to say', [refill(1, 10)], [earned(2, 9)], 30, 0, 0],
  ['paid back to the last msat', [refill(1, 10)], [earned(2, 9), earned(3, 1)], 4, 1, 1],
  ['30 days are over', [refill(1, 10)], [earned(2, 9)], 31, 0, 1],
  ['what came after 30 days is too late', [refill(1, 10)], [earned(31, 100)], 40, 0, 1],
  ['what was earned before pays nothing', [refill(5, 10)], [earned(4, 100)], 6, 0, 0],
  ['what is earned from its very end on pays', [refill(5, 10)], [earned(5, 10)], 6, 1, 1],
  ['whatever the date', [refill(20, 10)], [earned(25, 10)], 26, 1, 1],
  ['the older one is paid first', [refill(1, 10), refill(2, 10)], [earned(3, 15)], 40, 1, 2],
  ['what is left pays the next', [refill(1, 10), refill(2, 10)], [earned(3, 20)], 40, 2, 2],
  ['a refill that cost nothing has paid', [refill(1, 0)], [], 2, 1, 1],
])('%s', (_, refills, fees, now, back, finished) => {
  expect(earnedBack(refills, fees, day(now))).toEqual({ earnedBack: back, finished });
});

it('no more jobs are paid back than finished, and never with more than was earned', () => {
  const days = fc.integer({ min: 0, max: 90 }).map(day);
  const sat = fc.integer({ min: 1, max: 1000 }).map((n) => fromSat(n));
  const refills = fc.array(fc.record({ endedAt: days, cost: sat }), { maxLength: 6 });
  const pieces = fc.array(fc.record({ from: days, fees: sat }), { maxLength: 10 });
  fc.assert(
    fc.property(refills, pieces, (jobs, fees) => {
      const ordered = jobs.toSorted((one, other) => one.endedAt - other.endedAt);
      const income = fees.toSorted((one, other) => one.from - other.from);
      const { earnedBack: back, finished } = earnedBack(ordered, income, day(90));
      expect(back).toBeLessThanOrEqual(finished);
      expect(finished).toBeLessThanOrEqual(jobs.length);
      const cheapest = ordered
        .map(({ cost }) => cost)
        .toSorted((one, other) => Number(one - other))
        .slice(0, back)
        .reduce((sum, cost) => msat(sum + cost), msat(0n));
      const all = income.reduce((sum, one) => msat(sum + one.fees), msat(0n));
      expect(cheapest).toBeLessThanOrEqual(all);
    }),
  );
});
