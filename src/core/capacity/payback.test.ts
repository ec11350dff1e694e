import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromSat, type Msat, msat } from '../units.ts';
import { feeFor, mempoolAdvice } from './block-space.ts';
import { payback } from './payback.ts';

const at = (satPerVbyte: number | undefined) => ({ satPerVbyte, stale: false });
const yields = (monthNet: number, capacity: number) => ({
  monthNet: fromSat(monthNet),
  capacity: fromSat(capacity),
});
const DEAD = yields(0, 4_000_000);
const GOOD = yields(2_000, 2_000_000);

describe('when a move pays back (SPEC 6.5)', () => {
  const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(msat);
  const capacity = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(msat);
  const side = fc.record({ monthNet: amount, capacity });

  test('close and splice at today’s feerate over what the sats earn more there', () => {
    // 3 M sat at 0.001 a month are 3000 sat; 460 vB at 10 sat/vB are 4600: 46 days.
    expect(payback(DEAD, GOOD, fromSat(3_000_000), 'splice', at(10))).toEqual({
      kind: 'days',
      days: 46,
      moved: fromSat(3_000_000),
      cost: fromSat(4_600),
      monthlyGain: fromSat(3_000),
      // 36 500 sat a year over 460 vB.
      breakEvenSatPerVbyte: 79.347,
    });
  });

  test('a second channel costs an opening instead of a splice', () => {
    const { cost } = payback(DEAD, GOOD, fromSat(3_000_000), 'open', at(10));
    expect(cost).toBe(fromSat(3_400));
  });

  test('what the loser earns, or loses, counts against the winner', () => {
    const days = (net: number) => {
      const back = payback(yields(net, 4_000_000), GOOD, fromSat(3_000_000), 'splice', at(10));
      return back.kind === 'days' ? back.days : back.kind;
    };
    expect(days(2_000)).toBe(92);
    expect(days(-4_000)).toBe(23);
    expect(days(4_000)).toBe('never');
    expect(days(9_000)).toBe('never');
  });

  test.each<[string, Msat, number | undefined, 'never' | 'unknown', RegExp]>([
    ['nothing in it is ours', msat(0n), 10, 'never', /nothing in it is ours/],
    ['the fees eat it', fromSat(4_000), 10, 'never', /costs more than/],
    ['the fees eat all of it', fromSat(4_600), 10, 'never', /costs more than/],
    ['longer than a hundred years', fromSat(5_000), 10, 'never', /hundred years/],
    ['no feerate', fromSat(3_000_000), undefined, 'unknown', /feerate is not known/],
    ['a feerate that is no number', fromSat(3_000_000), Number.NaN, 'unknown', /feerate/],
  ])('%s', (_, moved, feerate, kind, because) => {
    const back = payback(DEAD, yields(1, 2_000_000_000), moved, 'splice', at(feerate));
    expect(back).toMatchObject({ kind, because: expect.stringMatching(because) });
  });

  test('no feerate is called break-even at which the fees eat what is moved', () => {
    const rich = yields(20_000_000, 2_000_000);
    const back = payback(DEAD, rich, fromSat(46_000), 'splice', at(10));
    expect(back).toMatchObject({ kind: 'days', breakEvenSatPerVbyte: 100 });
  });

  test.each([
    ['loser', yields(0, 0), GOOD],
    ['winner', DEAD, yields(2_000, 0)],
  ])('without a capacity of the %s nothing is divided by it', (_, loser, winner) => {
    expect(payback(loser, winner, fromSat(1), 'splice', at(1))).toMatchObject({
      kind: 'unknown',
      because: 'the capacity of one of both is not known',
      monthlyGain: 0n,
      breakEvenSatPerVbyte: undefined,
    });
  });

  test('a hundred years to the day are days, a tenth of a day more is never', () => {
    // 13 800 sat at 1000 sat a month on 3.65 M are 3.78 sat a month; 4600 sat take 36 500 days.
    const over = (capacity: number) =>
      payback(DEAD, yields(1_000, capacity), fromSat(13_800), 'splice', at(10));
    expect(over(3_650_000)).toMatchObject({ kind: 'days', days: 36_500 });
    expect(over(3_650_001)).toMatchObject({
      kind: 'never',
      because: 'not within a hundred years',
    });
  });

  test.each([
    ['as much there as here', GOOD, GOOD],
    ['less there than here', GOOD, DEAD],
    ['a loss here and as great a one there', yields(-5, 1_000), yields(-5, 1_000)],
  ])('sats that earn %s pay back at no feerate', (_, loser, winner) => {
    expect(payback(loser, winner, fromSat(3_000_000), 'splice', at(10))).toMatchObject({
      kind: 'never',
      because: 'the sats earn no more there than here',
      breakEvenSatPerVbyte: undefined,
    });
  });

  test('a gain is rounded down, a loss is not made smaller', () => {
    const gain = (loser: typeof GOOD, winner: typeof GOOD, moved: bigint) =>
      payback(loser, winner, msat(moved), 'splice', at(10)).monthlyGain;
    expect([1_999n, 2_000n, 2_001n].map((moved) => gain(DEAD, GOOD, moved))).toEqual([1n, 2n, 2n]);
    expect([1_999n, 2_000n, 2_001n].map((moved) => gain(GOOD, DEAD, moved))).toEqual([
      -2n,
      -2n,
      -3n,
    ]);
  });

  it('names no break-even feerate where there is nothing to move or to gain', () => {
    const any = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map(msat);
    fc.assert(
      fc.property(side, side, any, (loser, winner, moved) => {
        const { breakEvenSatPerVbyte: rate } = payback(loser, winner, moved, 'splice', at(10));
        const better = winner.monthNet * loser.capacity > loser.monthNet * winner.capacity;
        const whole = loser.capacity > 0n && winner.capacity > 0n;
        expect(rate !== undefined).toBe(whole && better && moved > 0n);
        expect(rate === undefined || rate >= 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  const feerate = fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 5000, noNaN: true }));

  it('never divides by zero, and its days earn back the cost and a tenth of a day less does not', () => {
    fc.assert(
      fc.property(side, side, capacity, feerate, (loser, winner, moved, rate) => {
        const back = payback(loser, winner, moved, 'splice', at(rate));
        if (back.kind !== 'days') return;
        const { cost = msat(0n) } = back;
        const tenths = BigInt(Math.round(back.days * 10));
        const over = moved * (winner.monthNet * loser.capacity - loser.monthNet * winner.capacity);
        const under = loser.capacity * winner.capacity * 300n;
        expect(over * tenths >= cost * under).toBe(true);
        expect(tenths === 0n || over * (tenths - 1n) < cost * under).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('pays back sooner where the winner earns more, later where block space is dear', () => {
    const wins = fc.bigInt({ min: 1n, max: 10n ** 12n }).map(msat);
    const length = (net: Msat, rate: number): number => {
      const winner = { monthNet: net, capacity: fromSat(1_000_000) };
      const back = payback(DEAD, winner, fromSat(2_000_000), 'splice', at(rate));
      return back.kind === 'days' ? back.days : Number.POSITIVE_INFINITY;
    };
    fc.assert(
      fc.property(
        wins,
        wins,
        fc.nat({ max: 200 }),
        fc.nat({ max: 200 }),
        (net, more, r, dearer) => {
          expect(length(msat(net + more), r)).toBeLessThanOrEqual(length(net, r));
          expect(length(net, r + dearer)).toBeGreaterThanOrEqual(length(net, r));
        },
      ),
    );
  });

  it('at the break-even feerate a year is enough, and not much above it', () => {
    const back = payback(DEAD, GOOD, fromSat(3_000_000), 'splice', at(1));
    const limit = back.breakEvenSatPerVbyte ?? 0;
    const inDays = (rate: number) => {
      const one = payback(DEAD, GOOD, fromSat(3_000_000), 'splice', at(rate));
      return one.kind === 'days' ? one.days : Number.POSITIVE_INFINITY;
    };
    expect(inDays(limit)).toBeLessThanOrEqual(365);
    expect(inDays(limit + 0.01)).toBeGreaterThan(365);
  });
});

describe('the moment', () => {
  test.each([
    [100, 'PROCEED'],
    [100.01, 'HOLD'],
    [0, 'PROCEED'],
    [undefined, 'UNKNOWN'],
    [Number.NaN, 'UNKNOWN'],
    [-1, 'UNKNOWN'],
    [Number.POSITIVE_INFINITY, 'UNKNOWN'],
  ])('%s sat/vB: %s', (rate, kind) => {
    expect(mempoolAdvice(at(rate)).kind).toBe(kind);
  });

  test.each([
    [5, '5 sat/vB: block space is not dear'],
    [101, '101 sat/vB: wait until block space costs at most 100'],
    [undefined, 'the feerate is not known, nor what a transaction costs'],
  ])('%s sat/vB, in words: %s', (rate, because) => {
    expect(mempoolAdvice(at(rate)).because).toBe(because);
  });

  test('an estimate that is not of today is called the last known', () => {
    expect(mempoolAdvice({ satPerVbyte: 5, stale: true }).because).toContain('last known');
  });

  test('fees are rounded up', () => {
    expect(feeFor(1, at(1.0001))).toBe(1001n);
    expect(feeFor(260, at(undefined))).toBeUndefined();
  });
});
