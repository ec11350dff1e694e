/**
 * What a batch of settled forwards adds to the roll-ups, summed in memory first: one upsert a channel and hour
 * instead of one a forward. `sign` −1 takes a forward back out (the duplicate found when two names turn out to be
 * one channel).
 */
import { DAY_MS, HOUR_MS, type Msat, msat, type UnixMs, unixMs } from '../core/units.ts';
import { big, type Database, num, numOr, type Row, type Statement } from './database.ts';

export type SettledRow = {
  readonly inKey: number;
  readonly outKey: number;
  readonly in: Msat;
  readonly out: Msat;
  readonly fee: Msat;
  readonly at: UnixMs;
  /** undefined: the resolution time was not given. */
  readonly holdMs: number | undefined;
};

/** A row of the table. */
export const settledRow = (row: Row): SettledRow => ({
  inKey: num(row.in_key),
  outKey: num(row.out_key),
  in: msat(big(row.in_msat)),
  out: msat(big(row.out_msat)),
  fee: msat(big(row.fee_msat)),
  at: unixMs(num(row.at)),
  holdMs: numOr(row.hold_ms),
});

type Sums = {
  inCount: number;
  in: bigint;
  inFee: bigint;
  outCount: number;
  out: bigint;
  outFee: bigint;
};
type HourCell = Sums & {
  readonly key: number;
  readonly hour: number;
  holdCount: number;
  holdMs: number;
  holdSquares: number;
  lastAt: number;
};
type DayCell = Sums & { readonly key: number; readonly day: number; lastAt: number };
type NodeDay = { count: number; in: bigint; out: bigint; fee: bigint };

const HOURS_A_DAY = DAY_MS / HOUR_MS;
/** Hours since 1970 fit 24 bits until the year 3883. */
const HOUR_SPAN = 2 ** 24;
const empty = (): Sums => ({ inCount: 0, in: 0n, inFee: 0n, outCount: 0, out: 0n, outFee: 0n });

function pour(into: Sums, from: Sums): void {
  into.inCount += from.inCount;
  into.in += from.in;
  into.inFee += from.inFee;
  into.outCount += from.outCount;
  into.out += from.out;
  into.outFee += from.outFee;
}

export class ForwardTally {
  readonly cells = new Map<number, HourCell>();
  readonly nodeDays = new Map<number, NodeDay>();
  /** What is too old for rows and hours: days and lifetime only. */
  readonly folded = new Map<number, DayCell>();

  /** A forward from before the retention horizon: no hour of it will ever be asked for (SPEC 2.5). */
  fold({ inKey, outKey, in: came, out, fee, at }: SettledRow): void {
    const day = Math.floor(at / DAY_MS);
    const entered = this.#dayCell(inKey, day, at);
    entered.inCount += 1;
    entered.in += came;
    entered.inFee += fee;
    const left = this.#dayCell(outKey, day, at);
    left.outCount += 1;
    left.out += out;
    left.outFee += fee;
    const ofNode = this.#nodeDay(day);
    ofNode.count += 1;
    ofNode.in += came;
    ofNode.out += out;
    ofNode.fee += fee;
  }

  add(row: SettledRow, sign: 1 | -1): void {
    const times = BigInt(sign);
    const hour = Math.floor(row.at / HOUR_MS);
    const entered = this.#cell(row.inKey, hour);
    entered.inCount += sign;
    entered.in += times * row.in;
    entered.inFee += times * row.fee;
    entered.lastAt = Math.max(entered.lastAt, row.at);
    const left = this.#cell(row.outKey, hour);
    left.outCount += sign;
    left.out += times * row.out;
    left.outFee += times * row.fee;
    left.lastAt = Math.max(left.lastAt, row.at);
    if (row.holdMs !== undefined) {
      const seconds = row.holdMs / 1000;
      left.holdCount += sign;
      left.holdMs += sign * row.holdMs;
      left.holdSquares += sign * seconds * seconds;
    }
    const day = this.#nodeDay(Math.floor(row.at / DAY_MS));
    day.count += sign;
    day.in += times * row.in;
    day.out += times * row.out;
    day.fee += times * row.fee;
  }

  /** Hours since 1970 in which anything happened. */
  hours(): ReadonlySet<number> {
    return new Set(Array.from(this.cells.values(), ({ hour }) => hour));
  }

