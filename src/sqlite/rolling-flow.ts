/**
 * Flow of rolling windows from the hourly roll-ups: whole hours are sums already made, and only the hours a window's
 * edge cuts through are counted row by row, so the answer is exact and costs O(window) (SPEC 2.3).
 * A moment belongs to the window (from, to]; age = ⌊(now − at) / 24 h⌋.
 */

import type { DayFlow } from '../core/flow/types.ts';
import { type ChannelId, DAY_MS, HOUR_MS, type Msat, msat, type UnixMs } from '../core/units.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { big, type Database, num, type Row, type Statement } from './database.ts';
import type { HourCells } from './period-cells.ts';

const HOURS_A_DAY = DAY_MS / HOUR_MS;

type Sums = { in: bigint; out: bigint; count: number };

export class RollingFlow {
  readonly #keys: ChannelKeys;
  readonly #hours: HourCells;
  readonly #inRows: Statement;
  readonly #outRows: Statement;

  constructor(db: Database, keys: ChannelKeys, hours: HourCells) {
    this.#keys = keys;
    this.#hours = hours;
    // CROSS JOIN: one seek a channel, in this order, whatever the planner would guess.
    const rows = (side: 'in' | 'out') =>
      db.prepare(
        `SELECT c.key, sum(s.${side}_msat) AS amount, count(*) AS count
         FROM channel c CROSS JOIN settled s ON s.${side}_key = c.key AND s.at > ? AND s.at < ?
         WHERE c.channel_id IS NOT NULL GROUP BY c.key`,
        'money',
      );
    this.#inRows = rows('in');
    this.#outRows = rows('out');
  }

  /** Days with any flow per channel, youngest first. */
  dayFlows(now: UnixMs, windowDays: number): ReadonlyMap<ChannelId, readonly DayFlow[]> {
    const flows = new Map<number, Sums[]>();
    const cell = (key: number, age: number): Sums | undefined => {
      if (age < 0 || age >= windowDays) return undefined;
      let days = flows.get(key);
      if (!days) {
        days = Array.from({ length: windowDays }, () => ({ in: 0n, out: 0n, count: 0 }));
        flows.set(key, days);
      }
      return days[age];
    };
    const lastHour = Math.floor(now / HOUR_MS);
    for (let age = 0; age < windowDays; age += 1) {
      const newest = lastHour - age * HOURS_A_DAY;
      this.#hours.each(newest - HOURS_A_DAY + 1, newest, (key, money, plain) => {
        const day = cell(key, age);
        if (!day) return;
        day.in += money('in_msat');
        day.out += money('out_msat');
        day.count += plain('in_count') + plain('out_count');
      });
    }
    // The hour an edge cuts was given to the older day; what lies after the edge belongs to the younger one.
    for (let edge = 0; edge <= windowDays; edge += 1) this.#moveAcross(now, edge, cell);
    return this.#named(flows);
  }

  #moveAcross(
    now: UnixMs,
    edge: number,
    cell: (key: number, age: number) => Sums | undefined,
  ): void {
    const at = now - edge * DAY_MS;
    const hourEnd = (Math.floor(at / HOUR_MS) + 1) * HOUR_MS;
    const shift = (row: Row, age: number, side: 'in' | 'out', sign: 1 | -1): void => {
      const day = cell(num(row.key), age);
      if (!day) return;
      day[side] += BigInt(sign) * big(row.amount);
      day.count += sign * num(row.count);
    };
    for (const side of ['in', 'out'] as const) {
      const statement = side === 'in' ? this.#inRows : this.#outRows;
      for (const row of statement.all(at, hourEnd)) {
        shift(row, edge, side, -1);
        shift(row, edge - 1, side, 1);
      }
    }
  }

  #named(flows: ReadonlyMap<number, readonly Sums[]>): Map<ChannelId, DayFlow[]> {
    const named = new Map<ChannelId, DayFlow[]>();
    for (const [key, days] of flows) {
      const channelId = this.#keys.channelOf(key);
      const flowing = days.flatMap((day, age) =>
        day.count > 0 ? [{ age, in: msat(day.in), out: msat(day.out), count: day.count }] : [],
      );
      if (channelId !== undefined && flowing.length > 0) named.set(channelId, flowing);
    }
    return named;
  }

  /** Settled out at or after `since`, which retention must not have reached yet. */
  outSince(since: UnixMs): ReadonlyMap<ChannelId, Msat> {
    const hour = Math.floor(since / HOUR_MS);
    const sums = new Map<ChannelId, Msat>();
    const add = (key: number, amount: bigint): void => {
      const channelId = this.#keys.channelOf(key);
      if (channelId === undefined) return;
      sums.set(channelId, msat((sums.get(channelId) ?? 0n) + amount));
    };
    this.#hours.each(hour + 1, Number.MAX_SAFE_INTEGER, (key, money) =>
      add(key, money('out_msat')),
    );
    for (const row of this.#outRows.all(since - 1, (hour + 1) * HOUR_MS))
      add(num(row.key), big(row.amount));
    return sums;
  }
}
