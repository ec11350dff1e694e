import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fromSat, msat, share, unixMs } from '../units.ts';
import { advanceUtilisation, EMPTY_SLOTS, slotWeight, weightedUse } from './slot-utilisation.ts';

it.each([
  [1, 0.01],
  [999, 0.01],
  [1_000, 0.01],
  [2_000, 0.02],
  [100_000, 1],
  [999_999, 9.99999],
  [1_000_000, 10],
  [50_000_000, 10],
])('an HTLC of %i sat counts for %d slots', (sat, slots) => {
  expect(slotWeight(fromSat(sat))).toBeCloseTo(slots, 12);
});

test('original 4.7, red team HIGH-01, dust flood: 300 dust HTLCs are 3 slots', () => {
  const dust = Array.from({ length: 300 }, () => msat(1000n));
  expect(weightedUse(dust, 483)).toBeCloseTo(3 / 483, 12);
  expect(weightedUse(dust, 30)).toBeCloseTo(0.1, 12);
});

test('use never exceeds 1; no slots at all are full; a limit nobody knows yet holds nothing', () => {
  const big = Array.from({ length: 30 }, () => fromSat(1_000_000));
  expect(weightedUse(big, 30)).toBe(1);
  expect(weightedUse([], 0)).toBe(1);
  expect(weightedUse([], 30)).toBe(0);
  expect(weightedUse(big, undefined)).toBe(0);
});

const from = (average: number) => ({ average: share(average), at: unixMs(0) });

it.each([
  ['nothing before a minute', 0, 1, 59_999, 0, 0],
  ['0.4 up', 0, 1, 60_000, 0.4, 60_000],
  ['0.4 up twice', 0, 1, 120_000, 0.64, 120_000],
  ['0.1 down', 1, 0, 60_000, 0.9, 60_000],
  ['0.1 down three times, the grid kept', 1, 0, 200_000, 0.729, 180_000],
  ['equal stays', 0.5, 0.5, 60_000, 0.5, 60_000],
  ['a clock that went back changes nothing', 0.5, 1, -60_000, 0.5, 0],
])('%s', (_, average, use, now, expected, grid) => {
  const after = advanceUtilisation(from(average), share(use), unixMs(now));
  expect(after.average).toBeCloseTo(expected, 12);
  expect(after.at).toBe(grid);
});

test('an empty average starts at its own moment', () => {
  expect(EMPTY_SLOTS(unixMs(77))).toEqual({ average: 0, at: 77 });
});

test('n minutes at once are n minutes one by one', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(unit, unit, fc.integer({ min: 1, max: 50 }), (average, use, minutes) => {
      let stepwise = from(average);
      for (let minute = 1; minute <= minutes; minute++)
        stepwise = advanceUtilisation(stepwise, share(use), unixMs(minute * 60_000));
      const atOnce = advanceUtilisation(from(average), share(use), unixMs(minutes * 60_000));
      expect(atOnce.average).toBeCloseTo(stepwise.average, 9);
      expect(atOnce.at).toBe(stepwise.at);
    }),
  );
});
