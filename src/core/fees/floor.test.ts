import { expect, it, test } from 'vitest';
import { DYNAMIC } from '../policy/policy.ts';
import { fromSat, msat, ppm } from '../units.ts';
import { LAW, MARKET, seenAs } from './channel.fixture.ts';
import { priceBand, vegasFactor } from './floor.ts';

const at = (satPerVbyte: number | undefined, change: Partial<typeof MARKET> = {}) => ({
  ...MARKET,
  satPerVbyte,
  ...change,
});

it.each([
  ['the operator\u2019s minimum', undefined, 10, 'min-fee-ppm'],
  ['a calm chain changes nothing', 3, 10, 'min-fee-ppm'],
  ['risk is 3 ppm per sat/vB', 20, 60, 'chain'],
  ['a floor is whole ppm', 3.5, 11, 'chain'],
])('%s', (_, satPerVbyte, floor, name) => {
  const band = priceBand(seenAs(), at(satPerVbyte), LAW);
  expect(band).toMatchObject({ floor, ceiling: 5000, floorName: name });
});

test('original 4.2 (21 ppm whatever the volume): replacement is 340 vB over our own year, at least 1 M sat a day', () => {
  const steps = priceBand(seenAs(), at(100), LAW).steps;
  expect(steps.find(({ rule }) => rule === 'floor: chain')?.because).toBe(
    'at 100 sat/vB replacing costs 93.15 ppm, the risk is 300 ppm, mempool reflex ×1',
  );
  const busy = at(100, { ownOutVolume365: fromSat(3_650_000_000), satPerVbyteStale: true });
  expect(priceBand(seenAs(), busy, LAW).steps[1]?.because).toBe(
    'at 100 sat/vB (last known) replacing costs 9.32 ppm, the risk is 300 ppm, mempool reflex ×1',
  );
});

test('original 4.3: Vegas is not only computed but applied, ×3 at the peak', () => {
  expect(priceBand(seenAs(), at(20, { vegasIntensity: 1 }), LAW).floor).toBe(180);
  expect(priceBand(seenAs(), at(20, { vegasIntensity: 0.25 }), LAW).floor).toBe(120);
  const off = { ...LAW, vegasReflex: false };
  expect(priceBand(seenAs(), at(20, { vegasIntensity: 1 }), off).floor).toBe(60);
});

it.each([
  [0, 1],
  [0.25, 2],
  [1, 3],
  [7, 3],
  [-1, 1],
  [Number.NaN, 1],
  [Number.POSITIVE_INFINITY, 1],
])('an intensity of %d multiplies by %d', (intensity, times) => {
  expect(vegasFactor(intensity)).toBe(times);
});

it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, -1])(
  'original 4.2: a feerate of %s crashes no floor, it adds no chain term and says so',
  (satPerVbyte) => {
    const band = priceBand(seenAs(), at(satPerVbyte), LAW);
    expect(band.floor).toBe(10);
    expect(band.steps[1]).toEqual({
      rule: 'floor: chain',
      verdict: 'passes',
      value: 0,
      because: 'the feerate is unknown: no chain term',
    });
  },
);

it.each([
  ['three refills and a fifth on top', { ppm: 100, count: 3 }, 120, 'refill'],
  ['two refills are no price', { ppm: 100, count: 2 }, 10, 'min-fee-ppm'],
  ['a malformed one is none', { ppm: Number.NaN, count: 9 }, 10, 'min-fee-ppm'],
  ['none', undefined, 10, 'min-fee-ppm'],
])('refill: %s', (_, refill, floor, name) => {
  expect(priceBand(seenAs({ refill }), MARKET, LAW)).toMatchObject({ floor, floorName: name });
});

test('each floor is in the trail, the highest applies', () => {
  const { steps } = priceBand(seenAs({ refill: { ppm: 100, count: 3 } }), at(20), LAW);
  expect(steps).toMatchObject([
    { rule: 'floor: min-fee-ppm', verdict: 'passes', value: 10, because: 'never below 10 ppm' },
    { rule: 'floor: chain', verdict: 'passes', value: 60 },
    {
      rule: 'floor: refill',
      verdict: 'applies',
      value: 120,
      because: '3 refills cost 100 ppm, plus a fifth',
    },
  ]);
});

test('the ceiling wins over every computed floor, with a warning', () => {
  const band = priceBand(seenAs({ refill: { ppm: 9000, count: 3 } }), MARKET, LAW);
  expect(band).toMatchObject({ floor: 5000, ceiling: 5000 });
  expect(band.steps.at(-1)).toEqual({
    rule: 'ceiling',
    verdict: 'applies',
    value: 5000,
    because: 'warning: the refill floor of 10800 ppm is above the ceiling of 5000 ppm, which wins',
  });
  const equal = priceBand(seenAs(), at(undefined), { ...LAW, minPpm: ppm(50), maxPpm: ppm(50) });
  expect(equal.steps).toHaveLength(3);
});

test('a peer\u2019s own bounds stand inside the node\u2019s', () => {
  const policy = { ...DYNAMIC, minPpm: ppm(200), maxPpm: ppm(9000) };
  expect(priceBand(seenAs({ policy }), MARKET, LAW)).toMatchObject({ floor: 200, ceiling: 5000 });
});

test('own volume counts exactly from 365 M sat on', () => {
  const half = at(1000, { ownOutVolume365: msat(182_500_000_000n) });
  expect(priceBand(seenAs(), half, LAW).steps[1]?.because).toContain('costs 931.51 ppm');
});
