/**
 * The price of block space (facts/simulation.md §2.1, §3.4): a log-OU process with marked jumps that fade, noise
 * from block to block, and the node's smoothed estimate of it, never below 1 sat/vB. Blocks come every ten minutes
 * on average.
 */
import { DAY_MS, HOUR_MS } from '../../core/units.ts';
import { exponential, logNormal, normal } from './distributions.ts';
import { type Stream, stream } from './rng.ts';

const MEDIAN_SAT_PER_VBYTE = 4;
const OU_SIGMA = 0.55;
const OU_TAU_MS = 30 * HOUR_MS;
const BLOCK_SIGMA = 0.4;
const BLOCK_MS = 600_000;
const JUMPS_PER_DAY = 1.2 / 30;
const JUMP_MEDIAN = 10;
const JUMP_RANGE = [5, 40] as const;
const JUMP_TAU_MS = [6 * HOUR_MS, 72 * HOUR_MS] as const;
const FLOOR_SAT_PER_VBYTE = 1;
/** Weight of a new block in the estimate. */
const ESTIMATE_ALPHA = 0.15;

export class ChainFees {
  #from: Stream;
  #level: number;
  #jump = 0;
  #jumpTau: number = JUMP_TAU_MS[0];
  #estimate: number;
  #lastAt: number;

  constructor(seed: number, start: number) {
    this.#from = stream(seed, 'chain-fees');
    this.#level = normal(this.#from);
    this.#lastAt = start;
    this.#estimate = MEDIAN_SAT_PER_VBYTE * Math.exp(OU_SIGMA * this.#level);
  }

  /** When the next block comes. */
  nextBlock(at: number): number {
    return at + Math.max(1, Math.round(BLOCK_MS * exponential(this.#from)));
  }

  /** A block was found: the market moves on and the estimate follows. */
  block(at: number): void {
    const passed = at - this.#lastAt;
    this.#lastAt = at;
    const keep = Math.exp(-passed / OU_TAU_MS);
    this.#level = keep * this.#level + Math.sqrt(1 - keep * keep) * normal(this.#from);
    this.#jump *= Math.exp(-passed / this.#jumpTau);
    if (this.#from.uniform() < (JUMPS_PER_DAY * passed) / DAY_MS) this.#startJump();
    const noise = Math.exp(BLOCK_SIGMA * normal(this.#from));
    const raw = MEDIAN_SAT_PER_VBYTE * Math.exp(OU_SIGMA * this.#level + this.#jump) * noise;
    this.#estimate += ESTIMATE_ALPHA * (raw - this.#estimate);
  }

  #startJump(): void {
    const [least, most] = JUMP_RANGE;
    const size = Math.min(most, Math.max(least, logNormal(this.#from, JUMP_MEDIAN, 0.6)));
    const [short, long] = JUMP_TAU_MS;
    this.#jump = Math.max(this.#jump, Math.log(size));
    this.#jumpTau = short * (long / short) ** this.#from.uniform();
  }

  /** The node's estimate, sat/vB to three decimals. */
  get satPerVbyte(): number {
    return Math.max(FLOOR_SAT_PER_VBYTE, Math.round(this.#estimate * 1000) / 1000);
  }
}
