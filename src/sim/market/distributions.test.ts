import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponential, indexIn, logNormal, normal, poisson, quantile } from './distributions.ts';
import { hashBits, hashUniform, stream } from './rng.ts';

const mean = (draws: readonly number[]) => draws.reduce((a, b) => a + b, 0) / draws.length;
const draws = (n: number, draw: () => number) => Array.from({ length: n }, draw);

describe('streams', () => {
  it('the same seed and name give the same numbers, another name others', () => {
    const first = (seed: number, name: string) => draws(5, stream(seed, name).bits);
    expect(first(1, 'attempts/3')).toEqual(first(1, 'attempts/3'));
    expect(first(1, 'attempts/3')).not.toEqual(first(1, 'attempts/4'));
    expect(first(1, 'attempts/3')).not.toEqual(first(2, 'attempts/3'));
  });

  it('uniform numbers stay in [0, 1) and are even', () => {
    const u = stream(3, 'even').uniform;
    const all = draws(20_000, u);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(1);
    expect(Math.abs(mean(all) - 0.5)).toBeLessThan(0.01);
  });

  it('hashed draws are even in both arguments', () => {
    for (const key of [0, 1, 0xffffffff])
      expect(
        Math.abs(mean(Array.from({ length: 20_000 }, (_, n) => hashUniform(key, n))) - 0.5),
      ).toBeLessThan(0.01);
    expect(
      Math.abs(mean(Array.from({ length: 20_000 }, (_, n) => hashUniform(n, 5))) - 0.5),
    ).toBeLessThan(0.01);
    expect(new Set(Array.from({ length: 10_000 }, (_, n) => hashBits(9, n))).size).toBeGreaterThan(
      9_990,
    );
  });
});

describe('laws', () => {
  it('have the moments they promise', () => {
    const from = stream(5, 'moments');
    expect(Math.abs(mean(draws(20_000, () => normal(from))))).toBeLessThan(0.03);
    expect(Math.abs(mean(draws(20_000, () => normal(from) ** 2)) - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean(draws(20_000, () => exponential(from))) - 1)).toBeLessThan(0.03);
    const sorted = draws(5_001, () => logNormal(from, 40, 1)).sort((a, b) => a - b);
    expect(Math.abs((sorted[2_500] ?? 0) - 40)).toBeLessThan(4);
    for (const rate of [0.3, 5, 200])
      expect(Math.abs(mean(draws(10_000, () => poisson(from, rate))) / rate - 1)).toBeLessThan(
        0.05,
      );
  });

  it('a quantile table is met at its knots and rises between them', () => {
    const table = [
      [0, 1],
      [0.5, 75],
      [1, 5000],
    ] as const;
    expect([0, 0.5, 1].map((u) => quantile(table, u))).toEqual([1, 75, 5000]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (u) => {
        expect(quantile(table, u)).toBeGreaterThanOrEqual(quantile(table, u / 2));
      }),
    );
  });

  it('weights are met: an index never has weight 0', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        weights,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (list, u) => {
          fc.pre(list.some((weight) => weight > 0));
          const cumulative = new Float64Array(list.length);
          let sum = 0;
          list.forEach((weight, at) => {
            sum += weight;
            cumulative[at] = sum;
          });
          expect(list[indexIn(cumulative, u)]).toBeGreaterThan(0);
        },
      ),
    );
  });
});
