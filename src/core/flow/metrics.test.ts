import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type ChannelId, fromSat, msat, share, unixMs } from '../units.ts';
import { type FlowInput, flowMetrics } from './metrics.ts';
import type { DayFlow, FlowState } from './types.ts';

const CHANNEL = 'ab'.repeat(32) as ChannelId;
const BASE: FlowInput = {
  channelId: CHANNEL,
  at: unixMs(1_800_000_000_000),
  windowDays: 7,
  graceDays: 14,
  days: [],
  capacity: fromSat(1_000_000),
  share: share(0.5),
  ageDays: 100,
  previous: undefined,
};
/** A day of this age with satoshi in and out. */
const day = (age: number, inSat: number, outSat: number, count = 10): DayFlow => ({
  age,
  in: fromSat(inSat),
  out: fromSat(outSat),
  count,
});
const measure = (change: Partial<FlowInput>) => flowMetrics({ ...BASE, ...change });

describe('volume', () => {
  it('sums the window and nothing older', () => {
    const metrics = measure({ days: [day(0, 1, 2, 3), day(6, 10, 20, 4), day(7, 100, 200, 50)] });
    expect(metrics).toMatchObject({ in: 11_000n, out: 22_000n, count: 7, windowDays: 7 });
    expect(metrics).toMatchObject({
      channelId: CHANNEL,
      at: BASE.at,
      capacity: BASE.capacity,
      share: 0.5,
    });
  });

  it('leaves out what lies in the future of a clock that jumped back', () => {
    expect(measure({ days: [day(-1, 5, 5)] })).toMatchObject({ in: 0n, count: 0 });
  });

  it('original 4.1: sub-satoshi forwards are not truncated to 0', () => {
    const days = [{ age: 0, in: msat(1_001n), out: msat(999n), count: 2 }];
    expect(measure({ days })).toMatchObject({ in: 1_001n, out: 999n });
  });

  test.each<[string, number | undefined, bigint]>([
    ['an old channel is divided by the window', 100, 1_000_000n],
    ['the whole window just filled', 7, 1_000_000n],
    ['half of the window', 3.5, 2_000_000n],
    [
      'original 4.1 (a young channel divided by the whole window): younger than a day counts as one',
      0.25,
      7_000_000n,
    ],
    ['unknown age counts as the window', undefined, 1_000_000n],
  ])('daily volume: %s', (_, ageDays, expected) => {
    const metrics = measure({ ageDays, days: [day(0, 3_000, 4_000)] });
    expect(metrics.dailyVolume).toBe(expected);
    expect(metrics.velocity).toBe(Number(expected) / 1e9);
  });

  it('rounds the daily volume down', () => {
    const days = [{ age: 0, in: msat(0n), out: msat(13n), count: 1 }];
    expect(measure({ days }).dailyVolume).toBe(1n);
  });

  it('has no velocity without capacity', () => {
    expect(measure({ capacity: msat(0n), days: [day(0, 1, 1)] }).velocity).toBe(0);
  });
});

describe('direction', () => {
  test.each<[string, readonly DayFlow[], number]>([
    ['no volume', [], 0],
    ['all out', [day(0, 0, 9)], 1],
    ['all in', [day(3, 9, 0)], -1],
    ['even', [day(0, 5, 5)], 0],
    ['three out of four leave', [day(0, 1, 3)], 0.5],
    ['yesterday weighs 0.8 of today', [day(0, 0, 10), day(1, 10, 0)], 2 / 18],
    ['two days ago weighs 0.64', [day(0, 0, 10), day(2, 10, 0)], 3.6 / 16.4],
  ])('%s', (_, days, expected) => {
    expect(measure({ days }).direction).toBeCloseTo(expected, 12);
  });

  it('never leaves −1 … +1, and mirrors when in and out are exchanged', () => {
    const amount = fc.integer({ min: 0, max: 1e9 });
    const days = fc.array(
      fc.record({ age: fc.integer({ min: 0, max: 6 }), in: amount, out: amount }),
    );
    fc.assert(
      fc.property(days, (list) => {
        const flows = list.map((d) => day(d.age, d.in, d.out));
        const mirrored = list.map((d) => day(d.age, d.out, d.in));
        const { direction } = measure({ days: flows });
        expect(Math.abs(direction)).toBeLessThanOrEqual(1);
        expect(measure({ days: mirrored }).direction).toBe(direction === 0 ? 0 : -direction);
      }),
    );
  });
});

/** One day whose direction is `percent` / 100, large enough to be evidence. */
const leaning = (percent: number): readonly DayFlow[] => [
  day(0, (100 - percent) * 1000, (100 + percent) * 1000),
];

describe('state', () => {
  test.each<[number, FlowState | undefined, FlowState]>([
    [50, undefined, 'BALANCED'],
    [51, undefined, 'SOURCE'],
    [-50, undefined, 'BALANCED'],
    [-51, undefined, 'SINK'],
    [45, 'SOURCE', 'SOURCE'],
    [40, 'SOURCE', 'SOURCE'],
    [39, 'SOURCE', 'BALANCED'],
    [45, 'BALANCED', 'BALANCED'],
    [45, 'SINK', 'BALANCED'],
    [45, 'NEW', 'BALANCED'],
    [-45, 'SINK', 'SINK'],
    [-40, 'SINK', 'SINK'],
    [-39, 'SINK', 'BALANCED'],
    [-45, 'SOURCE', 'BALANCED'],
    [-60, 'SOURCE', 'SINK'],
    [60, 'SINK', 'SOURCE'],
    [0, 'SOURCE', 'BALANCED'],
  ])('direction %i %% after %s is %s', (percent, previous, expected) => {
    expect(measure({ days: leaning(percent), previous })).toMatchObject({
      state: expected,
      confidence: 'high',
    });
  });

  test.each<[string, DayFlow, 'high' | 'low']>([
    ['10 forwards turning over 1 %', day(0, 10_000, 0, 10), 'high'],
    ['9 forwards', day(0, 900_000, 0, 9), 'low'],
    ['one msat less than 1 %', { ...day(0, 0, 0, 10), in: msat(9_999_999n) }, 'low'],
  ])('evidence: %s', (_, only, confidence) => {
    expect(measure({ days: [only] }).confidence).toBe(confidence);
  });

  test.each<[number, number | undefined, FlowState]>([
    [0.29, 100, 'SOURCE'],
    [0.3, 100, 'BALANCED'],
    [0.7, 100, 'BALANCED'],
    [0.71, 100, 'SINK'],
    [0.1, 13.99, 'NEW'],
    [0.1, 14, 'SOURCE'],
    [0.9, undefined, 'SINK'],
  ])('without evidence a share of %d at %s days is %s', (part, ageDays, expected) => {
    expect(measure({ share: share(part), ageDays })).toMatchObject({
      state: expected,
      confidence: 'low',
    });
  });

  it('original 4.1 (direction as a share of capacity a day): 2 % a day, all of it out, is SOURCE and not BALANCED', () => {
    const days = Array.from({ length: 7 }, (_, age) => day(age, 0, 20_000));
    expect(measure({ days })).toMatchObject({ state: 'SOURCE', direction: 1, confidence: 'high' });
  });

  it('a young channel with evidence is not NEW', () => {
    expect(measure({ ageDays: 2, days: leaning(80) }).state).toBe('SOURCE');
  });

  it('does not flicker: between 0.4 and 0.5 whatever was stays', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 50 }),
        fc.constantFrom<FlowState>('SOURCE', 'BALANCED'),
        (percent, previous) => {
          expect(measure({ days: leaning(percent), previous }).state).toBe(previous);
        },
      ),
    );
  });
});
