/** How long others are waited for: what would wait for ever goes on without them, and says so. */
import { DAY_MS } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';

/** What comes later is booked as late; a node that cannot answer must not keep the books open for ever. */
const MOST_MS = 2 * DAY_MS;

export type Trouble = {
  readonly because: string;
  /** It has lasted too long to be waited for. */
  readonly over: boolean;
};

export class Patience {
  readonly #clock: Pick<Clock, 'elapsed'>;
  #since: number | undefined;
  #because: string | undefined;

  constructor(clock: Pick<Clock, 'elapsed'>) {
    this.#clock = clock;
  }

  /** What is wrong now, as it was said; undefined: nothing. */
  get because(): string | undefined {
    return this.#because;
  }

  /** Asks; the node's silence or refusal is trouble, everything else is thrown. */
  async try<Answer>(ask: () => Promise<Answer>): Promise<{ readonly answer: Answer } | Trouble> {
    try {
      const answer = await ask();
      this.#since = undefined;
      this.#because = undefined;
      return { answer };
    } catch (error) {
      if (!(error instanceof RetryLater || error instanceof NodeRefused)) throw error;
      const elapsed = this.#clock.elapsed();
      this.#since ??= elapsed;
      this.#because = error.message;
      return { because: error.message, over: elapsed - this.#since >= MOST_MS };
    }
  }
}
