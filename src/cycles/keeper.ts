/** Keeps the memory small: old rows become roll-ups, old verdicts thin out, free pages go back (SPEC 2.5, 7.4). */
import type { ConfigSnapshot } from '../config/snapshot.ts';
import type { Clock, Pacer } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';

/** Rows a slice: a few milliseconds each, so that nobody waits. */
const SLICE_ROWS = 500;
const BREATH_MS = 5;

export class Keeper {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #config: () => ConfigSnapshot;

  constructor(store: Store, clock: Clock, config: () => ConfigSnapshot) {
    this.#store = store;
    this.#clock = clock;
    this.#config = config;
  }

  /** Works in slices until nothing is too old any more. */
  async run(pacer: Pacer): Promise<void> {
    const now = this.#clock.now();
    const { keep_forwards_days: keepDays } = this.#config();
    while (this.#store.forwards.retain(now, keepDays, SLICE_ROWS)) await pacer.pause(BREATH_MS);
    while (this.#store.journal.retain(now, SLICE_ROWS)) await pacer.pause(BREATH_MS);
    while (this.#store.spending.retain(now, SLICE_ROWS)) await pacer.pause(BREATH_MS);
    this.#store.tidy();
  }
}
