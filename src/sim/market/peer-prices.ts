/** What our peers ask of payments towards us: stands for days, then moves, whatever we do (facts/simulation.md §3.3). */
import { DAY_MS } from '../../core/units.ts';
import { exponential, pick } from './distributions.ts';
import type { SimPolicy } from './market.ts';
import { type Stream, stream } from './rng.ts';

const MEAN_STAND_MS = 12 * DAY_MS;
const STEPS = [0.5, 0.8, 1.25, 2] as const;
const MOST_PPM = 5_000;

export class PeerPrices {
  #policies: SimPolicy[];
  #draws: Stream[];

  constructor(seed: number, start: readonly SimPolicy[]) {
    this.#policies = [...start];
    this.#draws = start.map((_, channel) => stream(seed, `peer-price/${channel}`));
  }

  policy(channel: number): SimPolicy {
    const policy = this.#policies[channel];
    if (policy === undefined) throw new RangeError(`no channel ${channel}`);
    return policy;
  }

  #draw(channel: number): Stream {
    const from = this.#draws[channel];
    if (from === undefined) throw new RangeError(`no channel ${channel}`);
    return from;
  }

  /** When this peer moves next, ms. */
  nextMove(channel: number, at: number): number {
    return at + Math.round(MEAN_STAND_MS * exponential(this.#draw(channel)));
  }

  move(channel: number): void {
    const before = this.policy(channel);
    const step = pick(STEPS, this.#draw(channel).uniform());
    const ppm = Math.min(MOST_PPM, Math.max(1, Math.round(before.ppm * step)));
    this.#policies[channel] = { ...before, ppm };
  }
}
