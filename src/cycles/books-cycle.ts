/**
 * Keeps the books (SPEC 6.3, 6.4): reads what the chain cost, closes the days that are over one after the other, each
 * compared with the node's own records, and takes one snapshot a UTC day. A day is closed by one transaction, so
 * whatever fails on the way leaves it open for the next turn.
 */
import { startOf, totalCost, type UtcDay, utcDay } from '../core/books/period.ts';
import {
  LASTING_LOOK_DAYS,
  lastingDifference,
  ourDay,
  type Reconciliation,
  reconcile,
} from '../core/books/reconciliation.ts';
import { type Msat, msat, type UnixMs } from '../core/units.ts';
import type { BookStore } from '../ports/books.ts';
import type { ChainRecords } from '../ports/chain-records.ts';
import type { Clock, Pacer } from '../ports/clock.ts';
import { RetryLater } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { PaymentRecords } from '../ports/payments.ts';
import type { SpendStore } from '../ports/spending.ts';
import type { ChainReading } from './chain-ingest.ts';
import { DayLedger } from './day-ledger.ts';
import { Patience } from './patience.ts';
import { Slices } from './slices.ts';
import { standingOf } from './standing.ts';
import { SteadyTime } from './steady-time.ts';

/** What settles at midnight has arrived everywhere by then. */
const CLOSE_AFTER_MS = 900_000;
/** Records read this long after a day's end have all of it, even if our clock and the node's are not quite one. */
const PAST_MS = 60_000;

export type BooksParts = {
  readonly store: {
    readonly books: BookStore;
    readonly spending: Pick<SpendStore, 'account' | 'cursors'>;
  };
  /** Reads the node's on-chain records on. */
  readonly chain: { turn(): Promise<ChainReading> };
  readonly records: Pick<ChainRecords, 'hasChainMoves' | 'hasIncome' | 'income'>;
  readonly payments: Pick<PaymentRecords, 'wallet'>;
  /** Up to when forwards, and payments of ours, are read; undefined: not yet. */
  readonly forwardsReadAsOf: () => UnixMs | undefined;
  readonly paymentsReadAsOf: () => UnixMs | undefined;
  /** The open channels as last seen; undefined: not looked yet, or some of them could not be read. */
  readonly picture: () => readonly PeerChannel[] | undefined;
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly pacer: Pacer;
  readonly log: Logger;
};

export class BooksCycle {
  readonly #parts: BooksParts;
  readonly #startedOn: UtcDay;
  readonly #ledger: DayLedger;
  readonly #steady: SteadyTime;
  readonly #chainPatience: Patience;
  readonly #walletPatience: Patience;
  #onchain: Msat | undefined;
  #waiting: string | undefined = 'the books are at their first turn soon';
  /** undefined: to be worked out from what is stored. */
  #lasting: { readonly difference: Msat | undefined } | undefined;
  #stopped = false;

  constructor(parts: BooksParts) {
    const { store, clock } = parts;
    this.#parts = parts;
    this.#startedOn = utcDay(clock.now());
    this.#ledger = new DayLedger({ ...parts, books: store.books, startedOn: this.#startedOn });
    const seen = store.books.snapshots(0, this.#startedOn).at(-1)?.day;
    this.#steady = new SteadyTime(clock, seen === undefined ? undefined : startOf(seen));
    this.#chainPatience = new Patience(clock);
    this.#walletPatience = new Patience(clock);
  }

  /** One turn of the job. Throws what node or disk threw while a day was to be closed; that day stays open. */
  async run(): Promise<void> {
    this.#waiting = 'the last turn of the books did not end';
    const doubt = this.#steady.doubt();
    const unread = await this.#readChain();
    await this.#lookAtWallet(doubt);
    await this.#closeDays(doubt ?? unread);
  }

  /** No day is closed any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Why yesterday is not closed yet; undefined: it is, or there is nothing to close. */
  behind(): string | undefined {
    const closed = this.#parts.store.books.closed();
    const today = utcDay(this.#parts.clock.now());
    if (closed !== undefined && closed.last >= today)
      return `days are closed to ${dateOf(closed.last)}, which the clock has not reached: it was set back`;
    if (this.#next() >= today) return undefined;
    return this.#waiting ?? 'the next turn of the books closes the days before today';
  }

  /** What lasts of the differences to the node, signed; undefined: not compared for two days yet. */
  unexplained(): Msat | undefined {
    this.#lasting ??= { difference: this.#lastingDifference() };
    return this.#lasting.difference;
  }

  /** Confirmed on-chain as of the last turn; undefined: not known yet, or the wallet did not answer. */
  get onchain(): Msat | undefined {
    return this.#onchain;
  }

  /** What the books need and do not get. */
  problems(): readonly string[] {
    const [chain, bookkeeper] = [this.#chainPatience.because, this.#ledger.problem];
    return [
      ...(chain === undefined ? [] : [`books: on-chain records cannot be read: ${chain}`]),
      ...(bookkeeper === undefined ? [] : [`books: bookkeeper does not tell: ${bookkeeper}`]),
    ];
  }

  // ---------------------------------------------------------------- what is read

  /** Why days cannot be closed for want of on-chain records; undefined: they can. */
  async #readChain(): Promise<string | undefined> {
    const tried = await this.#chainPatience.try(async () => {
      const read = await this.#parts.chain.turn();
      if (read.kind === 'failed') throw new RetryLater(read.because);
      return read.kind;
    });
    if ('answer' in tried)
      return tried.answer !== 'partly'
        ? undefined
        : 'the on-chain records of the node are being read';
    // What they tell later is booked as late.
    return tried.over ? undefined : `on-chain records cannot be read: ${tried.because}`;
  }

  async #lookAtWallet(doubt: string | undefined): Promise<void> {
    const { payments, log } = this.#parts;
    const tried = await this.#walletPatience.try(() => payments.wallet());
    if (this.#stopped) return;
    if (!('answer' in tried)) {
      log('info', `books: the wallet cannot be read: ${tried.because}`);
      // What went from it into a channel since then would count twice.
      this.#onchain = undefined;
      return;
    }
    this.#onchain = tried.answer.confirmed;
    if (doubt === undefined) this.#snapshot(tried.answer.confirmed);
  }

  /** One a day, and none with a part that is not known: the next turn tries again. */
  #snapshot(onchain: Msat): void {
    const { store, picture, clock } = this.#parts;
    const { books, spending } = store;
    const at = clock.now();
    const day = utcDay(at);
    const channels = picture();
    if (channels === undefined || books.snapshots(day, day).length > 0) return;
    const { local, remote, capacity, active } = standingOf(channels);
    const life = books.node(Math.min(books.oldest() ?? day, day), day);
    const pending = spending.account().holds.reduce((sum, { amount }) => sum + amount, 0n);
    books.snapshot({
      day,
      at,
      local,
      remote,
      onchain,
      capacity,
      pendingCosts: msat(pending),
      lifetimeRevenue: life.revenue,
      lifetimeCost: totalCost(life.costs),
      channels: active,
    });
  }

