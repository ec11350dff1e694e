/**
 * How forwards get into memory (SPEC 2.2): once through lightningd's table in small pages, in the background; then
 * live from forward_event, with both indexes read on from the cursors now and then, which repairs whatever an event
 * missed. Cursors move only with pages, in the transaction of their rows, so a restart anywhere goes on there.
 */

import { HOUR_MS, type UnixMs } from '../core/units.ts';
import type { Clock, Pacer } from '../ports/clock.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { Forward, ForwardIndex, LightningNode } from '../ports/node.ts';
import { type ChannelDirectory, type ForwardStore, StoreFailed } from '../ports/store.ts';
import type { Directory } from './directory.ts';
import { IngestNames } from './ingest-names.ts';
import { checkPage, firstUnread, PAGE_ROWS, restAfter } from './ingest-page.ts';
import { IngestQueue } from './ingest-queue.ts';
import type { IngestStatus } from './services.ts';

/** SPEC 2.2: after a longer gap nothing is decided until the cursors have reached the end again. */
const LONGEST_GAP_MS = HOUR_MS;
/** Waiting after failures in a row: 1, 2, 4 … 60 s. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/** The part of memory that ingest reads and writes. */
export type IngestStore = {
  readonly channels: Pick<ChannelDirectory, 'resolve'>;
  readonly forwards: Pick<
    ForwardStore,
    | 'cursors'
    | 'beginHydration'
    | 'restartHydration'
    | 'storePage'
    | 'storeEvents'
    | 'setHydrated'
    | 'nodeTotals'
  >;
};

export type IngestParts = {
  readonly node: Pick<LightningNode, 'forwards' | 'lastForwardIndex'>;
  readonly store: IngestStore;
  readonly directory: Pick<Directory, 'refresh'>;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly log: Logger;
  /** `keep-forwards-days`: what is older is only summed. */
  readonly keepDays: () => number;
  /** The operator should know. */
  readonly alert: (text: string) => void;
  /** A defect of ours, thrown where nobody waits. */
  readonly onBug: (error: unknown) => void;
  /** Cycles may decide from now on: after the history was read, or after a long gap. */
  readonly onReady?: () => void;
};

