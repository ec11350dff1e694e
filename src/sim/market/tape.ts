/**
 * What the world wants, whatever we do: the exogenous tape (facts/simulation.md §3.1, §3.3). Payments that might
 * choose us, with the draws that decide them, a day at a time so that memory is bounded. From the seed alone: our
 * prices decide who comes through, never who tries.
 */
import type { UnixMs } from '../../core/units.ts';
import { DAY_MS, HOUR_MS } from '../../core/units.ts';
import { exponential, indexIn, logNormal, poisson } from './distributions.ts';
import { Drift } from './drift.ts';
import { REGIMES, type RegimeLaw } from './regimes.ts';
import { type Stream, stream } from './rng.ts';
import type { World, WorldOptions } from './world.ts';

/** One day of attempts in columns, ascending in time. */
export type TapeDay = {
  readonly count: number;
  /** Unix ms. */
  readonly at: Float64Array;
  readonly pair: Int32Array;
  /** What should leave us, msat. */
  readonly amount: Float64Array;
  /** Reservation draw, shared by the parts of a batch. */
  readonly draw: Uint32Array;
  /** Hold and success draw, its own for each part. */
  readonly hold: Uint32Array;
  readonly batch: Uint32Array;
  /** 1: a probe or someone's blind try: takes any price and fails downstream. */
  readonly noise: Uint8Array;
};

type Attempt = {
  at: number;
  pair: number;
  amount: number;
  draw: number;
  hold: number;
  batch: number;
  noise: number;
};

/** P(1 part), P(2), … (§2.1); the rest are six. */
const BATCH_LAW = [0.856, 0.092, 0.026, 0.012, 0.006] as const;
const BATCH_REST = 6;
const BATCH_SPACING_MS = 2_500;
const MICRO_SHARE = 0.15;
const MICRO_MEDIAN_SAT = 230;
const AMOUNT_SIGMA = 1.12;
const ODD_MSAT_SHARE = 0.3;
const BURST_MEAN = 5;
const BURST_SPACING_MS = 300_000;

export class Tape {
  #seed: number;
  #law: RegimeLaw;
  #world: World;
  #drift: Drift;
  #cumulative: Float64Array;
  #batches = 0;
  #arrivalsPerDay: number;

  constructor(options: WorldOptions, world: World) {
    this.#seed = options.seed;
    this.#law = REGIMES[options.regime];
    this.#world = world;
    this.#drift = new Drift(options.seed, world.pairs.count, this.#law.nodeSigma);
    this.#cumulative = new Float64Array(world.pairs.count);
    this.#arrivalsPerDay = this.#law.arrivalsPerChannelDay * options.channels;
  }

  /** The next UTC day; must be asked for in order, each day once, because demand drifts from day to day. */
  nextDay(dayStart: UnixMs | number): TapeDay {
    const attempts: Attempt[] = [];
    const total = this.#drift.nextDay(this.#world.pairs.weight, this.#cumulative);
    const day = Math.floor(dayStart / DAY_MS);
    if (this.#world.pairs.count > 0) {
      const from = stream(this.#seed, `attempts/${day}`);
      for (let hour = 0; hour < 24; hour++) {
        const mean = (this.#arrivalsPerDay / 24) * total * this.#drift.hour(hour);
        const arrivals = poisson(from, mean);
        for (let n = 0; n < arrivals; n++) this.#arrival(from, dayStart + hour * HOUR_MS, attempts);
      }
      this.#noise(stream(this.#seed, `noise/${day}`), dayStart, attempts);
    }
    // A batch ends with its day.
    return columns(attempts.filter(({ at }) => at < dayStart + DAY_MS));
  }

  #arrival(from: Stream, hourStart: number, into: Attempt[]): void {
    let at = hourStart + Math.floor(from.uniform() * HOUR_MS);
    const pair = indexIn(this.#cumulative, from.uniform());
    const draw = from.bits();
    const burst = from.uniform() < this.#law.burstShare ? poisson(from, BURST_MEAN) : 0;
    for (let batch = 0; batch <= burst; batch++) {
      const parts = partsOf(from.uniform());
      const number = this.#batches++;
      const amount = this.#amount(from, pair);
      for (let part = 0; part < parts; part++) {
        into.push({ at, pair, amount, draw, hold: from.bits(), batch: number, noise: 0 });
        at += Math.max(50, Math.round(BATCH_SPACING_MS * exponential(from)));
      }
      at += Math.round(BURST_SPACING_MS * exponential(from));
    }
  }

  #noise(from: Stream, dayStart: number, into: Attempt[]): void {
    const { noisePerChannelDay, noisePerDayMax } = this.#law;
    const mean = Math.min(noisePerDayMax, noisePerChannelDay * this.#world.channels.length);
    for (let left = poisson(from, mean); left > 0; left--) {
      const at = dayStart + Math.floor(from.uniform() * DAY_MS);
      const pair = indexIn(this.#cumulative, from.uniform());
      const amount = this.#amount(from, pair);
      const [draw, hold] = [from.bits(), from.bits()];
      into.push({ at, pair, amount, draw, hold, batch: this.#batches++, noise: 1 });
    }
  }

  #amount(from: Stream, pair: number): number {
    const { pairs, channels } = this.#world;
    const target = channels[pairs.to[pair] ?? 0];
    const source = channels[pairs.from[pair] ?? 0];
    const micro = from.uniform() < MICRO_SHARE;
    const sats = micro
      ? logNormal(from, MICRO_MEDIAN_SAT, 0.8)
      : logNormal(from, target?.medianAmountSat ?? 0, AMOUNT_SIGMA);
    const most = Math.min(target?.capacity ?? 0, source?.capacity ?? 0) / 2;
    const odd = from.uniform() < ODD_MSAT_SHARE ? Math.floor(from.uniform() * 1000) : 0;
    return Math.min(most, Math.max(1, Math.round(sats)) * 1000 + odd);
  }
}

function partsOf(u: number): number {
  let sum = 0;
  for (let parts = 1; parts <= BATCH_LAW.length; parts++) {
    sum += BATCH_LAW[parts - 1] ?? 0;
    if (u < sum) return parts;
  }
  return BATCH_REST;
}

/** Sorted by time; equal times stay in the order of generation. */
function columns(attempts: readonly Attempt[]): TapeDay {
  const sorted = attempts.toSorted((a, b) => a.at - b.at);
  return {
    count: sorted.length,
    at: Float64Array.from(sorted, (attempt) => attempt.at),
    pair: Int32Array.from(sorted, (attempt) => attempt.pair),
    amount: Float64Array.from(sorted, (attempt) => attempt.amount),
    draw: Uint32Array.from(sorted, (attempt) => attempt.draw),
    hold: Uint32Array.from(sorted, (attempt) => attempt.hold),
    batch: Uint32Array.from(sorted, (attempt) => attempt.batch),
    noise: Uint8Array.from(sorted, (attempt) => attempt.noise),
  };
}
