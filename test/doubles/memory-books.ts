/** The books in memory: facts by the day they belong to, days that close, and what became known too late. */
import type { BlockTime } from '../../src/core/books/age.ts';
import {
  type Costs,
  NO_COSTS,
  NO_SUMS,
  netOf,
  type PeriodSums,
  sumOf,
  type UtcDay,
} from '../../src/core/books/period.ts';
import type { NodeLedgerDay, Reconciliation } from '../../src/core/books/reconciliation.ts';
import type { ChannelId, UnixMs } from '../../src/core/units.ts';
import type {
  BookDay,
  BookStore,
  LateFact,
  OddTransaction,
  Snapshot,
} from '../../src/ports/books.ts';
import type { ChainMove, IncomeRow } from '../../src/ports/chain-records.ts';
import { Bug } from '../../src/ports/errors.ts';
import { StoreFailed } from '../../src/ports/store.ts';

export type Fact = Partial<Omit<PeriodSums, 'costs'>> & { readonly costs?: Partial<Costs> };
type Booked = {
  readonly day: UtcDay;
  readonly belongsTo: UtcDay;
  readonly channelId: ChannelId | undefined;
  readonly sums: PeriodSums;
};

const filled = ({ costs, ...sums }: Fact): PeriodSums => ({
  ...NO_SUMS,
  ...sums,
  costs: { ...NO_COSTS, ...costs },
});
const total = (rows: readonly Booked[]): PeriodSums => sumOf(rows.map(({ sums }) => sums));

export class MemoryBooks implements BookStore {
  diskFails = false;
  readonly ledgers = new Map<UtcDay, NodeLedgerDay>();
  readonly openings = new Map<ChannelId, UnixMs>();
  readonly odd: OddTransaction[] = [];
  readonly moves: ChainMove[] = [];
  readonly income = new Map<UtcDay, readonly IncomeRow[]>();
  #booked: readonly Booked[] = [];
  #closed: readonly Reconciliation[] = [];
  #snapshots: readonly Snapshot[] = [];
  #blocks: readonly BlockTime[] = [];
  #cursor: ReturnType<BookStore['chainCursor']> = { index: 0, at: undefined };

  /** A fact of a day becomes known: on a closed one it is booked on the first that is open. */
  book(day: UtcDay, channelId: ChannelId | undefined, fact: Fact): void {
    const last = this.closed()?.last;
    const on = last === undefined ? day : Math.max(day, last + 1);
    const row = { day: on, belongsTo: day, channelId, sums: filled(fact) };
    this.#booked = [...this.#booked, row];
  }

  closed() {
    const [first, last] = [this.#closed[0]?.day, this.#closed.at(-1)?.day];
    return first === undefined || last === undefined ? undefined : { first, last };
  }
  oldest(): UtcDay | undefined {
    const days = this.#booked.map(({ day }) => day);
    return days.length === 0 ? undefined : Math.min(...days);
  }

  node(from: UtcDay, to: UtcDay): PeriodSums {
    return total(this.#within(from, to));
  }
  nodeDays(from: UtcDay, to: UtcDay): readonly BookDay[] {
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => {
      const rows = this.#within(from + i, from + i);
      return {
        day: from + i,
        closed: from + i <= (this.closed()?.last ?? Number.NEGATIVE_INFINITY),
        sums: total(rows),
        late: netOf(total(rows.filter(({ day, belongsTo }) => belongsTo < day))),
      };
    });
  }
  channels(from: UtcDay, to: UtcDay): ReadonlyMap<ChannelId | undefined, PeriodSums> {
    const byChannel = Map.groupBy(this.#within(from, to), ({ channelId }) => channelId);
    return new Map([...byChannel].map(([channelId, rows]) => [channelId, total(rows)]));
  }
  channelLives(): ReadonlyMap<ChannelId | undefined, PeriodSums> {
    return this.channels(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }
  channelDays(from: UtcDay, to: UtcDay, limit: number) {
    const days = Map.groupBy(this.#within(from, to), ({ day }) => day);
    return [...days.keys()]
      .sort((a, b) => a - b)
      .flatMap((day) =>
        [...this.channels(day, day)].map(([channelId, sums]) => ({ day, channelId, sums })),
      )
      .slice(0, limit);
  }
  late(from: UtcDay, to: UtcDay): readonly LateFact[] {
    return this.#within(from, to)
      .filter(({ day, belongsTo }) => belongsTo < day)
      .map(({ day, belongsTo, channelId, sums: { revenue, assisted, costs } }) => ({
        bookedOn: day,
        belongsTo,
        channelId,
        revenue,
        assisted,
        costs,
      }));
  }

  nodeLedger(day: UtcDay): NodeLedgerDay | undefined {
    return this.ledgers.get(day);
  }
  close(result: Reconciliation): void {
    this.#write();
    const due = (this.closed()?.last ?? result.day - 1) + 1;
    if (result.day !== due) throw new Bug(`day ${result.day} closed, ${due} was due`);
    this.#closed = [...this.#closed, result];
  }
  reconciliations(from: UtcDay, to: UtcDay): readonly Reconciliation[] {
    return this.#closed.filter(({ day }) => day >= from && day <= to);
  }

  chainCursor(): ReturnType<BookStore['chainCursor']> {
    return this.#cursor;
  }
  storeChainMoves(rows: readonly ChainMove[], last: number): void {
    this.#write();
    this.moves.push(...rows);
    this.#cursor = { index: last, at: rows.at(-1)?.at };
  }
  restartChainMoves(): void {
    this.#write();
    this.moves.length = 0;
    this.#cursor = { index: 0, at: undefined };
  }
  storeIncome(day: UtcDay, rows: readonly IncomeRow[]): void {
    this.#write();
    this.income.set(day, rows);
  }
  oddTransactions(): readonly OddTransaction[] {
    return this.odd;
  }
  recordedOpening(channelId: ChannelId): UnixMs | undefined {
    return this.openings.get(channelId);
  }

  sawBlock(height: number, at: UnixMs): void {
    this.#blocks = [...this.#blocks, { height, at }].sort((a, b) => a.height - b.height);
  }
  blocksAround(height: number) {
    return {
      below: this.#blocks.findLast((block) => block.height <= height),
      above: this.#blocks.find((block) => block.height >= height),
    };
  }

  snapshot(snapshot: Snapshot): void {
    this.#write();
    if (!this.#snapshots.some(({ day }) => day === snapshot.day))
      this.#snapshots = [...this.#snapshots, snapshot];
  }
  snapshots(from: UtcDay, to: UtcDay): readonly Snapshot[] {
    return this.#snapshots.filter(({ day }) => day >= from && day <= to);
  }

  #within(from: UtcDay, to: UtcDay): readonly Booked[] {
    return this.#booked.filter(({ day }) => day >= from && day <= to);
  }
  #write(): void {
    if (this.diskFails) throw new StoreFailed('database or disk is full');
  }
}
