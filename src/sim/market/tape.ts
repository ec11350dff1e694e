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
import { type TapeDay, TapeDayBuilder } from './tape-day.ts';
import type { World, WorldOptions } from './world.ts';

/** P(1 part), P(2), …: a little above what is measured on settled ones (§2.1), as parts fail; the rest are six. */
const BATCH_LAW = [0.83, 0.105, 0.035, 0.015, 0.007] as const;
const BATCH_REST = 6;
const BATCH_SPACING_MS = 2_500;
const MICRO_SHARE = 0.045;
const MICRO_MEDIAN_SAT = 330;
const AMOUNT_SIGMA = 1.2;
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
  #built = new TapeDayBuilder();

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
    this.#built.clear();
    const total = this.#drift.nextDay(this.#world.pairs.weight, this.#cumulative);
    const day = Math.floor(dayStart / DAY_MS);
    if (this.#world.pairs.count > 0) {
      const from = stream(this.#seed, `attempts/${day}`);
      for (let hour = 0; hour < 24; hour++) {
        const mean = (this.#arrivalsPerDay / 24) * total * this.#drift.hour(hour);
        const arrivals = poisson(from, mean);
        for (let n = 0; n < arrivals; n++) this.#arrival(from, dayStart + hour * HOUR_MS);
      }
      this.#noise(stream(this.#seed, `noise/${day}`), dayStart);
    }
    // A batch ends with its day.
    return this.#built.day(dayStart, dayStart + DAY_MS);
  }

  #arrival(from: Stream, hourStart: number): void {
    let at = hourStart + Math.floor(from.uniform() * HOUR_MS);
    const pair = indexIn(this.#cumulative, from.uniform());
    const draw = from.bits();
    const burst = from.uniform() < this.#law.burstShare ? poisson(from, BURST_MEAN) : 0;
    for (let batch = 0; batch <= burst; batch++) {
      const parts = partsOf(from.uniform());
      const number = this.#batches++;
      const amount = this.#amount(from, pair);
      for (let part = 0; part < parts; part++) {
        this.#built.push(at, pair, amount, draw, from.bits(), number, 0);
        if (part + 1 < parts) at += Math.max(50, Math.round(BATCH_SPACING_MS * exponential(from)));
      }
      if (batch < burst) at += Math.round(BURST_SPACING_MS * exponential(from));
    }
  }

  #noise(from: Stream, dayStart: number): void {
    const { noisePerChannelDay, noisePerDayMax } = this.#law;
    const mean = Math.min(noisePerDayMax, noisePerChannelDay * this.#world.channels.length);
    for (let left = poisson(from, mean); left > 0; left--) {
      const at = dayStart + Math.floor(from.uniform() * DAY_MS);
      const pair = indexIn(this.#cumulative, from.uniform());
      const amount = this.#amount(from, pair);
      this.#built.push(at, pair, amount, from.bits(), from.bits(), this.#batches++, 1);
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
