import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { nextVegas, VEGAS_CALM } from './vegas.ts';

const LAW = { decay: 0.85, minSatPerVbyte: 10 };
const DAY = Array.from({ length: 12 }, () => 10);
const NEVER = 0.999_999;

it.each([
  ['below twice the baseline', 19.99, 0, NEVER, 0, 0, false],
  ['exactly twice, once', 20, 0, NEVER, 0, 1, false],
  ['a single 2.5× is believed with probability 1/4', 25, 0, 0.2499, 0.25, 1, true],
  ['… and not more', 25, 0, 0.25, 0, 1, false],
  ['the second in a row is believed surely', 25, 1, NEVER, 0.25, 2, true],
  ['4× is believed surely', 40, 0, NEVER, 1, 1, true],
  ['400× is no more than 1', 4000, 0, NEVER, 1, 1, true],
] as const)('%s', (_, sample, inARow, entropy, intensity, row, triggered) => {
  const outcome = nextVegas({ intensity: 0, inARow }, sample, DAY, LAW, entropy);
  expect(outcome.state.intensity).toBeCloseTo(intensity, 12);
  expect(outcome.state.inARow).toBe(row);
  expect(outcome.triggered).toBe(triggered);
});

test('original 4.3, red team HIGH-03, confirmation-window front-running: one 250 % sample moves us sometimes, two always', () => {
  const draws = Array.from({ length: 100 }, (_, i) => i / 100);
  const once = draws.filter((draw) => nextVegas(VEGAS_CALM, 25, DAY, LAW, draw).triggered);
  expect(once).toHaveLength(25);
  for (const draw of draws) {
    const first = nextVegas(VEGAS_CALM, 25, DAY, LAW, draw);
    expect(nextVegas(first.state, 25, DAY, LAW, draw).triggered).toBe(true);
  }
});

test('original 4.3 (decayed after the trigger, ×3 out of reach): decay comes first, and a new spike never lowers what is there', () => {
  expect(nextVegas({ intensity: 1, inARow: 0 }, 5, DAY, LAW, 0).state.intensity).toBe(0.85);
  expect(nextVegas({ intensity: 1, inARow: 1 }, 25, DAY, LAW, 0).state.intensity).toBe(0.85);
  expect(nextVegas({ intensity: 0.2, inARow: 1 }, 25, DAY, LAW, 0).state.intensity).toBe(0.25);
});

test('no reaction below 10 sat/vB, where noise alone doubles it every day', () => {
  const cheap = Array.from({ length: 12 }, () => 2);
  const outcome = nextVegas({ intensity: 0, inARow: 1 }, 9.99, cheap, LAW, 0);
  expect(outcome).toEqual({
    state: VEGAS_CALM,
    triggered: false,
    because: '9.99 sat/vB is below 10',
  });
  expect(nextVegas(VEGAS_CALM, 10, cheap, LAW, 0).triggered).toBe(true);
});

test('original 4.3: the first sample hides the spike; ours needs 12 others and is not among them', () => {
  expect(nextVegas(VEGAS_CALM, 100, [], LAW, 0).because).toBe(
    '0 samples in 24 h, 12 make a baseline',
  );
  expect(nextVegas(VEGAS_CALM, 100, DAY.slice(1), LAW, 0).triggered).toBe(false);
  expect(nextVegas(VEGAS_CALM, 100, DAY, LAW, NEVER).state.intensity).toBe(1);
});

test('malformed samples make no baseline and no spike, and intensity decays without an estimate', () => {
  const odd = [...DAY.slice(1), Number.NaN, Number.POSITIVE_INFINITY, 0, -4];
  expect(nextVegas(VEGAS_CALM, 100, odd, LAW, 0)).toEqual({
    state: VEGAS_CALM,
    triggered: false,
    because: '11 samples in 24 h, 12 make a baseline',
  });
  const whole = [...DAY, Number.NaN, Number.POSITIVE_INFINITY, 0, -4];
  expect(nextVegas(VEGAS_CALM, 40, whole, LAW, NEVER).state.intensity).toBe(1);
  for (const sample of [undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
    const outcome = nextVegas({ intensity: 1, inARow: 1 }, sample, DAY, LAW, 0);
    expect(outcome).toEqual({
      state: { intensity: 0.85, inARow: 0 },
      triggered: false,
      because: 'no estimate',
    });
  }
  expect(nextVegas({ intensity: Number.NaN, inARow: 0 }, 5, DAY, LAW, 0).state.intensity).toBe(0);
  expect(nextVegas({ intensity: 9, inARow: 0 }, 5, DAY, LAW, 0).state.intensity).toBe(1);
  expect(nextVegas({ intensity: -9, inARow: 0 }, 5, DAY, LAW, 0).state.intensity).toBe(0);
});

test('the sentence has the numbers', () => {
  expect(nextVegas(VEGAS_CALM, 25, DAY, LAW, NEVER).because).toBe(
    '25 sat/vB is ×2.5 the 10 of the last 24 h: a chance of 25 %',
  );
  expect(nextVegas(VEGAS_CALM, 40, DAY, LAW, NEVER).because).toMatch(/: sure$/);
  expect(nextVegas(VEGAS_CALM, 15, DAY, LAW, NEVER).because).toBe(
    '15 sat/vB is ×1.5 the 10 of the last 24 h',
  );
});

test('original red team CRITICAL-01, latch bomb: never above 1 whatever comes, and below 0.01 within 29 calm samples', () => {
  const samples = fc.array(fc.double({ min: 0, max: 5000, noNaN: true }), { maxLength: 60 });
  const draw = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(samples, draw, (spikes, entropy) => {
      let state = VEGAS_CALM;
      for (const spike of spikes) {
        state = nextVegas(state, spike, DAY, LAW, entropy).state;
        expect(state.intensity).toBeGreaterThanOrEqual(0);
        expect(state.intensity).toBeLessThanOrEqual(1);
      }
      for (let calm = 0; calm < 29; calm++) {
        const before = state.intensity;
        state = nextVegas(state, 10, DAY, LAW, entropy).state;
        expect(state.intensity).toBeLessThanOrEqual(before * 0.85);
      }
      expect(state.intensity).toBeLessThan(0.01);
    }),
  );
});
