import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DAY_MS, unixMs } from '../../core/units.ts';
import { Tape } from './tape.ts';
import { TapeDayBuilder } from './tape-day.ts';
import { bornWorld } from './world.ts';

const START = unixMs(Date.UTC(2026, 0, 1));
const options = (seed: number, channels = 20) =>
  ({ seed, start: START, channels, regime: 'medium' }) as const;
const tape = (seed: number) => new Tape(options(seed), bornWorld(options(seed)));

function fingerprint(seed: number, days: number): string {
  const hash = createHash('sha256');
  const drawn = tape(seed);
  for (let day = 0; day < days; day++) {
    const columns = drawn.nextDay(START + day * DAY_MS);
    for (const column of [columns.at, columns.pair, columns.amount, columns.draw, columns.hold])
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

describe('tape', () => {
  it('is bit-identical for a seed (golden)', () => {
    expect([1, 2, 3].map((seed) => fingerprint(seed, 3))).toEqual(GOLDEN_TAPE);
  });

  it('days ascend in time, stay within the day, and amounts fit half of both channels', () => {
    const world = bornWorld(options(7));
    const drawn = new Tape(options(7), world);
    for (let day = 0; day < 5; day++) {
      const start = START + day * DAY_MS;
      const { count, at, amount, pair } = drawn.nextDay(start);
      expect(count).toBeGreaterThan(100);
      for (let n = 0; n < count; n++) {
        const now = at[n] ?? 0;
        expect(now >= start && now < start + DAY_MS && now >= (at[n - 1] ?? 0)).toBe(true);
        const target = world.channels[world.pairs.to[pair[n] ?? 0] ?? 0];
        expect(amount[n]).toBeLessThanOrEqual((target?.capacity ?? 0) / 2);
        expect(Number.isSafeInteger(amount[n]) && (amount[n] ?? 0) >= 1000).toBe(true);
      }
    }
  });

  it('a world of one channel has no pairs and no attempts', () => {
    const lonely = new Tape(options(1, 1), bornWorld(options(1, 1)));
    expect(lonely.nextDay(START).count).toBe(0);
  });

  it('a day keeps the order of drawing at equal times and drops what is beyond its end', () => {
    const builder = new TapeDayBuilder();
    [50, 10, 50, 100, 10].forEach((at, n) => {
      builder.push(at, n, 1000, 0, 0, 0, 0);
    });
    expect([...builder.day(0, 100).pair]).toEqual([1, 4, 0, 2]);
  });

  it('a builder that grows keeps everything', () => {
    const builder = new TapeDayBuilder();
    for (let n = 0; n < 10_000; n++) builder.push(10_000 - n, n, n, n, n, n, 1);
    const day = builder.day(0, DAY_MS);
    expect([day.count, day.pair[0], day.amount[9_999]]).toEqual([10_000, 9_999, 0]);
  });
});

const GOLDEN_TAPE = ['2bfcaae59377457b', '0b7c35e088185d27', '95deda24a0ac4b68'];
