/** What the node itself has about one day (SPEC 6.3): its channel moves, else bookkeeper's income of that day. */
import { incomeLedger } from '../core/books/income-ledger.ts';
import { startOf, type UtcDay } from '../core/books/period.ts';
import type { NodeLedgerDay } from '../core/books/reconciliation.ts';
import type { BookStore } from '../ports/books.ts';
import type { ChainRecords, IncomeRow } from '../ports/chain-records.ts';
import type { Clock, Pacer } from '../ports/clock.ts';
import { RetryLater } from '../ports/errors.ts';
import { Patience } from './patience.ts';

export type DayRecords = {
  readonly node: NodeLedgerDay | undefined;
  /** Why there is nothing to compare with. */
  readonly because: string | undefined;
  /** To be booked: on-chain fees that only bookkeeper knows of. */
  readonly income: readonly IncomeRow[];
};
export type DayLedgerParts = {
  readonly books: Pick<BookStore, 'nodeLedger' | 'snapshots'>;
  /** CLN 25.09 brought its moves on the chain and in channels together. */
  readonly records: Pick<ChainRecords, 'hasChainMoves' | 'hasIncome' | 'income'>;
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly pacer: Pacer;
  /** The day on which this process started. */
  readonly startedOn: UtcDay;
};

/** The node is deaf while bookkeeper reads (facts: 0.6 s a day): it gets twice that time to breathe. */
const REST = 2;

export class DayLedger {
  readonly #parts: DayLedgerParts;
  readonly #patience: Patience;
  #hasMoves: boolean | undefined;
  #since: UtcDay | undefined;

  constructor(parts: DayLedgerParts) {
    this.#parts = parts;
    this.#patience = new Patience(parts.clock);
  }

  /** What is wrong with bookkeeper; undefined: nothing, or it is not needed. */
  get problem(): string | undefined {
    return this.#patience.because;
  }

  /** Throws RetryLater while the node or bookkeeper does not answer and there is still patience. */
  async of(day: UtcDay): Promise<DayRecords> {
    const { books, records } = this.#parts;
    this.#hasMoves ??= await records.hasChainMoves();
    if (!this.#hasMoves) return this.#income(day);
    const node = books.nodeLedger(day);
    return node
      ? { node, because: undefined, income: [] }
      : nothing('the channel moves of the node do not reach back to this day');
  }

  /** bookkeeper works for seconds on what it is asked: only for days since we are here, one at a time. */
  async #income(day: UtcDay): Promise<DayRecords> {
    const { records, pacer } = this.#parts;
    if (day < this.#firstDay())
      return nothing('older than the first start, and the node keeps no moves');
    if (!(await records.hasIncome()))
      return nothing('the node keeps no channel moves, and bookkeeper does not run');
    const asked = performance.now();
    const tried = await this.#patience.try(() => records.income(startOf(day), startOf(day + 1)));
    await pacer.pause(REST * (performance.now() - asked));
    if ('answer' in tried)
      return { node: incomeLedger(tried.answer), because: undefined, income: tried.answer };
    if (!tried.over) throw new RetryLater(tried.because);
    return nothing(`bookkeeper did not tell for two days: ${tried.because}`);
  }

  /** The day of the first snapshot is that of the first start, give or take one. */
  #firstDay(): UtcDay {
    const { books, startedOn } = this.#parts;
    this.#since ??= books.snapshots(0, startedOn)[0]?.day ?? startedOn;
    return this.#since;
  }
}

const nothing = (because: string): DayRecords => ({ node: undefined, because, income: [] });
