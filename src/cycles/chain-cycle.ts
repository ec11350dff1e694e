/**
 * The price of block space: one `feerates` every 420 s, the Vegas reflex on it, and a fee cycle at once when it
 * triggers (SPEC 3.4). Intensity lives in memory only; samples are kept so that a restart keeps its baseline.
 */

import type { ConfigSnapshot } from '../config/snapshot.ts';
import { nextVegas, VEGAS_CALM, type VegasState } from '../core/fees/vegas.ts';
import { DAY_MS, laterBy, type UnixMs, unixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import type { Logger } from '../ports/logger.ts';
import type { LightningNode } from '../ports/node.ts';
import type { Store } from '../ports/store.ts';

/** SPEC 3.4. */
export const CHAIN_SAMPLE_MS = 420_000;
/** A sample older than this is said to be old in the trail. */
const STALE_AFTER_MS = 2 * CHAIN_SAMPLE_MS;

export type ChainView = {
  /** Last known estimate; undefined: never known. */
  readonly satPerVbyte: number | undefined;
  readonly stale: boolean;
  readonly intensity: number;
};

export class ChainCycle {
  readonly #parts: ChainParts;
  #vegas: VegasState = VEGAS_CALM;
  #last: { readonly at: UnixMs; readonly satPerVbyte: number } | undefined;

  constructor(parts: ChainParts) {
    this.#parts = parts;
    // However long we were away: an old estimate is better than none, and is called old (SPEC 3.2).
    const samples = parts.store.chain.samples(unixMs(0));
    this.#last = until(samples, parts.clock.now()).at(-1) ?? samples.at(-1);
  }

  view(): ChainView {
    const age = this.#last ? Math.abs(this.#parts.clock.now() - this.#last.at) : undefined;
    return {
      satPerVbyte: this.#last?.satPerVbyte,
      stale: age === undefined || age > STALE_AFTER_MS,
      intensity: this.#parts.config().enable_vegas_reflex ? this.#vegas.intensity : 0,
    };
  }

  /** Takes one sample. true: the reflex triggered and a fee cycle is due now. */
  async run(): Promise<boolean> {
    const { node, store, clock, entropy, log } = this.#parts;
    const config = this.#parts.config();
    const { satPerVbyte } = await node.chainFees();
    const now = clock.now();
    const before = until(store.chain.samples(laterBy(now, -DAY_MS)), now).map(
      (sample) => sample.satPerVbyte,
    );
    if (satPerVbyte !== undefined) {
      store.chain.addSample(now, satPerVbyte);
      this.#last = { at: now, satPerVbyte };
    }
    const outcome = nextVegas(
      this.#vegas,
      satPerVbyte,
      before,
      { decay: config.vegas_decay_rate, minSatPerVbyte: config.vegas_min_sat_per_vbyte },
      entropy.uniform(),
    );
    this.#vegas = outcome.state;
    if (outcome.triggered) log('info', `mempool spike: ${outcome.because}`);
    return outcome.triggered && config.enable_vegas_reflex;
  }
}

type Samples = ReturnType<Store['chain']['samples']>;
/** Without those of a clock that ran ahead and was set back. */
const until = (samples: Samples, now: UnixMs): Samples => samples.filter(({ at }) => at <= now);

export type ChainParts = {
  readonly node: LightningNode;
  readonly store: Store;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly config: () => ConfigSnapshot;
};
