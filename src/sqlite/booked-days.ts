/**
 * Days as they are booked: what belongs to them, less what became known after they were closed, and what became known
 * on them (migration 006). By channel, long stretches are differences of sums kept every few days.
 */
import { NO_SUMS, netOf, type PeriodSums, sumOf, type UtcDay } from '../core/books/period.ts';
import { type ChannelId, type Msat, msat } from '../core/units.ts';
import type { BookDay, LateFact } from '../ports/books.ts';
import {
  BOOK_COLUMNS,
  COST_COLUMNS,
  costsOf,
  FLOW_COLUMNS,
  isEmpty,
  summed,
  sumsOf,
} from './book-columns.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { big, type Database, num, numOr, type Row, type Statement } from './database.ts';

const nothing = (columns: readonly string[]): string =>
  columns.map((column) => `0 AS ${column}`).join(', ');
const minus = (columns: readonly string[]): string =>
  columns.map((column) => `-${column}`).join(', ');
/** What was not earned on its day: costs and late facts. */
const OTHER_ROWS = `
  SELECT day, key, ${nothing(FLOW_COLUMNS)}, ${COST_COLUMNS.join(', ')} FROM cost_day WHERE day BETWEEN ?1 AND ?2
  UNION ALL
  SELECT belongs_day, key, ${minus(BOOK_COLUMNS)} FROM late WHERE belongs_day BETWEEN ?1 AND ?2
  UNION ALL
  SELECT booked_day, key, ${BOOK_COLUMNS.join(', ')} FROM late WHERE booked_day BETWEEN ?1 AND ?2`;
/** Rows of [?1, ?2] as booked, by day and key; several of each. */
export const BOOKED_ROWS = `
  SELECT day, key, ${FLOW_COLUMNS.join(', ')}, ${nothing(COST_COLUMNS)} FROM flow_day WHERE day BETWEEN ?1 AND ?2
  UNION ALL ${OTHER_ROWS}`;

type Closed = { readonly first: UtcDay; readonly last: UtcDay };
type Stretch = { readonly from: UtcDay; readonly to: UtcDay };
type ByChannel = ReadonlyMap<ChannelId | undefined, PeriodSums>;

