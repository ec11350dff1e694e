import { expect, it, test } from 'vitest';
import { fromSat } from '../units.ts';
import { chanceOfEarningBack, kellyFraction, kellyPart } from './kelly.ts';

it.each([
  [0, 0, 2 / 3],
  [1, 1, 3 / 4],
  [0, 1, 2 / 4],
  [10, 37, 12 / 40],
])('%d of %d earned back, prior Beta(2, 1): %d', (earnedBack, finished, p) => {
  expect(chanceOfEarningBack({ earnedBack, finished })).toBeCloseTo(p, 12);
});

const job = (income: number, loss: number, cost: number) => ({
  income: fromSat(income),
  loss: fromSat(loss),
  cost: fromSat(cost),
});

it.each([
  ['b = 4', job(500, 0, 100), 2 / 3 - 1 / 3 / 4],
  ['b = 1 counts the loss', job(500, 300, 100), 1 / 3],
  ['b = 1/2: nothing', job(150, 0, 100), 0],
  ['b = 1/4: less than nothing', job(125, 0, 100), 2 / 3 - 4 / 3],
  ['no gain', job(100, 0, 100), Number.NEGATIVE_INFINITY],
  ['neither gain nor cost', job(100, 100, 0), Number.NEGATIVE_INFINITY],
  ['a loss', job(100, 50, 100), Number.NEGATIVE_INFINITY],
  ['no cost', job(100, 0, 0), 2 / 3],
])('%s', (_, amounts, f) => {
  expect(kellyFraction({ earnedBack: 0, finished: 0 }, amounts)).toBeCloseTo(f, 12);
});

test('a bad record refuses what a good one supports', () => {
  const good = kellyFraction({ earnedBack: 20, finished: 20 }, job(300, 0, 100));
  const bad = kellyFraction({ earnedBack: 1, finished: 20 }, job(300, 0, 100));
  expect(good).toBeGreaterThan(0.9);
  expect(bad).toBeLessThan(0);
});

it.each([
  [0.5, 0.5, 0.25],
  [3, 0.5, 1],
  [0, 0.5, 0],
  [-1, 0.5, 0],
  [Number.NEGATIVE_INFINITY, 0.5, 0],
])('f %d × %d uses %d', (f, fraction, part) => {
  expect(kellyPart(f, fraction)).toBe(part);
});
