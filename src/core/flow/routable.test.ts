import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromSat, type Msat, msat, share, unixMs } from '../units.ts';
import { isRoutable, type Looks, routableFrom, routableHours } from './routable.ts';

describe('routable (SPEC, words)', () => {
  test.each<[string, Msat | undefined, Msat | undefined, Msat]>([
    ['nothing known', undefined, undefined, fromSat(25_000)],
    ['a usual forward of 100 000 sat', fromSat(100_000), fromSat(50_000), fromSat(100_000)],
    ['small forwards', fromSat(24_999), fromSat(50_000), fromSat(25_000)],
    ['the node stands in', undefined, fromSat(60_000), fromSat(60_000)],
    ['a small node', undefined, fromSat(1), fromSat(25_000)],
    ['one msat more', msat(25_000_001n), undefined, msat(25_000_001n)],
  ])('%s', (_, ofChannel, ofNode, expected) => {
    expect(routableFrom(ofChannel, ofNode)).toBe(expected);
  });

  test.each([
    [true, 25_000, true],
    [true, 24_999, false],
    [false, 1_000_000, false],
  ])('connected %s with %i sat spendable: %s', (connected, sat, expected) => {
    expect(isRoutable({ connected, spendable: fromSat(sat) }, fromSat(25_000))).toBe(expected);
  });
});

const HOUR = 3_600_000;
const LOOKS: Looks = {
  from: unixMs(0),
  to: unixMs(HOUR / 2),
  before: true,
  after: true,
  connected: share(1),
  feeIntervalMs: HOUR / 2,
};

describe('routable hours between two looks', () => {
  test.each<[string, Partial<Looks>, number]>([
    ['both', {}, 0.5],
    ['only before', { after: false }, 0.25],
    ['only after', { before: false }, 0.25],
    ['neither', { before: false, after: false }, 0],
    ['no look before', { before: undefined }, 0],
    ['connected half of the time', { connected: share(0.5) }, 0.25],
    ['connection unknown: the looks are all we have', { connected: undefined }, 0.5],
    ['just as long as allowed', { to: unixMs(HOUR) }, 1],
    ['longer than two fee intervals', { to: unixMs(10 * HOUR) }, 1],
    ['the clock went back', { from: unixMs(HOUR), to: unixMs(0) }, 0],
  ])('%s', (_, change, expected) => {
    expect(routableHours({ ...LOOKS, ...change })).toBe(expected);
  });

  it('is never negative nor more than two fee intervals', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e10 }),
        fc.boolean(),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (to, before, after, part) => {
          const hours = routableHours({
            ...LOOKS,
            to: unixMs(to),
            before,
            after,
            connected: share(part),
          });
          return hours >= 0 && hours <= 1;
        },
      ),
    );
  });
});