  // ---------------------------------------------------------------- what is closed

  async #closeDays(unread: string | undefined): Promise<void> {
    const { clock, pacer } = this.#parts;
    const slices = new Slices(pacer, () => this.#stopped, 'the plugin ends');
    const today = utcDay(clock.now());
    for (let day = this.#next(); day < today; day += 1) {
      this.#waiting = unread ?? this.#notYet(day);
      if (this.#waiting !== undefined) return;
      this.#waiting = 'the last turn of the books did not end';
      await this.#close(day);
      await slices.turn();
    }
    this.#waiting = undefined;
  }

  /** The day to be closed next. */
  #next(): UtcDay {
    const { books } = this.#parts.store;
    const closed = books.closed();
    return closed === undefined ? (books.oldest() ?? this.#startedOn) : closed.last + 1;
  }

  /** Why a day that is over cannot be closed; undefined: it can. */
  #notYet(day: UtcDay): string | undefined {
    const { store, clock, forwardsReadAsOf, paymentsReadAsOf } = this.#parts;
    const end = startOf(day + 1);
    const isPast = (readAsOf: UnixMs | undefined): boolean =>
      readAsOf !== undefined && readAsOf >= end + PAST_MS;
    if (clock.now() < end + CLOSE_AFTER_MS) return 'a day is closed 15 minutes after its end';
    if (!isPast(forwardsReadAsOf())) return 'forwards are not read past its end yet';
    if (!store.spending.cursors().complete || !isPast(paymentsReadAsOf()))
      return 'the records of our own payments are not read past its end yet';
    return undefined;
  }

  async #close(day: UtcDay): Promise<void> {
    const { books } = this.#parts.store;
    const { node, because, income } = await this.#ledger.of(day);
    if (this.#stopped) return;
    if (income.length > 0) books.storeIncome(day, income);
    const late = books.late(day, day);
    const ours = ourDay(books.node(day, day), late, (one) => this.#wasCompared(one));
    const told = reconcile(day, ours, node, because);
    books.close(told);
    this.#lasting = undefined;
    this.#tell(told);
  }

  #wasCompared(day: UtcDay): boolean {
    const [told] = this.#parts.store.books.reconciliations(day, day);
    return told?.unexplained !== undefined;
  }

  #tell({ day, unexplained }: Reconciliation): void {
    if (unexplained === undefined || unexplained === 0n) return;
    const what = `${dateOf(day)} closed, ${unexplained} msat of it unexplained`;
    this.#parts.log('info', `books: ${what}`);
  }

  #lastingDifference(): Msat | undefined {
    const { books } = this.#parts.store;
    const closed = books.closed();
    if (closed === undefined) return undefined;
    const from = closed.last - LASTING_LOOK_DAYS + 1;
    return lastingDifference(books.reconciliations(from, closed.last));
  }
}

const dateOf = (day: UtcDay): string => new Date(startOf(day)).toISOString().slice(0, 10);