export class Ingest {
  readonly #parts: IngestParts;
  readonly #queue: IngestQueue;
  readonly #names: IngestNames;
  #phase: IngestStatus['phase'] = 'starting';
  #reading: Promise<void> | undefined;
  #caughtUpAt: UnixMs | undefined;
  #readAsOf: UnixMs | undefined;
  #nodeCreated: number | undefined;
  #stopped = false;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#names = new IngestNames(parts.store.channels);
    this.#queue = new IngestQueue({
      ...parts,
      forwards: parts.store.forwards,
      stored: (batch) => this.#names.note(batch),
    });
  }

  /** Begins in the background, or goes on where an earlier life stopped; tries until it has reached the end. */
  start(): void {
    this.#alone(() => this.#readUntilDone()).catch((error: unknown) => {
      // After the end the store is closed under whatever was still on its way.
      if (!this.#stopped) this.#parts.onBug(error);
    });
  }

  /** A live `forward_event`: returns at once. Only settled ones are stored; failures are counted from the pages. */
  accept(event: Forward): void {
    if (this.#stopped) return;
    if (event.status === 'settled') this.#queue.put(event);
  }

  /**
   * The periodic job: reads both indexes on to their end, and goes on with a history that was begun anew and broke
   * off. Throws what the node or the disk threw.
   */
  async catchUp(): Promise<void> {
    const hydrating = this.#phase === 'hydrating' && this.#reading !== undefined;
    if (this.#phase === 'starting' || hydrating) return;
    await (this.#reading ?? this.#alone(() => this.#read()));
  }

  /** Why cycles must not decide yet, as a sentence; undefined: they may. */
  waitingFor(): string | undefined {
    if (this.#phase === 'starting') return 'forwards have not been compared with the node yet';
    if (this.#phase === 'hydrating') return 'the history of forwards is being read';
    const gap = this.#parts.clock.now() - (this.#caughtUpAt ?? 0);
    return gap > LONGEST_GAP_MS ? 'forwards of more than an hour must be read first' : undefined;
  }

  /** Everything the node knew of forwards at this moment is stored; undefined: not compared with it since the start. */
  get readAsOf(): UnixMs | undefined {
    return this.#readAsOf;
  }

  decisionsAllowed(): boolean {
    return this.waitingFor() === undefined;
  }

  status(): IngestStatus {
    const { forwards } = this.#parts.store;
    const { created, updated } = forwards.cursors();
    return {
      phase: this.#phase,
      created,
      updated,
      nodeCreated: this.#nodeCreated,
      forwards: forwards.nodeTotals().forwards,
      queued: this.#queue.length,
      dropped: this.#queue.dropped,
      unresolved: this.#names.unresolved,
    };
  }

  /** Everything accepted is stored and no page is under way: what a simulated clock waits for. */
  async idle(): Promise<void> {
    this.#queue.flush();
    await Promise.allSettled([this.#reading]);
    this.#queue.flush();
  }

  /** Stores what waits; a page that is still on its way is dropped, since the store may close now. */
  stop(): void {
    this.#queue.stop();
    this.#stopped = true;
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const reading = work().finally(() => {
      this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }

  async #readUntilDone(): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!this.#stopped) {
      try {
        await this.#read();
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
        const seconds = wait / 1000;
        this.#parts.log('info', `forwards: ${error.message}; next try in ${seconds} s`);
      }
      await this.#parts.pacer.pause(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  }

  /** One pass: who is who, where the node stands, both indexes to their end. */
  async #read(): Promise<void> {
    const { store, clock, log } = this.#parts;
    const began = clock.now();
    if (this.#phase !== 'live' || this.#names.askAgain) await this.#refreshNames();
    await this.#compareIndexes();
    if (!store.forwards.cursors().hydrated) this.#phase = 'hydrating';
    await this.#readPages('created');
    await this.#readPages('updated');
    if (this.#stopped) return;
    if (!store.forwards.cursors().hydrated) {
      store.forwards.setHydrated(clock.now());
      log('info', `forwards: history read, ${store.forwards.nodeTotals().forwards} settled`);
    }
    const waited = this.waitingFor() !== undefined;
    this.#phase = 'live';
    this.#caughtUpAt = clock.now();
    this.#readAsOf = began;
    if (waited) this.#parts.onReady?.();
  }

  async #refreshNames(): Promise<void> {
    await this.#parts.directory.refresh();
    this.#names.refreshed();
  }

  /** Notes the updated index before the first page; a node that stands behind our cursors was restored. */
  async #compareIndexes(): Promise<void> {
    const { node, store, clock, alert, keepDays } = this.#parts;
    const created = await node.lastForwardIndex('created');
    const updated = await node.lastForwardIndex('updated');
    if (this.#stopped) return;
    this.#nodeCreated = created;
    const cursors = store.forwards.cursors();
    if (cursors.hydrationMark === undefined) {
      store.forwards.beginHydration(updated, clock.now(), keepDays());
    } else if (created < cursors.created || updated < cursors.updated) {
      alert(
        `lightningd's forwards end at ${created} (updated ${updated}), we had read to ${cursors.created} (${cursors.updated}): was the node restored? Its history is read anew.`,
      );
      store.forwards.restartHydration(updated, clock.now());
      this.#phase = 'hydrating';
    }
  }

  async #readPages(index: ForwardIndex): Promise<void> {
    const { node, store, clock, pacer } = this.#parts;
    while (!this.#stopped) {
      const start = firstUnread(index, store.forwards.cursors());
      const asked = performance.now();
      const answer = await node.forwards(index, start, PAGE_ROWS);
      const answered = performance.now();
      // Reading the answer took a turn of the event loop already; storing it takes another.
      await pacer.pause(0);
      if (this.#stopped) return;
      const page = checkPage(index, answer, start);
      if (page.last !== undefined) {
        store.forwards.storePage(index, page.rows, page.last, clock.now());
        this.#names.note(page.rows);
      }
      if (page.short) return;
      await pacer.pause(restAfter(answered - asked, performance.now() - answered));
    }
  }
}

/** The node or the disk may be better later; anything else is a defect. */
const isPassing = (error: unknown): error is Error =>
  error instanceof RetryLater || error instanceof NodeRefused || error instanceof StoreFailed;
