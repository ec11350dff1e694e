/**
 * Family A, the default: towards each channel's peer lead one to six other routes with prices taken from the real
 * network, each of which has liquidity at times and for amounts. The payer takes us when we are cheaper than the
 * cheapest usable one and within its purse. Gives stepped, drifting, amount-dependent demand (§2.2, §3.3).
 */
import { DAY_MS, HOUR_MS } from '../../../core/units.ts';
import { Competitors, MAX_ROUTES } from '../competitors.ts';
import { exponentialFrom, normalFrom, quantile } from '../distributions.ts';
import { hashBits, hashUniform, stream } from '../rng.ts';
import type { World } from '../world.ts';
import type { Family } from './family.ts';

const ON_SHARE = [0.3, 0.7] as const;
const DWELL_MS = [HOUR_MS, 10 * DAY_MS] as const;
/** Amount at which a route that has liquidity has enough of it half the time, msat: log-normal. */
const HALF_AMOUNT_MSAT = 1.5e9;
const HALF_AMOUNT_SIGMA = 1;
const NOISE_PPM = 10;
/** Part of the payers for whom the way to another route's entry costs nothing more than the way to us. */
const FREE_DETOUR_SHARE = 0.6;
const DETOUR_PPM = [
  [0, 5],
  [0.5, 60],
  [0.8, 300],
  [1, 2000],
] as const;
/** What payers are ready to give for a route at all, ppm; nobody gives more than the usual 0.5 %. */
const PURSE_PPM = [
  [0, 40],
  [0.2, 120],
  [0.5, 350],
  [0.8, 1000],
  [0.95, 3000],
  [1, 5000],
] as const;
/** Wallets do not mind five satoshi, whatever the amount. */
const PURSE_LEAST_MSAT = 5_000;
/** Other routes' base fees, msat: 42 % of the network asks none. */
const ROUTE_BASE_MSAT = 1_000;
const ZERO_BASE_SHARE = 0.416;

const DRAW = { noise: 0, purse: 2, route: 8 } as const;

export class AlternativesFamily implements Family {
  #world: World;
  #competitors: Competitors;
  #flips: Float64Array;
  #flipCount: Uint32Array;
  #on: Uint8Array;
  #dwell: Float64Array;
  #onShare: Float64Array;
  #halfAmount: Float64Array;
  /** Extra cost of the way to a route's entry, ppm, by pair and route. */
  #detour: Float64Array;
  #base: Float64Array;
  #key: number;

  constructor(seed: number, world: World, start: number) {
    const from = stream(seed, 'family/alternatives');
    this.#world = world;
    this.#key = from.bits();
    this.#competitors = new Competitors(seed, world.channels.length);
    const routes = world.channels.length * MAX_ROUTES;
    const draws = (draw: (u: number) => number) =>
      Float64Array.from({ length: routes }, () => draw(from.uniform()));
    const [least, most] = ON_SHARE;
    const [short, long] = DWELL_MS;
    this.#onShare = draws((u) => least + (most - least) * u);
    this.#dwell = draws((u) => Math.round(short * (long / short) ** u));
    this.#halfAmount = draws((u) =>
      Math.round(HALF_AMOUNT_MSAT * Math.exp(HALF_AMOUNT_SIGMA * normalFrom(u))),
    );
    this.#on = Uint8Array.from(this.#onShare, (share) => (from.uniform() < share ? 1 : 0));
    this.#base = draws((u) => (u < ZERO_BASE_SHARE ? 0 : ROUTE_BASE_MSAT));
    this.#detour = Float64Array.from({ length: world.pairs.count * MAX_ROUTES }, () =>
      from.uniform() < FREE_DETOUR_SHARE ? 0 : Math.round(quantile(DETOUR_PPM, from.uniform())),
    );
    this.#flips = new Float64Array(routes).fill(start);
    this.#flipCount = new Uint32Array(routes);
  }

  heard(channel: number, ppm: number): void {
    this.#competitors.heard(channel, ppm);
  }

  reservation(
    pair: number,
    at: number,
    amount: number,
    draw: number,
    inFee: number,
    least: number,
  ): number {
    const target = this.#world.pairs.to[pair] ?? 0;
    const first = target * MAX_ROUTES;
    const mood = (normalFrom(hashUniform(draw, DRAW.noise)) * NOISE_PPM * amount) / 1e6 - inFee;
    let cheapest = Number.POSITIVE_INFINITY;
    for (let k = 0; k < this.#competitors.routes(target); k++) {
      if (!this.#usable(first + k, at, amount, hashUniform(draw, DRAW.route + k))) continue;
      const detour = this.#detour[pair * MAX_ROUTES + k] ?? 0;
      const ppm = this.#competitors.ppm(first + k, at) + detour;
      const cost = (this.#base[first + k] ?? 0) + (ppm * amount) / 1e6;
      if (cost < cheapest) cheapest = cost;
      if (cheapest + mood <= least) return Math.floor(cheapest + mood);
    }
    if (cheapest > PURSE_LEAST_MSAT) {
      const purse = (quantile(PURSE_PPM, hashUniform(draw, DRAW.purse)) * amount) / 1e6;
      cheapest = Math.min(cheapest, Math.max(PURSE_LEAST_MSAT, purse));
    }
    return Math.floor(cheapest + mood);
  }

  /** Liquidity of a route: ON or OFF for a while, and the less likely the larger the amount. */
  #usable(route: number, at: number, amount: number, luck: number): boolean {
    while ((this.#flips[route] ?? 0) <= at) this.#flip(route);
    return this.#on[route] === 1 && luck < 1 / (1 + amount / (this.#halfAmount[route] ?? 1));
  }

  #flip(route: number): void {
    const count = (this.#flipCount[route] ?? 0) + 1;
    const on = count === 1 ? this.#on[route] : 1 - (this.#on[route] ?? 0);
    const share = this.#onShare[route] ?? 0.5;
    const mean = (this.#dwell[route] ?? DAY_MS) * 2 * (on === 1 ? share : 1 - share);
    const luck = exponentialFrom(hashUniform(hashBits(this.#key, route), count));
    this.#flips[route] = (this.#flips[route] ?? 0) + Math.max(60_000, Math.round(mean * luck));
    this.#flipCount[route] = count;
    this.#on[route] = on ?? 0;
  }
}