export class BookedDays {
  readonly #keys: ChannelKeys;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#sql = prepare(db);
  }

  closed(): Closed | undefined {
    const row = this.#sql.closed.get();
    return row && { first: num(row.first_day), last: num(row.closed_day) };
  }
  oldest(): UtcDay | undefined {
    const { oldestFlow, oldestCost, closed } = this.#sql;
    // A day that is closed keeps what it said, also where the fact itself is gone.
    const days = [oldestFlow.get()?.day, oldestCost.get()?.day, closed.get()?.first_day];
    const known = days.flatMap((day) => numOr(day) ?? []);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  node(from: UtcDay, to: UtcDay): PeriodSums {
    const { before, within, after } = split({ from, to }, this.closed());
    return sumOf([
      ...[before, after].flatMap((one) => (one ? rows(this.#sql.open, one) : [])).map(sumsOf),
      ...(within ? rows(this.#sql.final, within) : []).map(sumsOf),
    ]);
  }

  nodeDays(from: UtcDay, to: UtcDay): readonly BookDay[] {
    const { before, within, after } = split({ from, to }, this.closed());
    return [
      ...this.#openDays(before),
      ...(within ? rows(this.#sql.finalDays, within) : []).map((row) => ({
        day: num(row.day),
        closed: true,
        sums: sumsOf(row),
        late: msat(big(row.late_msat)),
      })),
      ...this.#openDays(after),
    ];
  }

  channels(from: UtcDay, to: UtcDay): ByChannel {
    const { before, within, after } = split({ from, to }, this.closed());
    const tally = new KeyTally();
    for (const one of [before, after]) if (one) this.#addRows(one, 1n, tally);
    if (within) {
      this.#upTo(within.to, 1n, tally);
      this.#upTo(within.from - 1, -1n, tally);
    }
    return this.#named(tally);
  }

  channelLives(): ByChannel {
    const tally = new KeyTally();
    for (const row of this.#sql.lives.all()) tally.add(row, 1n);
    return this.#named(tally);
  }

  /** Day by day, so that no more is read than asked for. */
  channelDays(from: UtcDay, to: UtcDay, limit: number) {
    const found: { day: UtcDay; channelId: ChannelId | undefined; sums: PeriodSums }[] = [];
    for (const day of this.#sql.daysWithRows.all(from, to)) {
      const at = num(day.day);
      const tally = new KeyTally();
      this.#addRows({ from: at, to: at }, 1n, tally);
      for (const [channelId, sums] of this.#named(tally)) found.push({ day: at, channelId, sums });
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  late(from: UtcDay, to: UtcDay): readonly LateFact[] {
    const facts = new Map<string, LateFact>();
    for (const row of this.#sql.late.all(from, to)) {
      const channelId = this.#keys.channelOf(num(row.key));
      const [bookedOn, belongsTo] = [num(row.booked_day), num(row.belongs_day)];
      // What several names nobody has come to is one fact.
      const name = `${bookedOn} ${belongsTo} ${channelId}`;
      const both = sumOf([{ ...NO_SUMS, ...facts.get(name) }, sumsOf(row)]);
      const { revenue, assisted, costs } = both;
      facts.set(name, { bookedOn, belongsTo, channelId, revenue, assisted, costs });
    }
    return [...facts.values()]
      .filter((fact) => !isEmpty({ ...NO_SUMS, ...fact }))
      .sort(
        (a, b) =>
          a.bookedOn - b.bookedOn ||
          a.belongsTo - b.belongsTo ||
          (a.channelId ?? '').localeCompare(b.channelId ?? ''),
      );
  }

  /** Revenue less costs of late facts booked on a day. */
  lateOn(day: UtcDay): Msat {
    const row = this.#sql.lateOn.get(day) ?? {};
    return netOf({ revenue: msat(big(row.out_fee)), costs: costsOf(row) });
  }

  #openDays(stretch: Stretch | undefined): readonly BookDay[] {
    if (!stretch) return [];
    const known = new Map(
      rows(this.#sql.openDays, stretch).map((row) => [num(row.day), sumsOf(row)]),
    );
    return Array.from({ length: stretch.to - stretch.from + 1 }, (_, i) => {
      const day = stretch.from + i;
      return { day, closed: false, sums: known.get(day) ?? NO_SUMS, late: this.lateOn(day) };
    });
  }

  /** Adds the closed days up to and including `day`. */
  #upTo(day: UtcDay, sign: 1n | -1n, tally: KeyTally): void {
    const kept = numOr(this.#sql.keptBefore.get(day)?.day);
    if (kept !== undefined) for (const row of this.#sql.kept.all(kept)) tally.add(row, sign);
    const first = kept === undefined ? this.closed()?.first : kept + 1;
    if (first === undefined || first > day) return;
    this.#addRows({ from: first, to: day }, sign, tally);
  }
  /** Flows apart from the rest: nearly all rows, and half of the columns. */
  #addRows(stretch: Stretch, sign: 1n | -1n, tally: KeyTally): void {
    for (const row of rows(this.#sql.flows, stretch)) tally.add(row, sign, FLOW_COLUMNS);
    for (const row of rows(this.#sql.others, stretch)) tally.add(row, sign);
  }

  #named(tally: KeyTally): ByChannel {
    const named = new Map<ChannelId | undefined, PeriodSums>();
    for (const [key, sums] of tally.sums()) {
      if (isEmpty(sums)) continue;
      const channelId = this.#keys.channelOf(key);
      const before = named.get(channelId);
      named.set(channelId, before ? sumOf([before, sums]) : sums);
    }
    return named;
  }
}

/** What of a stretch lies before the closed days, among them, and after. */
function split({ from, to }: Stretch, closed: Closed | undefined) {
  const part = (first: number, last: number): Stretch | undefined =>
    first <= last ? { from: first, to: last } : undefined;
  if (!closed) return { before: part(from, to), within: undefined, after: undefined };
  return {
    before: part(from, Math.min(to, closed.first - 1)),
    within: part(Math.max(from, closed.first), Math.min(to, closed.last)),
    after: part(Math.max(from, closed.last + 1), to),
  };
}

const rows = (statement: Statement, { from, to }: Stretch): readonly Row[] =>
  statement.all(from, to);

/** Sums by key; thousands of rows are added, so the numbers are kept apart until the end. */
class KeyTally {
  readonly #byKey = new Map<number, bigint[]>();

  /** `columns`: those the row has. */
  add(row: Row, sign: 1n | -1n, columns: readonly string[] = BOOK_COLUMNS): void {
    const key = num(row.key);
    let amounts = this.#byKey.get(key);
    if (!amounts) {
      amounts = BOOK_COLUMNS.map(() => 0n);
      this.#byKey.set(key, amounts);
    }
    // BOOK_COLUMNS begin with those of flows.
    for (let place = 0; place < columns.length; place += 1) {
      const amount = big(row[columns[place] ?? '']);
      if (amount !== 0n) amounts[place] = (amounts[place] ?? 0n) + sign * amount;
    }
  }
  *sums(): Iterable<readonly [number, PeriodSums]> {
    for (const [key, amounts] of this.#byKey) {
      const row = Object.fromEntries(
        BOOK_COLUMNS.map((name, place) => [name, amounts[place] ?? 0n]),
      );
      yield [key, sumsOf(row)];
    }
  }
}

const prepare = (db: Database) => ({
  closed: db.prepare('SELECT first_day, closed_day FROM book'),
  oldestFlow: db.prepare(
    'SELECT day FROM flow_day WHERE in_count <> 0 OR out_count <> 0 ORDER BY day LIMIT 1',
  ),
  oldestCost: db.prepare(
    `SELECT day FROM cost_day WHERE ${COST_COLUMNS.map((one) => `${one} <> 0`).join(' OR ')}
     ORDER BY day LIMIT 1`,
  ),
  open: db.prepare(`SELECT ${summed(BOOK_COLUMNS)} FROM (${BOOKED_ROWS})`, 'money'),
  openDays: db.prepare(
    `SELECT day, ${summed(BOOK_COLUMNS)} FROM (${BOOKED_ROWS}) GROUP BY day`,
    'money',
  ),
  flows: db.prepare(
    `SELECT key, ${summed(FLOW_COLUMNS)} FROM flow_day WHERE day BETWEEN ? AND ? GROUP BY key`,
    'money',
  ),
  others: db.prepare(
    `SELECT key, ${summed(BOOK_COLUMNS)} FROM (${OTHER_ROWS}) GROUP BY key`,
    'money',
  ),
  final: db.prepare(
    `SELECT ${summed(BOOK_COLUMNS)} FROM book_day WHERE day BETWEEN ? AND ?`,
    'money',
  ),
  finalDays: db.prepare('SELECT * FROM book_day WHERE day BETWEEN ? AND ? ORDER BY day', 'money'),
  keptBefore: db.prepare('SELECT max(day) AS day FROM book_sum WHERE day <= ?'),
  kept: db.prepare('SELECT * FROM book_sum WHERE day = ?', 'money'),
  lives: db.prepare(
    `SELECT key, ${FLOW_COLUMNS.join(', ')}, ${nothing(COST_COLUMNS)} FROM channel_total
     UNION ALL SELECT key, ${nothing(FLOW_COLUMNS)}, ${COST_COLUMNS.join(', ')} FROM cost_total`,
    'money',
  ),
  // UNION: each day once.
  daysWithRows: db.prepare(
    `SELECT day FROM flow_day WHERE day BETWEEN ?1 AND ?2 UNION SELECT day FROM cost_day WHERE day BETWEEN ?1 AND ?2
     UNION SELECT belongs_day FROM late WHERE belongs_day BETWEEN ?1 AND ?2
     UNION SELECT booked_day FROM late WHERE booked_day BETWEEN ?1 AND ?2 ORDER BY 1`,
  ),
  late: db.prepare('SELECT * FROM late WHERE booked_day BETWEEN ? AND ?', 'money'),
  lateOn: db.prepare(`SELECT ${summed(BOOK_COLUMNS)} FROM late WHERE booked_day = ?`, 'money'),
});
