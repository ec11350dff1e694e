/**
 * Live settled forwards on their way into memory: put in at once, written in batches. Nothing is lost for good
 * when it is full or the disk fails, because the next pass over lightningd's indexes reads the same rows again.
 */
import type { Clock, Pacer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Forward } from '../ports/node.ts';
import { type ForwardStore, StoreFailed } from '../ports/store.ts';

/** About 25 MB; two minutes of the busiest node measured. */
export const QUEUE_BOUND = 50_000;
/** One transaction. */
export const BATCH_ROWS = 1000;
/** Events of this long share a transaction. */
const GATHER_MS = 20;

export type QueueParts = {
  readonly forwards: Pick<ForwardStore, 'storeEvents'>;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly log: Logger;
  /** Called with what was stored. */
  readonly stored: (batch: readonly Forward[]) => void;
  /** A defect of ours. */
  readonly onBug: (error: unknown) => void;
};

export class IngestQueue {
  readonly #parts: QueueParts;
  #waiting: Forward[] = [];
  #emptying = false;
  #dropped = 0;
  #diskFails = false;
  #stopped = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Events that were not stored as they came; the next catch-up reads them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Returns at once. */
  put(event: Forward): void {
    if (this.#stopped) return;
    if (this.#waiting.length >= QUEUE_BOUND) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(event);
    if (this.#emptying) return;
    this.#emptying = true;
    this.#empty().catch(this.#parts.onBug);
  }

  /** Stores everything that waits, now. */
  flush(): void {
    while (this.#waiting.length > 0) this.#storeBatch();
  }

  /** Stores what waits and takes no more. */
  stop(): void {
    this.flush();
    this.#stopped = true;
  }

  async #empty(): Promise<void> {
    try {
      await this.#parts.pacer.pause(GATHER_MS);
      while (this.#waiting.length > 0) {
        this.#storeBatch();
        await this.#parts.pacer.pause(0);
      }
    } finally {
      this.#emptying = false;
    }
  }

  #storeBatch(): void {
    const { forwards, clock, log, stored } = this.#parts;
    const batch = this.#waiting.splice(0, BATCH_ROWS);
    try {
      forwards.storeEvents(batch, clock.now());
      stored(batch);
      this.#diskFails = false;
    } catch (error) {
      if (!(error instanceof StoreFailed)) throw error;
      this.#dropped += batch.length;
      if (!this.#diskFails)
        log('broken', `forwards could not be stored and will be read again: ${error.message}`);
      this.#diskFails = true;
    }
  }
}
