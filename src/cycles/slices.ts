/** Long work in slices: nobody waits longer than a few milliseconds for the plugin (docs/ARCHITECTURE.md). */
import type { Pacer } from '../ports/clock.ts';
import { RetryLater } from '../ports/errors.ts';

/** Below the 10 ms a slice may last, since the step that ends it has run already. */
const SLICE_MS = 3;
/** Others get at least as long. */
const REST_MS = 2;

export class Slices {
  readonly #pacer: Pacer;
  readonly #stopped: () => boolean;
  readonly #ended: string;
  #since = performance.now();

  constructor(pacer: Pacer, stopped: () => boolean, ended: string) {
    this.#pacer = pacer;
    this.#stopped = stopped;
    this.#ended = ended;
  }

  /** Between two steps. Throws RetryLater when the plugin ends: what was written stays, the rest comes next time. */
  async turn(): Promise<void> {
    if (performance.now() - this.#since >= SLICE_MS) {
      await this.#pacer.pause(REST_MS);
      this.#since = performance.now();
    }
    if (this.#stopped()) throw new RetryLater(this.#ended);
  }
}