  /** Days since 1970 that any of it touches. */
  days(): ReadonlySet<number> {
    const ofHours = Array.from(this.cells.values(), ({ hour }) => Math.floor(hour / HOURS_A_DAY));
    return new Set([...ofHours, ...Array.from(this.folded.values(), ({ day }) => day)]);
  }

  #dayCell(key: number, day: number, at: UnixMs): DayCell {
    const place = key * HOUR_SPAN + day;
    const cell = this.folded.get(place) ?? { ...empty(), key, day, lastAt: 0 };
    cell.lastAt = Math.max(cell.lastAt, at);
    this.folded.set(place, cell);
    return cell;
  }
  #cell(key: number, hour: number): HourCell {
    const at = key * HOUR_SPAN + hour;
    let cell = this.cells.get(at);
    if (!cell) {
      cell = { ...empty(), key, hour, holdCount: 0, holdMs: 0, holdSquares: 0, lastAt: 0 };
      this.cells.set(at, cell);
    }
    return cell;
  }
  #nodeDay(day: number): NodeDay {
    let sums = this.nodeDays.get(day);
    if (!sums) {
      sums = { count: 0, in: 0n, out: 0n, fee: 0n };
      this.nodeDays.set(day, sums);
    }
    return sums;
  }
}

/** `a = a + excluded.a, …` */
export const adding = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ');
const SUMS = ['in_count', 'in_msat', 'in_fee', 'out_count', 'out_msat', 'out_fee'];
const HOLDS = ['hold_count', 'hold_ms', 'hold_squares'];
export const ADD_SUMS = adding(SUMS);
export const ADD_HOUR = adding([...SUMS, ...HOLDS]);

/** Hourly, daily and lifetime sums per channel and side, and the node's days (SPEC 2.5). */
export class RollUps {
  readonly #hour: Statement;
  readonly #day: Statement;
  readonly #total: Statement;
  readonly #node: Statement;

  constructor(db: Database) {
    this.#hour = db.prepare(
      `INSERT INTO flow_hour VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET ${ADD_HOUR}`,
    );
    this.#day = db.prepare(
      `INSERT INTO flow_day VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${ADD_SUMS}`,
    );
    this.#total = db.prepare(
      `INSERT INTO channel_total VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET ${ADD_SUMS}, last_at = max(last_at, excluded.last_at)`,
    );
    this.#node = db.prepare(
      `INSERT INTO node_day VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET ${adding(['count', 'in_msat', 'out_msat', 'fee_msat'])}`,
    );
  }

  /** Within the transaction that stores the rows. */
  add(tally: ForwardTally): void {
    const days = new Map<number, Sums & { key: number; day: number }>();
    const totals = new Map<number, Sums & { lastAt: number }>();
    const sumUp = (cell: Sums & { lastAt: number }, key: number, day: number): void => {
      const ofDay = days.get(key * HOUR_SPAN + day) ?? { ...empty(), key, day };
      pour(ofDay, cell);
      days.set(key * HOUR_SPAN + day, ofDay);
      const total = totals.get(key) ?? { ...empty(), lastAt: 0 };
      pour(total, cell);
      total.lastAt = Math.max(total.lastAt, cell.lastAt);
      totals.set(key, total);
    };
    for (const cell of tally.cells.values()) {
      const { key, hour, holdCount, holdMs, holdSquares } = cell;
      this.#hour.run(hour, key, ...amounts(cell), holdCount, holdMs, holdSquares);
      sumUp(cell, key, Math.floor(hour / HOURS_A_DAY));
    }
    for (const cell of tally.folded.values()) sumUp(cell, cell.key, cell.day);
    for (const sums of days.values()) this.#day.run(sums.day, sums.key, ...amounts(sums));
    for (const [key, sums] of totals) this.#total.run(key, ...amounts(sums), sums.lastAt);
    for (const [day, sums] of tally.nodeDays)
      this.#node.run(day, sums.count, sums.in, sums.out, sums.fee);
  }
}

/** All roll-ups go: what they summed will be summed again. Within a transaction. */
export function wipeRollUps(db: Database): void {
  for (const table of ['flow_hour', 'flow_day', 'channel_total', 'node_day'])
    db.exec(`DELETE FROM ${table}`);
}

const amounts = (sums: Sums) =>
  [sums.inCount, sums.in, sums.inFee, sums.outCount, sums.out, sums.outFee] as const;
