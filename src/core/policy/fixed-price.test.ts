import { describe, expect, it, test } from 'vitest';
import { msat, ppm } from '../units.ts';
import { effectiveBounds, nodeBand } from './effective-bounds.ts';
import { policyPrice } from './fixed-price.ts';
import { DYNAMIC, type Policy } from './policy.ts';

const LAW = { hiveFeePpm: ppm(0), base: msat(7n) };
const policy = (change: Partial<Policy>): Policy => ({ ...DYNAMIC, ...change });
const pinned = (feePpm: number, change: Partial<Policy> = {}) =>
  policyPrice(policy({ strategy: 'static', feePpm: ppm(feePpm), ...change }), LAW);

describe('rule 0', () => {
  test('dynamic leaves it to the rules, passive to others', () => {
    expect(policyPrice(DYNAMIC, LAW)).toEqual({ kind: 'dynamic' });
    expect(policyPrice(policy({ strategy: 'passive' }), LAW)).toEqual({
      kind: 'leave',
      because: 'the policy is passive: this price is not ours',
    });
  });

  test('hive: its own ppm, no base fee, no bounds', () => {
    const hive = policy({ strategy: 'hive', minPpm: ppm(500) });
    expect(policyPrice(hive, LAW)).toEqual({
      kind: 'fixed',
      ppm: 0,
      base: 0n,
      binding: 'policy: hive',
      because: 'a hive peer pays 0 ppm and no base fee, under no floor',
    });
  });

  test('static: the pinned price with the base fee of the law', () => {
    expect(pinned(123)).toEqual({
      kind: 'fixed',
      ppm: 123,
      base: 7n,
      binding: 'policy: static',
      because: 'the policy pins 123 ppm',
    });
  });

  it.each([
    ['inside its own minimum', 50, { minPpm: ppm(100) }, 100],
    ['inside its own maximum', 500, { maxPpm: ppm(200) }, 200],
    ['the minimum wins where they cross', 50, { minPpm: ppm(100), maxPpm: ppm(60) }, 100],
    ['outside the node\u2019s bounds', 99_999, {}, 99_999],
    ['nothing is a price', 0, {}, 0],
  ])('static: %s', (_, wanted, bounds, rate) => {
    const priced = pinned(wanted, bounds);
    expect(priced).toMatchObject({ kind: 'fixed', ppm: rate });
    if (rate !== wanted)
      expect(priced).toMatchObject({
        because: `the policy pins ${wanted} ppm, its own bounds make it ${rate} ppm`,
      });
  });

  it.each([undefined, Number.NaN, -1, Number.POSITIVE_INFINITY])(
    'original 4.4, static without target falls through to dynamic: %s leaves the price alone',
    (feePpm) => {
      const odd = policy({ strategy: 'static', feePpm: feePpm as never });
      expect(policyPrice(odd, LAW)).toEqual({
        kind: 'leave',
        because: 'the policy is static but names no price: nothing is changed',
      });
    },
  );

  test('bounds of a static policy that are no numbers do not count', () => {
    expect(pinned(50, { minPpm: Number.NaN as never, maxPpm: Number.NaN as never })).toMatchObject({
      kind: 'fixed',
      ppm: 50,
    });
  });
});

describe('bounds', () => {
  const NODE = { minPpm: ppm(10), maxPpm: ppm(5000) };
  it.each([
    ['none of its own', {}, 10, 5000],
    ['inside', { minPpm: ppm(20), maxPpm: ppm(400) }, 20, 400],
    ['never wider than the node', { minPpm: ppm(1), maxPpm: ppm(9000) }, 10, 5000],
    ['above everything', { minPpm: ppm(9000) }, 5000, 5000],
    ['crossed: the maximum is raised', { minPpm: ppm(300), maxPpm: ppm(200) }, 300, 300],
    ['no numbers', { minPpm: Number.NaN as never, maxPpm: Number.NaN as never }, 10, 5000],
  ])('%s', (_, change, floor, ceiling) => {
    expect(effectiveBounds(policy(change), NODE)).toEqual({ floor, ceiling });
  });

  test('lessons 1.5: a minimum above the maximum raises the maximum, never the other way', () => {
    expect(nodeBand({ minPpm: ppm(6000), maxPpm: ppm(5000) })).toEqual({
      floor: 6000,
      ceiling: 6000,
    });
    expect(nodeBand(NODE)).toEqual({ floor: 10, ceiling: 5000 });
  });
});
