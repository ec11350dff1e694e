/**
 * Failed attempts: counted per hour, channel, side and reason, never stored as rows (SPEC 2.5: 99.7 % of HTLCs
 * fail); and missed revenue per pair of names and day (SPEC 2.9). Summed in memory per page, then written.
 */
import { DAY_MS, HOUR_MS, type Msat, msat, type UnixMs } from '../core/units.ts';
import type { Forward } from '../ports/node.ts';
import type { MissedRow } from '../ports/store.ts';
import { type ChannelKeys, NOWHERE } from './channel-keys.ts';
import { big, type Database, num, type Statement, text } from './database.ts';

import { KEEP_MISSED_DAYS } from './table-retention.ts';

/** The out channel was asked for but never was one of ours, as far as we know. */
const UNKNOWN_NEXT = 'WIRE_UNKNOWN_NEXT_PEER';
/** SPEC 3.8: a payer who did not know our new price yet. */
const PAID_TOO_LITTLE = 'WIRE_FEE_INSUFFICIENT';
/** SPEC 2.9: our own lack of liquidity. */
const NO_LIQUIDITY = 'WIRE_TEMPORARY_CHANNEL_FAILURE';
/** lightningd's reasons are a closed list of BOLT 4 names; anything longer is cut. */
const MAX_REASON = 64;

/** Stands for every hour before the retention horizon. */
const LONG_AGO = -1;

type Attempt = Forward & { readonly status: 'failed' | 'local_failed' };
type Counted = {
  hour: number;
  key: number;
  side: 'in' | 'out';
  status: string;
  reason: string;
  count: number;
};
type Miss = { day: number; in: string; out: string; count: number; amount: bigint };

export class FailureTally {
  readonly counted = new Map<string, Counted>();
  readonly missed = new Map<string, Miss>();
  readonly #keys: ChannelKeys;
  readonly #foldBefore: number;
  readonly #missedFrom: number;

  /**
   * What happened before `foldBefore` (retention horizon, Unix ms) goes straight into the lifetime counts; missed
   * revenue is kept for a year back from `now`.
   */
  constructor(keys: ChannelKeys, foldBefore: UnixMs | undefined, now: UnixMs) {
    this.#keys = keys;
    this.#foldBefore = Math.floor((foldBefore ?? 0) / HOUR_MS);
    this.#missedFrom = Math.floor(now / DAY_MS) - KEEP_MISSED_DAYS;
  }

  /** Returns the key of the channel it came in by. Within the transaction of the page. */
  add(attempt: Attempt, at: UnixMs): number {
    const inKey = this.#keys.nameOfFailure(attempt.inChannel);
    const reason = (attempt.failReason ?? '').slice(0, MAX_REASON);
    const happened = Math.floor(at / HOUR_MS);
    const hour = happened < this.#foldBefore ? LONG_AGO : happened;
    this.#count({ hour, key: inKey, side: 'in', status: attempt.status, reason, count: 1 });
    if (attempt.outChannel !== undefined) {
      const key = this.#outKey(attempt.outChannel, reason);
      this.#count({ hour, key, side: 'out', status: attempt.status, reason, count: 1 });
    }
    if (attempt.status === 'local_failed' && reason === NO_LIQUIDITY) this.#miss(attempt, at);
    return inKey;
  }

  /** Anyone may ask for any name: one that is unknown to us and to the node gets no key of its own. */
  #outKey(name: string, reason: string): number {
    if (reason === UNKNOWN_NEXT) return this.#keys.keyOfName(name) ?? NOWHERE;
    return this.#keys.nameOfFailure(name);
  }
  #count(one: Counted): void {
    const id = `${one.hour} ${one.key} ${one.side} ${one.status} ${one.reason}`;
    const known = this.counted.get(id);
    if (known) known.count += 1;
    else this.counted.set(id, one);
  }
  #miss({ inChannel, outChannel, inMsat }: Attempt, at: UnixMs): void {
    if (outChannel === undefined || inMsat === undefined) return;
    const day = Math.floor(at / DAY_MS);
    if (day < this.#missedFrom) return;
    const id = `${day} ${inChannel} ${outChannel}`;
    const known = this.missed.get(id) ?? {
      day,
      in: inChannel,
      out: outChannel,
      count: 0,
      amount: 0n,
    };
    known.count += 1;
    known.amount += inMsat;
    this.missed.set(id, known);
  }
}

