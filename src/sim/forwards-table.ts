/**
 * lightningd's `forwards` table: what `listforwards` pages over (facts of v26.06.6).
 * Two independent sequences from 1: created_index when the row appears, updated_index when an offered forward is
 * resolved. local_failed rows never get an updated_index, no amount out, no out htlc id and no resolution time.
 */
import type { UnixMs } from '../core/units.ts';
import { unixMs } from '../core/units.ts';
import type { ForwardIndex, ForwardStatus } from '../ports/node.ts';
import { ForwardsColumns, type RawForward, type Resolution } from './forwards-columns.ts';
import type { MarketEvent } from './market/market.ts';

export type ForwardEvent = Extract<MarketEvent, { readonly kind: 'forward' }>;

/** A row of the table. Channels by the market's index; amounts in msat. */
export type ForwardRow = {
  readonly createdIndex: number;
  readonly updatedIndex: number | undefined;
  readonly status: ForwardStatus;
  readonly inIndex: number;
  readonly inHtlcId: number;
  readonly outIndex: number | undefined;
  readonly outHtlcId: number | undefined;
  readonly inMsat: number;
  readonly outMsat: number | undefined;
  readonly feeMsat: number | undefined;
  readonly receivedAt: UnixMs;
  readonly resolvedAt: UnixMs | undefined;
  readonly failCode: number | undefined;
  readonly failReason: string | undefined;
  readonly paymentHash: string;
};

const STATUSES: readonly ForwardStatus[] = ['offered', 'settled', 'failed', 'local_failed'];
const OFFERED = 0;
const LOCAL_FAILED = 3;
const TWO_POW_32 = 2 ** 32;

/** One number for (in channel, htlc id): exact below 2^53. */
const htlcKey = (event: ForwardEvent): number => event.inIndex * TWO_POW_32 + event.inHtlcId;

export class ForwardsTable {
  #columns = new ForwardsColumns();
  /** Row of each updated_index − 1. */
  #byUpdate: number[] = [];
  /** Rows in flight only: bounded by the HTLC slots of the channels. */
  #offered = new Map<number, number>();
  #reasons: string[] = [];

  get rows(): number {
    return this.#columns.rows;
  }

  /** The present value of a sequence; 0: nothing yet. */
  lastIndex(index: ForwardIndex): number {
    return index === 'created' ? this.#columns.rows : this.#byUpdate.length;
  }

  /** Stores what happened: a new row, or the resolution of the offered one. A resolution never offered makes a whole row. */
  append(event: ForwardEvent): ForwardRow {
    const status = STATUSES.indexOf(event.phase);
    const offered = this.#offered.get(htlcKey(event));
    const resolution = this.#resolution(event, status);
    const row = offered ?? this.#columns.push(this.#raw(event, resolution));
    if (offered !== undefined && status !== OFFERED) {
      this.#columns.resolve(row, resolution);
      this.#offered.delete(htlcKey(event));
    }
    if (status === OFFERED) this.#offered.set(htlcKey(event), row);
    if (resolution.updated !== 0) this.#byUpdate.push(row);
    return this.#row(row);
  }

  #resolution(event: ForwardEvent, status: number): Resolution {
    const final = status !== OFFERED && status !== LOCAL_FAILED;
    return {
      status,
      resolvedAt: final ? event.at : 0,
      updated: final ? this.#byUpdate.length + 1 : 0,
      failCode: event.failCode ?? 0,
      reason: this.#reason(event.failReason),
    };
  }

  #raw(event: ForwardEvent, resolution: Resolution): RawForward {
    return {
      ...resolution,
      inIndex: event.inIndex,
      outIndex: event.outIndex ?? -1,
      inHtlc: event.inHtlcId,
      outHtlc: event.outHtlcId === undefined ? 0 : event.outHtlcId + 1,
      inMsat: event.inMsat,
      outMsat: event.outMsat,
      receivedAt: event.receivedAt,
      paymentHash: event.paymentHash,
    };
  }

  #reason(text: string | undefined): number {
    if (text === undefined) return 0;
    const known = this.#reasons.indexOf(text);
    return known >= 0 ? known + 1 : this.#reasons.push(text);
  }

  /** One row by its created_index; throws RangeError beyond the end. */
  at(createdIndex: number): ForwardRow {
    return this.#row(createdIndex - 1);
  }

  #row(row: number): ForwardRow {
    const raw = this.#columns.get(row);
    const status = STATUSES[raw.status] ?? 'offered';
    const local = status === 'local_failed';
    return {
      createdIndex: row + 1,
      updatedIndex: raw.updated === 0 ? undefined : raw.updated,
      status,
      inIndex: raw.inIndex,
      inHtlcId: raw.inHtlc,
      outIndex: raw.outIndex < 0 ? undefined : raw.outIndex,
      outHtlcId: local || raw.outHtlc === 0 ? undefined : raw.outHtlc - 1,
      inMsat: raw.inMsat,
      outMsat: local ? undefined : raw.outMsat,
      feeMsat: local ? undefined : raw.inMsat - raw.outMsat,
      receivedAt: unixMs(raw.receivedAt),
      resolvedAt: raw.resolvedAt === 0 ? undefined : unixMs(raw.resolvedAt),
      failCode: raw.failCode === 0 ? undefined : raw.failCode,
      failReason: raw.reason === 0 ? undefined : this.#reasons[raw.reason - 1],
      paymentHash: raw.paymentHash,
    };
  }

  /**
   * `listforwards index=… start=… limit=… [status=…]`, ascending; `limit` counts matching rows. With index updated
   * and start 0 the rows without updated_index come first (a trap of the real one: start at 1).
   */
  page(index: ForwardIndex, start: number, limit: number, status?: ForwardStatus): ForwardRow[] {
    const wanted = status === undefined ? -1 : STATUSES.indexOf(status);
    const page: ForwardRow[] = [];
    for (const row of this.#rowsFrom(index, start)) {
      if (page.length >= limit) break;
      if (wanted < 0 || this.#columns.status(row) === wanted) page.push(this.#row(row));
    }
    return page;
  }

  *#rowsFrom(index: ForwardIndex, start: number): Iterable<number> {
    if (index === 'created') {
      for (let row = Math.max(0, start - 1); row < this.#columns.rows; row++) yield row;
      return;
    }
    if (start === 0) {
      for (let row = 0; row < this.#columns.rows; row++)
        if (this.#columns.updated(row) === 0) yield row;
    }
    for (let at = Math.max(0, start - 1); at < this.#byUpdate.length; at++) {
      const row = this.#byUpdate[at];
      if (row !== undefined) yield row;
    }
  }
}
