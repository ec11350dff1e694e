/**
 * What the way from one peer to another costs around us (facts/simulation.md §3.4): for each ordered pair a price of
 * its own (log-normal, median 45 ppm) that wanders, and liquidity on the way that is often not there: then only
 * dearer ways work, and what we use up makes it dearer again until it refills. Everything is a function of the seed,
 * the pair, the time and what we used: asked in any order, or not at all, the answers are the same.
 */
import { HOUR_MS } from '../../core/units.ts';
import { normalFrom } from './distributions.ts';
import { hashBits, hashUniform, stream } from './rng.ts';

/** What a typical channel of the network asks (facts/simulation.md §3.4). */
export const MEDIAN_PPM = 45;
const PAIR_SIGMA = 1;
/** The wandering part: an Ornstein-Uhlenbeck step every six hours; between steps the price stands. */
const STEP_MS = 6 * HOUR_MS;
const WANDER_SIGMA = 0.4;
const WANDER_KEEP = Math.exp(-1 / 6);
/** How much dearer the ways are that really have liquidity, while one state of liquidity lasts. */
const SCARCITY_MEDIAN = 3.6;
const SCARCITY_SIGMA = 0.8;
/** One way carries about this much before the next, dearer one is needed, msat. */
const ROUTE_MEDIAN_MSAT = 2e9;
const ROUTE_SIGMA = 0.8;
const LEAST_INVENTORY_MSAT = 2e7;
const STEP_UP = 1.5;
const MOST_STEPS = 12;
/** Liquidity returns with this time constant, drawn for each pair. */
const REFILL_HOURS = [6, 48] as const;

const DRAW = { share: 1, scarcity: 2 } as const;
/** The last bit of an exponential may differ between engines: what is kept is rounded. */
const round = (x: number): number => Math.round(x * 1e6) / 1e6;

type Route = {
  readonly key: number;
  readonly mean: number;
  readonly capacity: number;
  readonly refillMs: number;
  level: number;
  step: number;
  used: number;
  usedAt: number;
};

export type RoutePrice = {
  /** What gossip promises: the cheapest way, if it had liquidity. Whole ppm. */
  readonly promised: number;
  /** The cheapest way that can carry it now. Never below `promised`. */
  readonly real: number;
};

export class RouteCosts {
  #seed: number;
  #firstStep: number;
  #routes = new Map<string, Route>();

  constructor(seed: number, start: number) {
    this.#seed = seed;
    this.#firstStep = Math.floor(start / STEP_MS);
  }

  /** From our peer `from` to our peer `to`, for an amount in msat; without what the last peer asks towards us. */
  price(from: number, to: number, at: number, amount: number): RoutePrice {
    const route = this.#route(from, to);
    this.#wander(route, Math.floor(at / STEP_MS));
    const promised = Math.max(1, Math.round(route.mean * Math.exp(WANDER_SIGMA * route.level)));
    const state = hashBits(route.key, 1_000 + Math.floor(at / route.refillMs));
    const scarcity = SCARCITY_MEDIAN * Math.exp(SCARCITY_SIGMA * draw(state, DRAW.scarcity));
    // The arc sine law: mostly nearly empty or nearly full.
    const filled = Math.sin((Math.PI / 2) * hashUniform(state, DRAW.share)) ** 2;
    const inventory = Math.max(LEAST_INVENTORY_MSAT, route.capacity * filled);
    const exhausted = Math.floor((left(route, at) + amount) / inventory);
    const real = promised * Math.max(1, scarcity) * STEP_UP ** Math.min(MOST_STEPS, exhausted);
    return { promised, real: Math.round(real) };
  }

  /** A payment of ours went this way. */
  use(from: number, to: number, at: number, amount: number): void {
    const route = this.#route(from, to);
    route.used = Math.round(left(route, at) + amount);
    route.usedAt = at;
  }

  #route(from: number, to: number): Route {
    const name = `${from}/${to}`;
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    const born = this.#born(name);
    this.#routes.set(name, born);
    return born;
  }

  #born(name: string): Route {
    const from = stream(this.#seed, `route/${name}`);
    const [fast, slow] = REFILL_HOURS;
    const normal = (): number => normalFrom(from.uniform());
    return {
      key: from.bits(),
      mean: round(MEDIAN_PPM * Math.exp(PAIR_SIGMA * normal())),
      capacity: Math.round(ROUTE_MEDIAN_MSAT * Math.exp(ROUTE_SIGMA * normal())),
      refillMs: Math.round(HOUR_MS * fast * (slow / fast) ** from.uniform()),
      level: round(normal()),
      step: this.#firstStep,
      used: 0,
      usedAt: 0,
    };
  }

  #wander(route: Route, step: number): void {
    const spread = Math.sqrt(1 - WANDER_KEEP ** 2);
    for (; route.step < step; route.step++) {
      const shock = normalFrom(hashUniform(route.key, route.step));
      route.level = round(WANDER_KEEP * route.level + spread * shock);
    }
  }
}

const draw = (state: number, counter: number): number => normalFrom(hashUniform(state, counter));

const left = (route: Route, at: number): number =>
  route.used === 0 ? 0 : route.used * Math.exp(-(at - route.usedAt) / route.refillMs);
