/**
 * How demand wanders (facts/simulation.md §3.3): the hour of the day, an OU process for the whole node
 * (1.1 days), one for each pair (3 to 30 days), and regime switches of a pair (mean 20 days, × 0.2 … × 5).
 */
import { normal } from './distributions.ts';
import { type Stream, stream } from './rng.ts';

/** Measured hour-of-day factors lie between 0.70 and 1.31 (UTC); a smooth curve through them, mean 1. */
const HOUR_OF_DAY: readonly number[] = Array.from({ length: 24 }, (_, hour) =>
  Math.round(1000 * (1 + 0.28 * Math.sin((2 * Math.PI * (hour - 10.5)) / 24))),
);
const NODE_TAU_HOURS = 26.4;
const PAIR_SIGMA = 0.5;
const PAIR_TAU_DAYS = [3, 30] as const;
const SWITCH_PER_DAY = 1 / 20;
const SWITCH_RANGE = 5;
/** Drift is fixed to parts per million, so that the last bit of an exponential cannot matter. */
const round = (x: number): number => Math.round(x * 1e6) / 1e6;

export class Drift {
  #nodeStream: Stream;
  #pairStream: Stream;
  #nodeSigma: number;
  #node = 0;
  #hours = new Float64Array(24);
  #level: Float64Array;
  #keep: Float64Array;
  #switched: Float64Array;

  constructor(seed: number, pairs: number, nodeSigma: number) {
    this.#nodeStream = stream(seed, 'drift/node');
    this.#pairStream = stream(seed, 'drift/pairs');
    this.#nodeSigma = nodeSigma;
    this.#node = round(normal(this.#nodeStream));
    const born = stream(seed, 'drift/born');
    const [fast, slow] = PAIR_TAU_DAYS;
    this.#level = Float64Array.from({ length: pairs }, () => round(normal(born)));
    this.#keep = Float64Array.from({ length: pairs }, () =>
      round(Math.exp(-1 / (fast * (slow / fast) ** born.uniform()))),
    );
    this.#switched = Float64Array.from({ length: pairs }, () => newLevel(born));
  }

  /** Factor of an hour of the present day on the whole node's demand. */
  hour(hour: number): number {
    return this.#hours[hour] ?? 1;
  }

  /** Steps to the next day, fills the cumulative weights of the pairs and returns their sum (about 1). */
  nextDay(weights: Float64Array, cumulative: Float64Array): number {
    const keep = Math.exp(-1 / NODE_TAU_HOURS);
    const sigma = this.#nodeSigma;
    for (let hour = 0; hour < 24; hour++) {
      this.#node = round(keep * this.#node + Math.sqrt(1 - keep * keep) * normal(this.#nodeStream));
      const factor =
        ((HOUR_OF_DAY[hour] ?? 1000) / 1000) * Math.exp(sigma * this.#node - (sigma * sigma) / 2);
      this.#hours[hour] = round(factor);
    }
    let sum = 0;
    for (let pair = 0; pair < weights.length; pair++) {
      sum += (weights[pair] ?? 0) * this.#pairFactor(pair);
      cumulative[pair] = sum;
    }
    return sum;
  }

  #pairFactor(pair: number): number {
    const from = this.#pairStream;
    const keep = this.#keep[pair] ?? 0;
    const level = round(
      keep * (this.#level[pair] ?? 0) + Math.sqrt(1 - keep * keep) * normal(from),
    );
    this.#level[pair] = level;
    if (from.uniform() < SWITCH_PER_DAY) this.#switched[pair] = newLevel(from);
    return round(Math.exp(PAIR_SIGMA * level - PAIR_SIGMA ** 2 / 2) * (this.#switched[pair] ?? 1));
  }
}

/** Log-uniform between 1/5 and 5, scaled to mean 1. */
function newLevel(from: Stream): number {
  const mean = (SWITCH_RANGE - 1 / SWITCH_RANGE) / (2 * Math.log(SWITCH_RANGE));
  return round(SWITCH_RANGE ** (2 * from.uniform() - 1) / mean);
}