export class FailureCounts {
  readonly #hour: Statement;
  readonly #missed: Statement;
  readonly #newest: Statement;
  readonly #missedOut: Statement;
  readonly #reason: Statement;
  readonly #old: Statement;
  readonly #fold: Statement;
  readonly #drop: Statement;
  readonly #dropMissed: Statement;
  readonly #wipe: readonly Statement[];

  constructor(db: Database) {
    this.#hour = db.prepare(
      `INSERT INTO failure_hour VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#missed = db.prepare(
      `INSERT INTO missed VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, msat = msat + excluded.msat`,
    );
    this.#newest = db.prepare(
      'SELECT * FROM missed WHERE day >= ? ORDER BY day DESC, msat DESC, in_name, out_name LIMIT ?',
      'money',
    );
    this.#missedOut = db.prepare(
      `SELECT out_name, sum(msat) AS amount FROM missed WHERE day > ? AND day <= ? GROUP BY out_name`,
      'money',
    );
    this.#reason = db.prepare(
      `SELECT COALESCE(SUM(count), 0) AS count FROM failure_hour
       WHERE hour = ? AND key = ? AND side = 'out' AND reason = ?`,
    );
    this.#old = db.prepare('SELECT * FROM failure_hour WHERE hour < ? ORDER BY hour LIMIT ?');
    this.#fold = db.prepare(
      `INSERT INTO failure_total VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count`,
    );
    this.#drop = db.prepare(
      'DELETE FROM failure_hour WHERE hour = ? AND key = ? AND side = ? AND status = ? AND reason = ?',
    );
    this.#dropMissed = db.prepare(
      `DELETE FROM missed WHERE (day, in_name, out_name) IN
       (SELECT day, in_name, out_name FROM missed WHERE day < ? ORDER BY day LIMIT ?)`,
    );
    this.#wipe = [
      'DELETE FROM failure_hour',
      'DELETE FROM failure_total',
      'DELETE FROM missed',
    ].map((sql) => db.prepare(sql));
  }

  /** Within the transaction that moves the cursor. */
  add(tally: FailureTally): void {
    for (const { hour, key, side, status, reason, count } of tally.counted.values())
      if (hour === LONG_AGO) this.#fold.run(key, side, status, reason, count);
      else this.#hour.run(hour, key, side, status, reason, count);
    for (const one of tally.missed.values())
      this.#missed.run(one.day, one.in, one.out, one.count, one.amount);
  }

  missed(sinceDay: number, limit: number): readonly MissedRow[] {
    return this.#newest.all(sinceDay, limit).map((row) => ({
      day: num(row.day),
      inChannel: text(row.in_name),
      outChannel: text(row.out_name),
      count: num(row.count),
      amount: msat(big(row.msat)),
    }));
  }

  /** By the name asked for, over the last `days` UTC days, the one of `now` included. */
  missedOut(
    now: UnixMs,
    days: number,
  ): readonly { readonly name: string; readonly amount: Msat }[] {
    const today = Math.floor(now / DAY_MS);
    return this.#missedOut
      .all(today - days, today)
      .map((row) => ({ name: text(row.out_name), amount: msat(big(row.amount)) }));
  }

  /** By the hour, as they are counted. */
  feeInsufficient(key: number, from: UnixMs, to: UnixMs): number {
    const [first, last] = [Math.floor(from / HOUR_MS), Math.floor(to / HOUR_MS)];
    let count = 0;
    for (let hour = first; hour <= last; hour += 1)
      count += num(this.#reason.get(hour, key, PAID_TOO_LITTLE)?.count);
    return count;
  }

  /** Hours before `hour` become lifetime counts; at most `limit` rows, within a transaction. Rows handled. */
  fold(hour: number, limit: number): number {
    const rows = this.#old.all(hour, limit);
    for (const row of rows) {
      const [key, side, status] = [num(row.key), text(row.side), text(row.status)];
      const reason = text(row.reason);
      this.#fold.run(key, side, status, reason, num(row.count));
      this.#drop.run(num(row.hour), key, side, status, reason);
    }
    return rows.length;
  }
  dropMissed(beforeDay: number, limit: number): number {
    return this.#dropMissed.run(beforeDay, limit);
  }
  /** A hydration that never ended begins anew: everything counted so far will be read again. */
  wipe(): void {
    for (const statement of this.#wipe) statement.run();
  }
}
