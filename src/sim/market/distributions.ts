/**
 * Laws drawn from uniform numbers. log and exp may differ in the last bit between engines, so whoever stores a draw
 * rounds it to an integer first (facts/simulation.md §3.1).
 */
import type { Stream } from './rng.ts';

/** Coefficients of Acklam's rational approximation of the normal quantile (relative error 1.15e-9). */
const CENTRE_TOP = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
] as const;
const CENTRE_BOTTOM = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  1,
] as const;
const TAIL_TOP = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
] as const;
const TAIL_BOTTOM = [
  0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1,
] as const;
const TAIL = 0.02425;

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

function normalQuantile(u: number): number {
  if (u > 0.5) return -normalQuantile(1 - u);
  if (u < TAIL) {
    const q = Math.sqrt(-2 * Math.log(Math.max(u, Number.MIN_VALUE)));
    return polynomial(TAIL_TOP, q) / polynomial(TAIL_BOTTOM, q);
  }
  const q = u - 0.5;
  return (polynomial(CENTRE_TOP, q * q) * q) / polynomial(CENTRE_BOTTOM, q * q);
}

const TABLE_STEPS = 4096;
const TABLE_TAIL = 64;
/** Quantiles at k / 4096; between them straight lines, beyond 1/64 from the ends the formula itself. */
const TABLE = Float64Array.from({ length: TABLE_STEPS + 1 }, (_, k) =>
  k === 0 || k === TABLE_STEPS ? 0 : normalQuantile(k / TABLE_STEPS),
);

/** Standard normal from one uniform. */
export function normalFrom(u: number): number {
  const place = u * TABLE_STEPS;
  const k = Math.floor(place);
  if (k < TABLE_TAIL || k >= TABLE_STEPS - TABLE_TAIL) return normalQuantile(u);
  const low = TABLE[k] ?? 0;
  return low + ((TABLE[k + 1] ?? 0) - low) * (place - k);
}
export const normal = (from: Stream): number => normalFrom(from.uniform());

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
