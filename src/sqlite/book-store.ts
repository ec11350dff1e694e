/** The books, put together (SPEC 6). Every method that writes is one transaction. */
import type { PeriodSums, UtcDay } from '../core/books/period.ts';
import type { NodeLedgerDay, Reconciliation } from '../core/books/reconciliation.ts';
import { type ChannelId, type UnixMs, unixMs } from '../core/units.ts';
import type { BookDay, BookStore, LateFact, OddTransaction, Snapshot } from '../ports/books.ts';
import type { ChainMove, IncomeRow } from '../ports/chain-records.ts';
import { BlockTimes } from './block-times.ts';
import { BookClosing } from './book-closing.ts';
import { BookedDays } from './booked-days.ts';
import { ChainFees } from './chain-fees.ts';
import { ChainMoves } from './chain-moves.ts';
import type { ChannelKeys } from './channel-keys.ts';
import type { Database } from './database.ts';
import type { Facts } from './facts.ts';
import type { NodeLedger } from './node-ledger.ts';
import { Snapshots } from './snapshots.ts';

type Parts = {
  readonly db: Database;
  readonly keys: ChannelKeys;
  readonly facts: Facts;
  readonly ledger: NodeLedger;
};

export class SqliteBookStore implements BookStore {
  readonly #db: Database;
  readonly #facts: Facts;
  readonly #ledger: NodeLedger;
  readonly #days: BookedDays;
  readonly #closing: BookClosing;
  readonly #moves: ChainMoves;
  readonly #fees: ChainFees;
  readonly #blocks: BlockTimes;
  readonly #snapshots: Snapshots;

  constructor({ db, keys, facts, ledger }: Parts) {
    this.#db = db;
    this.#facts = facts;
    this.#ledger = ledger;
    this.#days = new BookedDays(db, keys);
    this.#closing = new BookClosing(db, this.#days);
    this.#moves = new ChainMoves(db);
    this.#fees = new ChainFees(db, keys);
    this.#blocks = new BlockTimes(db);
    this.#snapshots = new Snapshots(db);
  }

  closed() {
    return this.#days.closed();
  }
  oldest(): UtcDay | undefined {
    return this.#days.oldest();
  }
  node(from: UtcDay, to: UtcDay): PeriodSums {
    return this.#days.node(from, to);
  }
  nodeDays(from: UtcDay, to: UtcDay): readonly BookDay[] {
    return this.#days.nodeDays(from, to);
  }
  channels(from: UtcDay, to: UtcDay): ReadonlyMap<ChannelId | undefined, PeriodSums> {
    return this.#days.channels(from, to);
  }
  channelLives(): ReadonlyMap<ChannelId | undefined, PeriodSums> {
    return this.#days.channelLives();
  }
  channelDays(from: UtcDay, to: UtcDay, limit: number) {
    return this.#days.channelDays(from, to, limit);
  }
  late(from: UtcDay, to: UtcDay): readonly LateFact[] {
    return this.#days.late(from, to);
  }

  nodeLedger(day: UtcDay): NodeLedgerDay | undefined {
    return this.#ledger.day(day);
  }
  close(result: Reconciliation): void {
    this.#closing.close(result);
  }
  reconciliations(from: UtcDay, to: UtcDay): readonly Reconciliation[] {
    return this.#closing.reconciliations(from, to);
  }

  chainCursor(): { readonly index: number; readonly at: UnixMs | undefined } {
    const index = this.#facts.get('chain cursor') ?? 0;
    const at = index > 0 ? this.#facts.get('chain cursor at') : undefined;
    return { index, at: at === undefined ? undefined : unixMs(at) };
  }
  storeChainMoves(rows: readonly ChainMove[], last: number): void {
    this.#db.transaction(() => {
      for (const txid of this.#moves.put(rows))
        this.#fees.bookMoves(txid, this.#moves.ofTransaction(txid));
      for (const { height, at } of rows) this.#blocks.add(height, at);
      if (last < this.chainCursor().index) return;
      this.#facts.set('chain cursor', last);
      const end = rows.findLast(({ index }) => index === last);
      if (end) this.#facts.set('chain cursor at', end.at);
    });
  }
  /** The moves themselves stay: told again they are the same ones, and nothing is booked twice. */
  restartChainMoves(): void {
    this.#db.transaction(() => this.#facts.set('chain cursor', 0));
  }
  storeIncome(day: UtcDay, rows: readonly IncomeRow[]): void {
    this.#db.transaction(() => this.#fees.bookIncome(day, rows));
  }
  oddTransactions(): readonly OddTransaction[] {
    return this.#fees.odd();
  }
  recordedOpening(channelId: ChannelId): UnixMs | undefined {
    return this.#moves.openingOf(channelId);
  }

  /** A power cut may take it back: another block comes. */
  sawBlock(height: number, at: UnixMs): void {
    this.#db.within(() => this.#blocks.add(height, at));
  }
  blocksAround(height: number) {
    return this.#blocks.around(height);
  }

  snapshot(snapshot: Snapshot): void {
    this.#db.transaction(() => this.#snapshots.add(snapshot));
  }
  snapshots(from: UtcDay, to: UtcDay): readonly Snapshot[] {
    return this.#snapshots.between(from, to);
  }
}
