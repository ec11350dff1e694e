/**
 * The simulated world has the shape of a real one: bands around what an 85-channel node saw in two years
 * (facts/simulation.md §2.1), under prices like that operator's. A change of the market that leaves a band is a
 * change of the question every comparison answers.
 */
import { describe, expect, it } from 'vitest';
import { DAY_MS, laterBy, unixMs } from '../../core/units.ts';
import type { MarketEvent } from './market.ts';
import type { Regime } from './regimes.ts';
import { SimulatedMarket } from './simulated-market.ts';

type Settled = Extract<MarketEvent, { readonly kind: 'forward' }>;
const START = unixMs(Date.UTC(2026, 0, 1));
/** A hand-set spread: median 800, upper end 2000. */
const OPERATOR_PPM = [150, 300, 500, 800, 800, 1200, 2000] as const;

function lived(regime: Regime, channels: number, days: number, priced: boolean) {
  const world = new SimulatedMarket({ seed: 1, start: START, channels, regime });
  if (priced)
    for (const { index } of world.channels())
      world.setPolicy(index, { base: 1000, ppm: OPERATOR_PPM[index % 7] ?? 800 }, 0);
  const settled: Settled[] = [];
  const counts = { failed: 0, local: 0 };
  world.advance(laterBy(START, days * DAY_MS), (event) => {
    if (event.kind !== 'forward') return;
    if (event.phase === 'settled') settled.push(event);
    if (event.phase === 'failed') counts.failed++;
    if (event.phase === 'local_failed') counts.local++;
  });
  return { settled, counts, world };
}

function quantiles(values: readonly number[], at: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return at.map((p) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0);
}

function fano(times: readonly number[], days: number): number {
  const perDay = new Float64Array(days);
  for (const at of times) {
    const day = Math.floor((at - START) / DAY_MS);
    perDay[day] = (perDay[day] ?? 0) + 1;
  }
  const mean = times.length / days;
  return perDay.reduce((sum, count) => sum + (count - mean) ** 2, 0) / days / mean;
}

function batches(settled: readonly Settled[]): number[] {
  const sizes: number[] = [];
  const last = new Map<string, { at: number; batch: number }>();
  for (const { inIndex, outIndex, receivedAt } of settled.toSorted(
    (a, b) => a.receivedAt - b.receivedAt,
  )) {
    const key = `${inIndex}>${outIndex}`;
    const before = last.get(key);
    const batch =
      before !== undefined && receivedAt - before.at <= 10_000 ? before.batch : sizes.push(0) - 1;
    sizes[batch] = (sizes[batch] ?? 0) + 1;
    last.set(key, { at: receivedAt, batch });
  }
  return sizes;
}

function topShare(values: ReadonlyMap<unknown, number>, n: number): number {
  const sorted = [...values.values()].sort((a, b) => b - a);
  const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
  return sum(sorted.slice(0, n)) / sum(sorted);
}

const within = (value: number | undefined, low: number, high: number) => {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
};

describe('a sparse world is like the measured node', () => {
  const DAYS = 500;
  const { settled, world } = lived('sparse', 85, DAYS, true);

  it('density, bursts and batches', () => {
    within(settled.length / DAYS, 8, 30);
    within(
      fano(
        settled.map(({ at }) => at),
        DAYS,
      ),
      8,
      25,
    );
    const sizes = batches(settled);
    within(sizes.filter((size) => size === 1).length / sizes.length, 0.8, 0.92);
    within(sizes.filter((size) => size === 2).length / sizes.length, 0.06, 0.14);
    within(settled.length / sizes.length, 1.12, 1.4);
  });

  it('amounts', () => {
    const sats = settled.map(({ outMsat }) => outMsat / 1000);
    const [p10, p50, p75, p90, p99] = quantiles(sats, [0.1, 0.5, 0.75, 0.9, 0.99]);
    within(p10, 100, 8_000);
    within(p50, 18_000, 55_000);
    within(p75, 55_000, 140_000);
    within(p90, 130_000, 340_000);
    within(p99, 450_000, 1_600_000);
  });

  it('concentration of pairs and of revenue', () => {
    const pairs = new Map<string, number>();
    const revenue = new Map<number | undefined, number>();
    for (const { inIndex, outIndex, inMsat, outMsat } of settled) {
      const pair = `${inIndex}>${outIndex}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      revenue.set(outIndex, (revenue.get(outIndex) ?? 0) + inMsat - outMsat);
    }
    within(topShare(pairs, 10), 0.05, 0.25);
    within(topShare(pairs, 100), 0.22, 0.5);
    within(topShare(revenue, 1), 0.05, 0.25);
    within(topShare(revenue, 20), 0.45, 0.85);
  });

  it('realised ppm and holds', () => {
    const large = settled.filter(({ outMsat }) => outMsat > 1e6);
    const [p50, p95] = quantiles(
      large.map(({ inMsat, outMsat }) => ((inMsat - outMsat) / outMsat) * 1e6),
      [0.5, 0.95],
    );
    within(p50, 100, 800);
    within(p95, 600, 3_300);
    const [h50, h90, h99] = quantiles(
      settled.map(({ at, receivedAt }) => (at - receivedAt) / 1000),
      [0.5, 0.9, 0.99],
    );
    within(h50, 2, 4);
    within(h90, 8, 18);
    within(h99, 50, 220);
  });

  it('balances gather at both ends but do not all stick there', () => {
    const shares = world.channels().map((channel) => channel.toUs / channel.capacity);
    const extreme = shares.filter((share) => share < 0.1 || share > 0.9).length / shares.length;
    within(extreme, 0.25, 0.85);
  });
});

describe('the demo world', () => {
  it('a month of a medium node with 40 untouched channels shows life, and failures as events', () => {
    const { settled, counts } = lived('medium', 40, 30, false);
    within(settled.length / 30, 300, 1500);
    within((counts.failed + counts.local) / settled.length, 2, 6);
    expect(counts.local).toBeGreaterThan(settled.length / 4);
  });
});
