/**
 * Laws drawn from uniform numbers. log and exp may differ in the last bit between engines, so whoever stores a draw
 * rounds it to an integer first (facts/simulation.md §3.1).
 */
import type { Stream } from './rng.ts';

/** Standard normal from two uniforms (Box–Muller). */
export const normalFrom = (u: number, v: number): number =>
  Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v);
export const normal = (from: Stream): number => normalFrom(from.uniform(), from.uniform());

/** Mean 1. */
export const exponentialFrom = (u: number): number => -Math.log(1 - u);
export const exponential = (from: Stream): number => exponentialFrom(from.uniform());

/** exp(N(ln median, sigma)). */
export const logNormal = (from: Stream, median: number, sigma: number): number =>
  median * Math.exp(sigma * normal(from));

/** An integer, 0 … n − 1. */
export const below = (from: Stream, n: number): number => Math.floor(from.uniform() * n);

/** One of a list that is not empty. */
export function pick<T>(list: readonly T[], u: number): T {
  const chosen = list[Math.min(list.length - 1, Math.floor(u * list.length))];
  if (chosen === undefined) throw new RangeError('nothing to pick from');
  return chosen;
}

const POISSON_BY_PRODUCT = 30;

/** Number of events of a Poisson process; above a mean of 30 the rounded normal is close enough. */
export function poisson(from: Stream, mean: number): number {
  if (mean > POISSON_BY_PRODUCT)
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(from)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = from.uniform(); product > limit; product *= from.uniform()) count++;
  return count;
}

/** The value at `u` of a piecewise log-linear quantile table [[probability, value], …] ascending from 0 to 1, values above 0. */
export function quantile(table: readonly (readonly [number, number])[], u: number): number {
  let before = 0;
  let low = table[0]?.[1] ?? 0;
  for (let knot = 1; knot < table.length; knot++) {
    const p = table[knot]?.[0] ?? 1;
    const value = table[knot]?.[1] ?? low;
    if (u <= p) return low * (value / low) ** ((u - before) / (p - before));
    before = p;
    low = value;
  }
  return low;
}

/** Index of `u` × total in ascending cumulative weights. */
export function indexIn(cumulative: Float64Array, u: number): number {
  const total = cumulative[cumulative.length - 1] ?? 0;
  const wanted = u * total;
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
