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

  test('without a capacity nothing is divided by it', () => {
    expect(payback(yields(0, 0), GOOD, fromSat(1), 'splice', at(1))).toMatchObject({
      kind: 'unknown',
      monthlyGain: 0n,
    });
  });

  const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(msat);
  const capacity = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(msat);
  const side = fc.record({ monthNet: amount, capacity });
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

  test('an estimate that is not of today is called the last known', () => {
    expect(mempoolAdvice({ satPerVbyte: 5, stale: true }).because).toContain('last known');
  });

  test('fees are rounded up', () => {
    expect(feeFor(1, at(1.0001))).toBe(1001n);
    expect(feeFor(260, at(undefined))).toBeUndefined();
  });
});
