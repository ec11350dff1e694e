/** Just enough memory for ingest: settled rows by key, cursors, and a disk that can fail. */
import { type ChannelId, msat } from '../../src/core/units.ts';
import type { IngestStore } from '../../src/cycles/ingest.ts';
import type { Forward } from '../../src/ports/node.ts';
import { type IngestCount, type IngestCursors, StoreFailed } from '../../src/ports/store.ts';

const NOTHING: IngestCount = { settled: 0, failed: 0, localFailed: 0, repeated: 0 };

export class MemoryForwards implements IngestStore {
  readonly names = new Map<string, ChannelId>();
  readonly channels = { resolve: (name: string) => this.names.get(name) };
  readonly batches: number[] = [];
  diskFails = false;
  closed = false;
  cursors: IngestCursors = { created: 0, updated: 0, hydrationMark: undefined, hydrated: false };
  readonly #settled = new Map<string, Forward>();

  get totals(): { readonly forwards: number; readonly out: bigint } {
    const rows = [...this.#settled.values()];
    return { forwards: rows.length, out: rows.reduce((sum, r) => sum + (r.outMsat ?? 0n), 0n) };
  }

  readonly forwards: IngestStore['forwards'] = {
    cursors: () => this.cursors,
    beginHydration: (updated) => {
      this.#write();
      this.cursors = { ...this.cursors, updated, hydrationMark: updated };
    },
    restartHydration: (updated) => {
      this.#write();
      this.cursors = { created: 0, updated, hydrationMark: updated, hydrated: false };
    },
    storePage: (index, rows, last) => {
      this.#write();
      for (const row of rows) this.#put(row);
      this.cursors = { ...this.cursors, [index]: last };
      return NOTHING;
    },
    storeEvents: (events) => {
      this.#write();
      this.batches.push(events.length);
      for (const event of events) this.#put(event);
      return NOTHING;
    },
    setHydrated: () => {
      this.#write();
      this.cursors = { ...this.cursors, hydrated: true };
    },
    nodeTotals: () => {
      const { forwards, out } = this.totals;
      return { forwards, in: msat(0n), out: msat(out), fees: msat(0n) };
    },
  };

  #put(row: Forward): void {
    if (row.status === 'settled') this.#settled.set(`${row.inChannel} ${row.inHtlcId}`, row);
  }

  #write(): void {
    if (this.closed) throw new Error('written after the end');
    if (this.diskFails) throw new StoreFailed('the disk is full');
  }
}
