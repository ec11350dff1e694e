/**
 * The newest hours or days of a roll-up table in memory, as columns: windows are summed from them without asking
 * SQLite for the same rows in every cycle. A period is read whole when it is first asked for, and again after
 * something was added to it, so what is here is what is on disk.
 */
import { big, type Database, num, type Row, type Statement } from './database.ts';

/** A month of hours. With 1000 busy channels some 40 MB at the very most; a week of them, the usual case, 10 MB. */
const MAX_PERIODS = 750;

/** One period: row `i` of every column belongs to channel `keys[i]`. */
type Cells = {
  readonly keys: Int32Array;
  readonly money: readonly BigInt64Array[];
  readonly plain: readonly (Int32Array | Float64Array)[];
};

type CellColumns<Money extends string, Plain extends string> = {
  readonly table: 'flow_hour' | 'flow_day';
  readonly period: 'hour' | 'day';
  readonly money: readonly Money[];
  readonly plain: readonly Plain[];
};

export class PeriodCells<Money extends string, Plain extends string> {
  readonly #columns: CellColumns<Money, Plain>;
  readonly #read: Statement;
  readonly #filled: Statement;
  readonly #periods = new Map<number, Cells>();

  constructor(db: Database, columns: CellColumns<Money, Plain>) {
    const { table, period, money, plain } = columns;
    this.#columns = columns;
    this.#read = db.prepare(
      `SELECT key, ${[...money, ...plain].join(', ')} FROM ${table} WHERE ${period} = ? ORDER BY key`,
      'money',
    );
    // Only periods that hold something: a forward dated to another century must not make us walk there. One seek each.
    this.#filled = db.prepare(
      `WITH RECURSIVE filled (period) AS (
         SELECT min(${period}) FROM ${table} WHERE ${period} >= ?1 AND ${period} <= ?2
         UNION ALL
         SELECT (SELECT min(${period}) FROM ${table} WHERE ${period} > filled.period AND ${period} <= ?2)
         FROM filled WHERE filled.period IS NOT NULL)
       SELECT period FROM filled WHERE period IS NOT NULL`,
    );
    db.afterRollback(() => this.forgetAll());
  }

  /** Something was added to these periods. */
  forget(periods: Iterable<number>): void {
    for (const period of periods) this.#periods.delete(period);
  }
  /** Everything before this period may have been pruned. */
  forgetBefore(first: number): void {
    for (const period of this.#periods.keys()) if (period < first) this.#periods.delete(period);
  }
  /** Rows changed hands. */
  forgetAll(): void {
    this.#periods.clear();
  }

  /** Visits the periods from `first` to `last`, both included, oldest first; in each the channels by their key. */
  each(
    first: number,
    last: number,
    visit: (
      key: number,
      money: (column: Money) => bigint,
      plain: (column: Plain) => number,
      period: number,
    ) => void,
  ): void {
    const { money, plain } = this.#columns;
    for (const row of this.#filled.all(first, last)) {
      const period = num(row.period);
      const cells = this.#cells(period);
      let at = 0;
      const amount = (column: Money): bigint => cells.money[money.indexOf(column)]?.[at] ?? 0n;
      const value = (column: Plain): number => cells.plain[plain.indexOf(column)]?.[at] ?? 0;
      for (const key of cells.keys) {
        visit(key, amount, value, period);
        at += 1;
      }
    }
  }

  #cells(period: number): Cells {
    const known = this.#periods.get(period);
    if (known) return known;
    const { money, plain } = this.#columns;
    const rows = this.#read.all(period);
    const column = (name: string) => (row: Row) => row[name];
    const cells = {
      keys: Int32Array.from(rows, (row) => num(row.key)),
      money: money.map((name) => BigInt64Array.from(rows.map(column(name)), big)),
      plain: plain.map((name) => packed(rows.map((row) => num(row[name])))),
    };
    this.#periods.set(period, cells);
    if (this.#periods.size > MAX_PERIODS) this.#periods.delete(Math.min(...this.#periods.keys()));
    return cells;
  }
}

const MOST = 2 ** 31;
/** Nearly all are small whole numbers, which take half the room: there are a hundred thousand for a week. */
const packed = (values: readonly number[]): Int32Array | Float64Array =>
  values.every((value) => Number.isInteger(value) && Math.abs(value) < MOST)
    ? Int32Array.from(values)
    : Float64Array.from(values);

type HourMoney = 'in_msat' | 'out_msat';
type HourPlain = 'in_count' | 'out_count' | 'hold_count' | 'hold_ms' | 'hold_squares';
export type HourCells = PeriodCells<HourMoney, HourPlain>;
export const hourCells = (db: Database): HourCells =>
  new PeriodCells(db, {
    table: 'flow_hour',
    period: 'hour',
    money: ['in_msat', 'out_msat'],
    plain: ['in_count', 'out_count', 'hold_count', 'hold_ms', 'hold_squares'],
  });

export type DayCells = PeriodCells<'out_msat' | 'out_fee', 'out_count'>;
export const dayCells = (db: Database): DayCells =>
  new PeriodCells(db, {
    table: 'flow_day',
    period: 'day',
    money: ['out_msat', 'out_fee'],
    plain: ['out_count'],
  });
