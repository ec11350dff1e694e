/**
 * Takes what the node recorded of our payments into memory, page by page from where the last reading ended. A large
 * node has tens of millions of rows: the first pass goes on over many turns, and nothing is spent before its end.
 */
import type { NodeId, UnixMs } from '../../core/units.ts';
import type { Pacer } from '../../ports/clock.ts';
import { RetryLater } from '../../ports/errors.ts';
import type { ChannelMove, PaymentRecords } from '../../ports/payments.ts';
import type { SpendStore } from '../../ports/spending.ts';
import { restAfter } from '../ingest-page.ts';
import { answerOf } from './answer.ts';

/** lightningd is deaf while it makes a page (facts/cln-scale.md §1). */
const PAGE_ROWS = 1000;
/** A turn ends after so many pages, so that open jobs are looked after meanwhile. */
const PAGES_A_TURN = 100;

export type IngestResult =
  | { readonly kind: 'complete' }
  /** More is to be read. */
  | { readonly kind: 'partly' }
  | { readonly kind: 'failed'; readonly because: string };

export type MoneyIngestParts = {
  readonly payments: Pick<PaymentRecords, 'hasChannelMoves' | 'channelMoves' | 'sendPays'>;
  readonly spending: Pick<
    SpendStore,
    'cursors' | 'storeMoves' | 'storeSendPays' | 'setMovesComplete' | 'lastMoveAt' | 'restartMoves'
  >;
  readonly own: () => Promise<NodeId>;
  readonly ledger: () => UnixMs;
  /** Wall clock. */
  readonly wall: () => UnixMs;
  readonly pacer: Pacer;
  /** The operator should know. */
  readonly alert: (text: string) => void;
};

export class MoneyIngest {
  readonly #parts: MoneyIngestParts;
  #hasMoves: boolean | undefined;
  #last: IngestResult | undefined;
  #readAsOf: UnixMs | undefined;
  /** Where the last turn broke off: behind a payment that hangs there may be more than one turn reads. */
  #sendsFrom: number | undefined;

  constructor(parts: MoneyIngestParts) {
    this.#parts = parts;
  }

  /** How the last turn of this process ended; undefined: there was none. */
  get last(): IngestResult | undefined {
    return this.#last;
  }

  /** Everything the node had recorded at this moment is stored; undefined: not read to its end since the start. */
  get readAsOf(): UnixMs | undefined {
    return this.#readAsOf;
  }

  /** Whether the node records channel moves; asked once. */
  async hasMoves(): Promise<boolean> {
    this.#hasMoves ??= await this.#parts.payments.hasChannelMoves();
    return this.#hasMoves;
  }

  /** Reads on, to the end or as far as one turn goes. */
  async turn(): Promise<IngestResult> {
    const began = this.#parts.wall();
    // Also where the disk fails in it: what was complete is not any more.
    this.#last = { kind: 'failed', because: 'the last reading did not end' };
    const read = await answerOf(async () =>
      (await this.hasMoves()) ? await this.#moves() : await this.#sendPays(),
    );
    const result: IngestResult =
      read.kind === 'answer'
        ? { kind: read.value ? 'complete' : 'partly' }
        : { kind: 'failed', because: read.because };
    this.#last = result;
    if (result.kind === 'complete') this.#readAsOf = began;
    return result;
  }

  async #moves(): Promise<boolean> {
    const { payments, spending, ledger, pacer } = this.#parts;
    for (let page = 0; page < PAGES_A_TURN; page += 1) {
      const known = spending.cursors().moves;
      // The last row known is asked for again: where it is missing or another one, it is not the node we read.
      const start = Math.max(known, 1);
      const asked = performance.now();
      const rows = checked(await payments.channelMoves(start, PAGE_ROWS), start, 'channel moves');
      const took = performance.now() - asked;
      if (known > 0 && !isSame(rows[0], known, spending.lastMoveAt())) {
        await this.#restored(known);
        continue;
      }
      const fresh = rows.filter(({ index }) => index > known);
      const last = fresh.at(-1)?.index;
      // A short page may be a part of the answer: only where nothing more comes is the end.
      if (last === undefined) return this.#ended();
      spending.storeMoves(fresh, last, ledger());
      if (rows.length === PAGE_ROWS) await pacer.pause(restAfter(took, 0));
    }
    return false;
  }

  /** Its records are another history: they are read anew, and what happens meanwhile is not spent on. */
  async #restored(known: number): Promise<void> {
    const { payments, spending, alert } = this.#parts;
    // A node that shows nothing at all is rather one that does not answer.
    const [first] = checked(await payments.channelMoves(1, 1), 1, 'channel moves');
    if (!first)
      throw new RetryLater(`the node shows none of its channel moves, ${known} were read`);
    spending.restartMoves();
    alert(
      `lightningd's channel moves are not those we had read to ${known}: was the node restored? They are read anew, nothing is spent before that is done.`,
    );
  }

  /** Rows that are not final hold the stored cursor back; within a turn the reading goes on behind them. */
  async #sendPays(): Promise<boolean> {
    const { payments, spending, ledger, pacer } = this.#parts;
    const own = await this.#parts.own();
    let start = this.#sendsFrom ?? spending.cursors().sendPays + 1;
    for (let page = 0; page < PAGES_A_TURN; page += 1) {
      const asked = performance.now();
      const rows = checked(await payments.sendPays(start, PAGE_ROWS), start, 'sendpays');
      const took = performance.now() - asked;
      const last = rows.at(-1)?.index;
      if (last === undefined) {
        this.#sendsFrom = undefined;
        return this.#ended();
      }
      spending.storeSendPays(rows, last, own, ledger());
      start = last + 1;
      if (rows.length === PAGE_ROWS) await pacer.pause(restAfter(took, 0));
    }
    this.#sendsFrom = start;
    return false;
  }

  #ended(): true {
    const { spending } = this.#parts;
    if (!spending.cursors().complete) spending.setMovesComplete();
    return true;
  }
}

/** Ascending from `start` on, no index twice; anything else is no answer to the question: RetryLater. */
export function checked<Row extends { readonly index: number }>(
  rows: readonly Row[],
  start: number,
  what: string,
): readonly Row[] {
  let least = start;
  for (const { index } of rows) {
    if (!Number.isSafeInteger(index) || index < least)
      throw new RetryLater(`${what}: index ${index} in a page from ${start}`);
    least = index + 1;
  }
  return rows;
}

/** `at` undefined: an earlier version did not note it. */
const isSame = (row: ChannelMove | undefined, known: number, at: UnixMs | undefined): boolean =>
  row?.index === known && (at === undefined || row.at === at);
