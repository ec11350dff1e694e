import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromSat, share } from '../units.ts';
import { CLIMB, LAW, seenAs } from './channel.fixture.ts';
import { balanceScarcity, inventory, scarcity, slotScarcity } from './scarcity.ts';

describe('inventory of the ladder', () => {
  it.each([
    [0, 0.5, 4.4721],
    [0.5, 0.5, 1],
    [1, 0.5, 0.2236],
    [0, 1, 2],
    [1, 1, 0.5],
    [0, 0, 10],
    [1, 0, 0.1],
  ])('share %d at trust %d is ×%d', (full, trust, times) => {
    expect(inventory(share(full), trust)).toBeCloseTo(times, 4);
  });
});

it.each([
  [0, 3],
  [0.175, Math.sqrt(3)],
  [0.35, 1],
  [0.349_999, 1],
  [1, 1],
])('balance scarcity at share %d is ×%d', (full, times) => {
  expect(balanceScarcity(share(full), share(0.35))).toBeCloseTo(times, 4);
});

it.each([
  ['exponential', 0.35, 1],
  ['exponential', 0.675, Math.sqrt(3)],
  ['exponential', 1, 3],
  ['exponential', 0, 1],
  ['quadratic', 0.5, 1],
  ['quadratic', 0.65, 1.125],
  ['quadratic', 0.8, 1.5],
  ['quadratic', 1, 1.5],
  ['quadratic', 0, 1],
] as const)('%s slot curve at %d is ×%d', (curve, use, times) => {
  expect(slotScarcity(share(use), curve)).toBeCloseTo(times, 12);
});

const with_ = (full: number, weighted: number, change = {}) =>
  seenAs({
    share: share(full),
    slots: { use: share(0), secondLook: false, weighted: share(weighted) },
    ...change,
  });

test('original 4.6: where both raise the larger counts, never the 9× product', () => {
  expect(scarcity(with_(0, 1), CLIMB).value).toBe(3);
  expect(scarcity(with_(0, 1), LAW).value).toBeCloseTo(4.4721, 4);
  expect(scarcity(with_(0.4, 1), LAW).value).toBe(3);
});

test('where inventory lowers, they multiply', () => {
  expect(scarcity(with_(1, 1), LAW).value).toBeCloseTo(3 * 0.2236, 3);
  expect(scarcity(with_(1, 0), LAW).value).toBeCloseTo(0.2236, 4);
  expect(scarcity(with_(1, 1), CLIMB).value).toBe(3);
});

describe('virgin amnesty', () => {
  const virgin = { openedByPeer: true, settledOutEver: fromSat(24_999) };
  test('original 4.6: it does trigger, and nothing that raises does', () => {
    expect(scarcity(with_(0, 1, virgin), LAW).value).toBe(1);
    expect(scarcity(with_(0, 1, virgin), CLIMB).value).toBe(1);
  });
  test('what lowers stays', () => {
    expect(scarcity(with_(1, 0, virgin), LAW).value).toBeCloseTo(0.2236, 4);
  });
  test('original 4.6 (sold in the last 7 days): it ends at 25 000 sat ever sold, and is for channels the peer opened', () => {
    const sold = { openedByPeer: true, settledOutEver: fromSat(25_000) };
    expect(scarcity(with_(0, 0, sold), LAW).value).toBeCloseTo(4.4721, 4);
    const ours = { openedByPeer: false, settledOutEver: fromSat(0) };
    expect(scarcity(with_(0, 0, ours), LAW).value).toBeCloseTo(4.4721, 4);
  });
});

test('the step says shares and factors', () => {
  expect(scarcity(with_(0, 0.1), LAW).step).toEqual({
    rule: 'scarcity',
    verdict: 'applies',
    value: inventory(share(0), 0.5),
    because: 'our share is 0 % (×4.472), slots 10 % full by value (×1)',
  });
  expect(scarcity(with_(0.5, 0.1), LAW).step.verdict).toBe('passes');
  const virgin = { openedByPeer: true, settledOutEver: fromSat(0) };
  expect(scarcity(with_(0, 0, virgin), LAW).step.because).toMatch(
    /; the peer opened it and nothing was sold yet: not raised$/,
  );
  expect(scarcity(with_(1, 0, virgin), LAW).step.because).not.toMatch(/not raised/);
});

test('switched off it is 1 and says so', () => {
  expect(scarcity(with_(0, 1), { ...LAW, scarcityPricing: false })).toEqual({
    value: 1,
    step: { rule: 'scarcity', verdict: 'passes', because: 'switched off' },
  });
});

test('an emptier channel is never cheaper, whichever learner prices', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(unit, unit, unit, fc.constantFrom(LAW, CLIMB), (a, b, slot, law) => {
      const [emptier, fuller] = [Math.min(a, b), Math.max(a, b)];
      const high = scarcity(with_(emptier, slot), law).value;
      expect(high).toBeGreaterThanOrEqual(scarcity(with_(fuller, slot), law).value * (1 - 1e-12));
    }),
  );
});
