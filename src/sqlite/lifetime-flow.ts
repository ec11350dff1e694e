/** Sums over whole UTC days and whole lives: exact for ever, whatever retention took (SPEC 2.5). */
import { type ChannelId, DAY_MS, type Msat, msat, type UnixMs, unixMs } from '../core/units.ts';
import type { ChannelTotals, NodeTotals } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { big, type Database, num, type Statement } from './database.ts';
import type { DayCells } from './period-cells.ts';

export class LifetimeFlow {
  readonly #keys: ChannelKeys;
  readonly #node: Statement;
  readonly #channels: Statement;
  readonly #last: Statement;
  readonly #volume: Statement;
  readonly #days: DayCells;
  readonly #nameless: Statement;

  constructor(db: Database, keys: ChannelKeys, days: DayCells) {
    this.#keys = keys;
    this.#days = days;
    // Exit side for the fees: each forward counts once.
    this.#node = db.prepare(
      `SELECT coalesce(sum(out_count), 0) AS forwards, coalesce(sum(in_msat), 0) AS entered,
       coalesce(sum(out_msat), 0) AS went, coalesce(sum(out_fee), 0) AS fees FROM channel_total`,
      'money',
    );
    this.#channels = db.prepare('SELECT * FROM channel_total', 'money');
    this.#last = db.prepare(
      'SELECT key, last_at FROM channel_total WHERE in_count > 0 OR out_count > 0',
    );
    this.#volume = db.prepare(
      'SELECT coalesce(sum(out_msat), 0) AS amount FROM node_day WHERE day > ? AND day <= ?',
      'money',
    );
    this.#nameless = db.prepare(
      `SELECT coalesce(sum(t.in_count + t.out_count), 0) AS count
       FROM channel c JOIN channel_total t ON t.key = c.key WHERE c.channel_id IS NULL`,
    );
  }

  nodeTotals(): NodeTotals {
    const row = this.#node.get() ?? {};
    return {
      forwards: num(row.forwards),
      in: msat(big(row.entered)),
      out: msat(big(row.went)),
      fees: msat(big(row.fees)),
    };
  }

  channelTotals(): ReadonlyMap<ChannelId, ChannelTotals> {
    const totals = new Map<ChannelId, ChannelTotals>();
    for (const row of this.#channels.all()) {
      const channelId = this.#keys.channelOf(num(row.key));
      if (channelId === undefined) continue;
      totals.set(channelId, {
        inCount: num(row.in_count),
        in: msat(big(row.in_msat)),
        outCount: num(row.out_count),
        out: msat(big(row.out_msat)),
        fees: msat(big(row.out_fee)),
        assistedFees: msat(big(row.in_fee)),
      });
    }
    return totals;
  }

  lastSettled(): ReadonlyMap<ChannelId, UnixMs> {
    const last = new Map<ChannelId, UnixMs>();
    for (const row of this.#last.all()) {
      const channelId = this.#keys.channelOf(num(row.key));
      if (channelId !== undefined) last.set(channelId, unixMs(num(row.last_at)));
    }
    return last;
  }

  /** The last `days` UTC days, the one of `now` included. */
  outVolume(now: UnixMs, days: number): Msat {
    const today = Math.floor(now / DAY_MS);
    return msat(big(this.#volume.get(today - days, today)?.amount));
  }

  /** The last `days` UTC days, the one of `now` included. */
  revenue(now: UnixMs, days: number): ReadonlyMap<ChannelId, { out: Msat; fees: Msat }> {
    const today = Math.floor(now / DAY_MS);
    const revenue = new Map<ChannelId, { out: Msat; fees: Msat }>();
    this.#days.each(today - days + 1, today, (key, money) => {
      const channelId = this.#keys.channelOf(key);
      if (channelId === undefined) return;
      const sum = revenue.get(channelId);
      revenue.set(channelId, {
        out: msat((sum?.out ?? 0n) + money('out_msat')),
        fees: msat((sum?.fees ?? 0n) + money('out_fee')),
      });
    });
    return revenue;
  }

  /** Of each channel asked for, from the start of its own UTC day on. */
  soldSince(
    firstDays: ReadonlyMap<ChannelId, number>,
  ): ReadonlyMap<ChannelId, { out: Msat; count: number }> {
    const sold = new Map<ChannelId, { out: Msat; count: number }>();
    const first = firstOf(firstDays.values());
    if (first === undefined) return sold;
    this.#days.each(first, Number.MAX_SAFE_INTEGER, (key, money, plain, day) => {
      const channelId = this.#keys.channelOf(key);
      const since = channelId === undefined ? undefined : firstDays.get(channelId);
      const count = plain('out_count');
      if (channelId === undefined || since === undefined || day < since || count === 0) return;
      const sum = sold.get(channelId);
      const out = msat((sum?.out ?? 0n) + money('out_msat'));
      sold.set(channelId, { out, count: (sum?.count ?? 0) + count });
    });
    return sold;
  }

  /** Sides of settled forwards under names no channel is known for. */
  unresolved(): number {
    return num(this.#nameless.get()?.count);
  }
}

/** The least of them; undefined: none. Not by spreading: there may be very many. */
function firstOf(days: Iterable<number>): number | undefined {
  let first: number | undefined;
  for (const day of days) if (first === undefined || day < first) first = day;
  return first;
}
