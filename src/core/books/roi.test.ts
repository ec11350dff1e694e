import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromSat, type Msat, msat } from '../units.ts';
import { marginalReturn, returnOn } from './roi.ts';
import type { ChannelBooks } from './types.ts';

const BOOKS: ChannelBooks = {
  revenue: fromSat(0),
  assisted: fromSat(0),
  openCost: fromSat(1000),
  chainCost: fromSat(0),
  rebalanceCost: fromSat(0),
  revenue30d: fromSat(0),
  rebalanceCost30d: fromSat(0),
  out30d: fromSat(0),
};
const ESTIMATE = fromSat(5000);

describe('return on a channel (SPEC 6.1)', () => {
  test.each<[string, Partial<ChannelBooks>, number]>([
    ['nothing earned', {}, -1],
    ['earned its cost', { revenue: fromSat(1000) }, 0],
    ['earned 10 % more', { revenue: fromSat(1100) }, 0.1],
    [
      'what came in by it counts when it is more',
      { revenue: fromSat(10), assisted: fromSat(1500) },
      0.5,
    ],
    [
      'never both: summing in and out would double it',
      { revenue: fromSat(1500), assisted: fromSat(1500) },
      0.5,
    ],
    ['splices and the close cost', { revenue: fromSat(1500), chainCost: fromSat(2000) }, -0.5],
    ['rebalances cost', { revenue: fromSat(1500), rebalanceCost: fromSat(2000) }, -0.5],
    ['no costs and revenue', { openCost: msat(0n), revenue: msat(1n) }, 1],
    ['no costs and no revenue', { openCost: msat(0n) }, 0],
    ['no costs, only assisted', { openCost: msat(0n), assisted: msat(1n) }, 1],
    ['one msat of cost is a cost', { openCost: msat(1n), revenue: msat(3n) }, 2],
  ])('%s', (_, change, expected) => {
    expect(returnOn({ ...BOOKS, ...change }, ESTIMATE)).toEqual({
      roi: expected,
      estimated: false,
    });
  });

  it('takes the estimate for an unknown cost of opening, and says so', () => {
    const books = { ...BOOKS, openCost: undefined, revenue: fromSat(10_000) };
    expect(returnOn(books, ESTIMATE)).toEqual({ roi: 1, estimated: true });
  });

  it('original 4.12: 1000 forwards of 900 msat are 900 sat, not 0', () => {
    const revenue = msat(900n * 1000n);
    expect(returnOn({ ...BOOKS, revenue }, ESTIMATE).roi).toBeCloseTo(-0.1, 12);
  });

  it('rises with value and falls with cost', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 12n }).map((n): Msat => msat(n));
    fc.assert(
      fc.property(amount, amount, amount, (revenue, openCost, more) => {
        const at = (r: Msat, c: Msat): number =>
          returnOn({ ...BOOKS, revenue: r, openCost: c }, ESTIMATE).roi;
        expect(at(msat(revenue + more), openCost)).toBeGreaterThanOrEqual(at(revenue, openCost));
        expect(at(revenue, msat(openCost + more))).toBeLessThanOrEqual(at(revenue, openCost));
      }),
    );
  });
});

test.each([
  [0n, 0n, 0],
  [1n, 0n, 1],
  [50n, 100n, -0.5],
  [100n, 100n, 0],
  [300n, 100n, 2],
  [0n, 1n, -1],
])('marginal return: fees %s, rebalances %s', (revenue30d, cost, expected) => {
  expect(marginalReturn({ revenue30d: msat(revenue30d), rebalanceCost30d: msat(cost) })).toBe(
    expected,
  );
});
