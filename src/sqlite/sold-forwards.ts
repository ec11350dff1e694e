/** Single settled forwards and what is read from them: the learner's evidence, usual amounts, hold times. */
import {
  type ChannelId,
  HOUR_MS,
  type Msat,
  msat,
  type NodeId,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { SoldForward } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { big, type Database, num, type Row, type Statement } from './database.ts';
import type { SettledRow } from './forward-tally.ts';
import type { HourCells } from './period-cells.ts';

/** SPEC, words ("routable hour"): the median of the last 100 forwards, the node's when fewer than 10. */
const MEDIAN_OF = 100;
const MEDIAN_AT_LEAST = 10;

/**
 * A channel's last forwards, the newest first: entry `i` of both belongs together. Two lists of plain numbers take a
 * quarter of the room that an object each would, and there are a hundred for every channel. msat: one amount is far
 * below 2^53 (forward-ingest.ts), so a plain number holds it exactly.
 */
type LastSold = { readonly at: number[]; readonly out: number[] };
type Holds = { count: number; ms: number; squares: number };

export class SoldForwards {
  readonly #keys: ChannelKeys;
  readonly #after: Statement;
  readonly #newest: Statement;
  readonly #lastOut: Statement;
  readonly #lastOfNode: Statement;
  readonly #sellers: Statement;
  readonly #hours: HourCells;
  readonly #holdRows: Statement;
  /** By out channel, read when first asked for: its last forwards, … */
  readonly #last = new Map<number, LastSold>();
  /** … and their median; undefined: fewer than 10. */
  readonly #medians = new Map<number, Msat | undefined>();

  constructor(db: Database, keys: ChannelKeys, hours: HourCells) {
    this.#keys = keys;
    this.#hours = hours;
    this.#after = db.prepare(
      `SELECT s.sequence, s.in_key, s.out_key, s.out_msat, s.fee_msat, s.at
       FROM settled s CROSS JOIN channel c ON c.key = s.out_key AND c.channel_id IS NOT NULL
       WHERE s.sequence > ? ORDER BY s.sequence LIMIT ?`,
      'money',
    );
    this.#newest = db.prepare('SELECT sequence FROM ingest');
    this.#lastOut = db.prepare(
      `SELECT out_msat, at FROM settled WHERE out_key = ? ORDER BY at DESC LIMIT ${MEDIAN_OF}`,
    );
    this.#lastOfNode = db.prepare(
      `SELECT out_msat FROM settled ORDER BY sequence DESC LIMIT ${MEDIAN_OF}`,
    );
    this.#sellers = db.prepare(
      `SELECT c.key FROM channel c CROSS JOIN channel_total t ON t.key = c.key
       WHERE c.channel_id IS NOT NULL AND t.out_count >= ${MEDIAN_AT_LEAST}`,
    );
    this.#holdRows = db.prepare(
      `SELECT c.key, count(*) AS count, sum(s.hold_ms) AS ms,
       sum(s.hold_ms / 1000.0 * (s.hold_ms / 1000.0)) AS squares
       FROM channel c CROSS JOIN settled s ON s.out_key = c.key AND s.at >= ? AND s.at < ?
       WHERE s.hold_ms IS NOT NULL GROUP BY c.key`,
    );
    db.afterRollback(() => this.forget());
  }

  soldAfter(after: number, limit: number): { rows: readonly SoldForward[]; last: number } {
    const found = this.#after.all(after, limit);
    const rows = found.flatMap((row) => this.#sold(row));
    const end = found.length < limit ? this.newestSequence() : num(found.at(-1)?.sequence);
    return { rows, last: Math.max(after, end) };
  }
  newestSequence(): number {
    return num(this.#newest.get()?.sequence);
  }
  #sold(row: Row): SoldForward[] {
    const outChannelId = this.#keys.channelOf(num(row.out_key));
    if (outChannelId === undefined) return [];
    const inKey = num(row.in_key);
    return [
      {
        outChannelId,
        inChannelId: this.#keys.channelOf(inKey),
        inPeerId: this.#keys.peerOf(inKey),
        amount: msat(big(row.out_msat)),
        fee: msat(big(row.fee_msat)),
        resolvedAt: unixMs(num(row.at)),
      },
    ];
  }

  /** Rows changed hands: everything is read anew. */
  forget(): void {
    this.#last.clear();
    this.#medians.clear();
  }
  /** What a commit added, in its order. */
  noteSold(rows: readonly SettledRow[]): void {
    for (const { outKey, out, at } of rows) {
      const last = this.#last.get(outKey);
      if (!last) continue;
      // Of two at the same moment the one stored later counts as the newer, as it does on disk.
      const found = last.at.findIndex((other) => other <= at);
      const place = found < 0 ? last.at.length : found;
      last.at.splice(place, 0, at);
      last.out.splice(place, 0, Number(out));
      last.at.length = Math.min(last.at.length, MEDIAN_OF);
      last.out.length = last.at.length;
      this.#medians.delete(outKey);
    }
  }
  medianAmounts(): { byChannel: ReadonlyMap<ChannelId, Msat>; node: Msat | undefined } {
    const byChannel = new Map<ChannelId, Msat>();
    for (const row of this.#sellers.all()) {
      const key = num(row.key);
      const channelId = this.#keys.channelOf(key);
      const usual = this.#medianOf(key);
      if (channelId !== undefined && usual !== undefined) byChannel.set(channelId, usual);
    }
    return { byChannel, node: median(this.#lastOfNode.all().map((row) => num(row.out_msat))) };
  }
  #medianOf(key: number): Msat | undefined {
    if (this.#medians.has(key)) return this.#medians.get(key);
    const { out } = this.#lastOf(key);
    const usual = out.length >= MEDIAN_AT_LEAST ? median(out) : undefined;
    this.#medians.set(key, usual);
    return usual;
  }

  #lastOf(key: number): LastSold {
    const known = this.#last.get(key);
    if (known) return known;
    const rows = this.#lastOut.all(key);
    const sold = { at: rows.map((row) => num(row.at)), out: rows.map((row) => num(row.out_msat)) };
    this.#last.set(key, sold);
    return sold;
  }

  /** Of forwards settled at or after `since`, by the peer they left to. A statistic, not money: in doubles. */
  holdTimes(since: UnixMs): ReadonlyMap<NodeId, { count: number; mean: number; std: number }> {
    const hour = Math.floor(since / HOUR_MS);
    const sums = new Map<NodeId, Holds>();
    const add = (key: number, count: number, ms: number, squares: number): void => {
      const peerId = this.#keys.peerOf(key);
      if (peerId === undefined || count === 0) return;
      const sum = sums.get(peerId) ?? { count: 0, ms: 0, squares: 0 };
      sum.count += count;
      sum.ms += ms;
      sum.squares += squares;
      sums.set(peerId, sum);
    };
    this.#hours.each(hour + 1, Number.MAX_SAFE_INTEGER, (key, _, plain) =>
      add(key, plain('hold_count'), plain('hold_ms'), plain('hold_squares')),
    );
    for (const row of this.#holdRows.all(since, (hour + 1) * HOUR_MS))
      add(num(row.key), num(row.count), num(row.ms), num(row.squares));
    return new Map([...sums].map(([peerId, sum]) => [peerId, spread(sum)]));
  }
}

/** Seconds. */
function spread({ count, ms, squares }: Holds): { count: number; mean: number; std: number } {
  const mean = ms / 1000 / count;
  const variance = count > 1 ? Math.max(0, (squares - count * mean * mean) / (count - 1)) : 0;
  return { count, mean, std: Math.sqrt(variance) };
}

/** The lower of both middles when the number is even: an amount that was really forwarded, or less. */
function median(outs: readonly number[]): Msat | undefined {
  const amounts = Float64Array.from(outs).sort();
  const middle = amounts[Math.floor((amounts.length - 1) / 2)];
  return middle === undefined ? undefined : msat(BigInt(middle));
}
