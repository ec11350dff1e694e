/**
 * The prices of the other routes into our peers: most stand still, some follow their balance, some undercut us once
 * they have seen our price (facts/simulation.md §3.3).
 */
import { HOUR_MS } from '../../core/units.ts';
import { normalFrom, pick, quantile } from './distributions.ts';
import { hashUniform, stream } from './rng.ts';

export const MAX_ROUTES = 6;

const STATIC_SHARE = 0.6;
const UNDERCUT_FROM = 0.85;
/** ppm on the real network of 2025-03-01 (§2.1), and the round numbers people like. */
const NETWORK_PPM = [
  [0, 1],
  [0.2, 1],
  [0.5, 75],
  [0.75, 500],
  [0.9, 1563],
  [0.95, 2500],
  [1, 5000],
] as const;
const ROUND_PPM = [1, 10, 50, 100, 200, 500, 1000, 2000, 2500] as const;
const ROUND_SHARE = 0.5;
/** An undercutter does not go below half of what it asked at first. */
const UNDERCUT_LEAST = 0.5;
const BALANCE_STEP_MS = 12 * HOUR_MS;
const BALANCE_SIGMA = 0.5;

export class Competitors {
  #routes: Uint8Array;
  #ppm: Float64Array;
  #kind: Float64Array;
  #ours: Float64Array;
  #key: number;

  constructor(seed: number, channels: number) {
    const from = stream(seed, 'competitors');
    this.#key = from.bits();
    this.#routes = Uint8Array.from({ length: channels }, () => 1 + (from.bits() % MAX_ROUTES));
    this.#ppm = Float64Array.from({ length: channels * MAX_ROUTES }, () =>
      networkPpm(from.uniform(), from.uniform()),
    );
    this.#kind = Float64Array.from({ length: channels * MAX_ROUTES }, () => from.uniform());
    this.#ours = new Float64Array(channels).fill(Number.POSITIVE_INFINITY);
  }

  /** Number of other routes into this channel's peer. */
  routes(channel: number): number {
    return this.#routes[channel] ?? 0;
  }

  heard(channel: number, ppm: number): void {
    this.#ours[channel] = ppm;
  }

  /** What this route asks at a moment. */
  ppm(route: number, at: number): number {
    const first = this.#ppm[route] ?? 0;
    const kind = this.#kind[route] ?? 0;
    if (kind < STATIC_SHARE) return first;
    if (kind >= UNDERCUT_FROM) {
      const ours = this.#ours[Math.floor(route / MAX_ROUTES)] ?? Number.POSITIVE_INFINITY;
      return Math.min(first, Math.max(first * UNDERCUT_LEAST, ours - 1));
    }
    const step = Math.floor(at / BALANCE_STEP_MS + kind);
    const luck = normalFrom(hashUniform(this.#key ^ route, step));
    return Math.round(first * Math.exp(BALANCE_SIGMA * luck));
  }
}

function networkPpm(u: number, v: number): number {
  const drawn = Math.round(quantile(NETWORK_PPM, u));
  if (v >= ROUND_SHARE) return drawn;
  const distance = (ppm: number) => Math.abs(Math.log(ppm / drawn));
  return ROUND_PPM.reduce(
    (best, ppm) => (distance(ppm) < distance(best) ? ppm : best),
    pick(ROUND_PPM, 0),
  );
}
