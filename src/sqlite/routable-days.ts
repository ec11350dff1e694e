/** Routable hours per channel and UTC day: on disk, and each day in memory once it was asked for. */
import type { ChannelId } from '../core/units.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type Database, num, type Statement } from './database.ts';
import { KEEP_ROUTABLE_DAYS } from './table-retention.ts';

/** Row `i` of both columns belongs together; only days with any routable time. */
type Day = { readonly keys: Int32Array; readonly hours: Float64Array };
type Sum = { hours: number; days: number; firstDay: number };

export class RoutableDays {
  readonly #keys: ChannelKeys;
  readonly #add: Statement;
  readonly #drop: Statement;
  readonly #sums: Statement;
  readonly #day: Statement;
  readonly #before: Statement;
  readonly #days = new Map<number, Day>();

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#add = db.prepare(
      'INSERT INTO routable_day VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET hours = hours + excluded.hours',
    );
    this.#drop = db.prepare(
      `DELETE FROM routable_day WHERE (day, key) IN
       (SELECT day, key FROM routable_day WHERE day < ? ORDER BY day LIMIT 1000)`,
    );
    this.#sums = db.prepare(
      'SELECT key, sum(hours) AS hours FROM routable_day WHERE day > ? AND day <= ? GROUP BY key',
    );
    this.#day = db.prepare('SELECT key, hours FROM routable_day WHERE day = ? AND hours > 0');
    this.#before = db.prepare(
      'SELECT max(day) AS day FROM routable_day WHERE day <= ? AND day > ?',
    );
    db.afterRollback(() => this.#days.clear());
  }

  /** Within a transaction. */
  add(hours: ReadonlyMap<ChannelId, number>, today: number): void {
    for (const [channelId, time] of hours)
      this.#add.run(today, this.#keys.ensureChannel(channelId), time);
    this.#drop.run(today - KEEP_ROUTABLE_DAYS);
    this.#days.delete(today);
    for (const day of this.#days.keys())
      if (day < today - KEEP_ROUTABLE_DAYS) this.#days.delete(day);
  }

  /** Hours over the last `days` days, `today` included. */
  hours(today: number, days: number): ReadonlyMap<ChannelId, number> {
    const hours = new Map<ChannelId, number>();
    for (const row of this.#sums.all(today - days, today)) {
      const channelId = this.#keys.channelOf(num(row.key));
      if (channelId !== undefined) hours.set(channelId, num(row.hours));
    }
    return hours;
  }

  /** Of each channel the latest `want` days with any, none older than `back` days: their hours and the first of them. */
  latest(
    today: number,
    want: number,
    back: number,
  ): ReadonlyMap<ChannelId, { readonly hours: number; readonly firstDay: number }> {
    const sums = new Map<number, Sum>();
    const oldest = today - back;
    for (let day = this.#lastDay(today, oldest); day !== undefined; ) {
      this.#addDay(day, want, sums);
      day = this.#lastDay(day - 1, oldest);
    }
    const found = new Map<ChannelId, { hours: number; firstDay: number }>();
    for (const [key, { hours, firstDay }] of sums) {
      const channelId = this.#keys.channelOf(key);
      if (channelId !== undefined) found.set(channelId, { hours, firstDay });
    }
    return found;
  }

  #addDay(day: number, want: number, sums: Map<number, Sum>): void {
    const { keys, hours } = this.#read(day);
    keys.forEach((key, at) => {
      const sum = sums.get(key) ?? { hours: 0, days: 0, firstDay: day };
      if (sum.days >= want) return;
      sum.hours += hours[at] ?? 0;
      sum.days += 1;
      sum.firstDay = day;
      sums.set(key, sum);
    });
  }
  /** The newest stored day up to `to` and after `after`. */
  #lastDay(to: number, after: number): number | undefined {
    const day = this.#before.get(to, after)?.day;
    return day === null || day === undefined ? undefined : num(day);
  }
  #read(day: number): Day {
    const known = this.#days.get(day);
    if (known) return known;
    const rows = this.#day.all(day);
    const read = {
      keys: Int32Array.from(rows, (row) => num(row.key)),
      hours: Float64Array.from(rows, (row) => num(row.hours)),
    };
    this.#days.set(day, read);
    return read;
  }
}
