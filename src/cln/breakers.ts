import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel';
import { RetryLater } from '../ports/errors.ts';
import type { Say } from './log-level.ts';

/** Neighbours reached over the same socket that fail on their own. */
export type NeighbourGroup = 'node' | 'bookkeeper' | 'sling' | 'clboss' | 'hive';

export type BreakerLaw = { readonly failures: number; readonly openMs: number };
/** A neighbour three times silent is left alone for a minute; the node itself only for a breath, since all waits for it. */
export const BREAKER_LAWS: Readonly<Record<NeighbourGroup, BreakerLaw>> = {
  node: { failures: 5, openMs: 10_000 },
  bookkeeper: { failures: 3, openMs: 60_000 },
  sling: { failures: 3, openMs: 60_000 },
  clboss: { failures: 3, openMs: 60_000 },
  hive: { failures: 3, openMs: 60_000 },
};

const cockatielBreaker = (law: BreakerLaw) =>
  circuitBreaker(handleType(RetryLater), {
    halfOpenAfter: law.openMs,
    breaker: new ConsecutiveBreaker(law.failures),
  });

/** One circuit breaker. Only RetryLater counts as failure; while half open one call at a time tests the neighbour. */
export class Breaker {
  readonly #group: NeighbourGroup;
  readonly #law: BreakerLaw;
  readonly #say: Say;
  #policy: ReturnType<typeof cockatielBreaker>;
  /** On the monotonic clock, ms; undefined: closed. */
  #openSince: number | undefined;

  constructor(group: NeighbourGroup, law: BreakerLaw, say: Say) {
    this.#group = group;
    this.#law = law;
    this.#say = say;
    this.#policy = this.#closed();
  }

  /** Calls fail at once, or one of them is the test whether it may close again. */
  get isOpen(): boolean {
    return this.#openSince !== undefined;
  }

  /** Runs `act`, or throws RetryLater at once while the breaker is open. */
  async run<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await this.#policy.execute(act);
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
    }
    const { failures, openMs } = this.#law;
    if (this.#openSince === undefined || performance.now() - this.#openSince <= openMs) {
      throw new RetryLater(
        `${this.#group} failed ${failures} times in a row and is left alone for ${openMs / 1000} s`,
      );
    }
    // The library counts on the wall clock: set back by a day it would stay open for a day.
    this.#openSince = undefined;
    this.#policy = this.#closed();
    return this.#policy.execute(act);
  }

  #closed(): ReturnType<typeof cockatielBreaker> {
    const policy = cockatielBreaker(this.#law);
    policy.onBreak(() => {
      this.#openSince = performance.now();
      this.#say('unusual', `${this.#group} does not answer: left alone for ${this.#law.openMs} ms`);
    });
    policy.onReset(() => {
      this.#openSince = undefined;
      this.#say('info', `${this.#group} answers again`);
    });
    return policy;
  }
}
