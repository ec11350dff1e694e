/**
 * Takes what the node recorded of its on-chain money into the books, page by page from where the last reading ended
 * (SPEC 6.1). A few rows a channel and life, so most turns read one page.
 */
import type { UnixMs } from '../core/units.ts';
import type { BookStore } from '../ports/books.ts';
import type { ChainMove, ChainRecords } from '../ports/chain-records.ts';
import type { Pacer } from '../ports/clock.ts';
import { RetryLater } from '../ports/errors.ts';
import { answerOf } from './airlock/answer.ts';
import { checked } from './airlock/money-ingest.ts';
import { restAfter } from './ingest-page.ts';

/** lightningd is deaf while it makes a page (facts/cln-scale.md §1). */
const PAGE_ROWS = 1000;
/** Rows stored at once: a fifth of a millisecond each, and nobody waits longer than a few. */
const SLICE_ROWS = 25;
const BREATH_MS = 2;
/** A turn ends after so many pages, so that whoever waits for it is not kept for long. */
const PAGES_A_TURN = 100;

export type ChainReading =
  | { readonly kind: 'complete' }
  /** More is to be read. */
  | { readonly kind: 'partly' }
  /** This lightningd records none (before 25.09). */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly because: string };

export type ChainIngestParts = {
  readonly records: Pick<ChainRecords, 'hasChainMoves' | 'chainMoves'>;
  readonly books: Pick<BookStore, 'chainCursor' | 'storeChainMoves' | 'restartChainMoves'>;
  readonly pacer: Pacer;
  /** The operator should know. */
  readonly alert: (text: string) => void;
};

export class ChainIngest {
  readonly #parts: ChainIngestParts;
  #hasMoves: boolean | undefined;

  constructor(parts: ChainIngestParts) {
    this.#parts = parts;
  }

  /** Reads on, to the end or as far as one turn goes. A disk that fails is thrown: StoreFailed. */
  async turn(): Promise<ChainReading> {
    const read = await answerOf(() => this.#read());
    return read.kind === 'answer'
      ? { kind: read.value }
      : { kind: 'failed', because: read.because };
  }

  async #read(): Promise<'complete' | 'partly' | 'none'> {
    const { records } = this.#parts;
    this.#hasMoves ??= await records.hasChainMoves();
    if (!this.#hasMoves) return 'none';
    for (let page = 0; page < PAGES_A_TURN; page += 1) if (await this.#page()) return 'complete';
    return 'partly';
  }

  /** Takes one page; true: nothing follows. */
  async #page(): Promise<boolean> {
    const { records, books, pacer } = this.#parts;
    const known = books.chainCursor();
    // The last row known is asked for again: where it is missing or another one, it is not the node we read.
    const start = Math.max(known.index, 1);
    const asked = performance.now();
    const rows = checked(await records.chainMoves(start, PAGE_ROWS), start, 'chain moves');
    const took = performance.now() - asked;
    if (known.index > 0 && !isSame(rows[0], known)) {
      await this.#restored(known.index);
      return false;
    }
    const fresh = rows.filter(({ index }) => index > known.index);
    // A short page may be a part of the answer: only where nothing more comes is the end.
    if (fresh.length === 0) return true;
    await this.#store(fresh);
    if (rows.length === PAGE_ROWS) await pacer.pause(restAfter(took, 0));
    return false;
  }

  /** The cursor moves with each slice, so a kill in between leaves whole ones. */
  async #store(rows: readonly ChainMove[]): Promise<void> {
    const { books, pacer } = this.#parts;
    for (let from = 0; from < rows.length; from += SLICE_ROWS) {
      if (from > 0) await pacer.pause(BREATH_MS);
      const slice = rows.slice(from, from + SLICE_ROWS);
      const last = slice.at(-1);
      if (last) books.storeChainMoves(slice, last.index);
    }
  }

  /** Its records are another history: they are read anew. What was booked of them stays booked once. */
  async #restored(known: number): Promise<void> {
    const { records, books, alert } = this.#parts;
    // A node that shows nothing at all is rather one that does not answer.
    const [first] = checked(await records.chainMoves(1, 1), 1, 'chain moves');
    if (!first) throw new RetryLater(`the node shows none of its chain moves, ${known} were read`);
    books.restartChainMoves();
    alert(
      `lightningd's chain moves are not those we had read to ${known}: was the node restored? They are read anew, the books keep what they have.`,
    );
  }
}

const isSame = (
  row: ChainMove | undefined,
  known: { readonly index: number; readonly at: UnixMs | undefined },
): boolean => row?.index === known.index && (known.at === undefined || row.at === known.at);
