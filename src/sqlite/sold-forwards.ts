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

/** SPEC, words ("routable hour"): the median of the last 100 forwards, the node's when fewer than 10. */
const MEDIAN_OF = 100;
const MEDIAN_AT_LEAST = 10;

type Holds = { count: number; ms: number; squares: number };

export class SoldForwards {
  readonly #keys: ChannelKeys;
  readonly #after: Statement;
  readonly #newest: Statement;
  readonly #lastOut: Statement;
  readonly #lastOfNode: Statement;
  readonly #sellers: Statement;
  readonly #holdHours: Statement;
  readonly #holdRows: Statement;
  /** Medians by out channel; undefined: fewer than 10. What is missing is computed when asked for. */
  readonly #medians = new Map<number, Msat | undefined>();

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#after = db.prepare(
      `SELECT s.sequence, s.in_key, s.out_key, s.out_msat, s.fee_msat, s.at
       FROM settled s CROSS JOIN channel c ON c.key = s.out_key AND c.channel_id IS NOT NULL
       WHERE s.sequence > ? ORDER BY s.sequence LIMIT ?`,
      'money',
    );
    this.#newest = db.prepare('SELECT sequence FROM ingest');
    this.#lastOut = db.prepare(
      `SELECT out_msat FROM settled WHERE out_key = ? ORDER BY at DESC LIMIT ${MEDIAN_OF}`,
      'money',
    );
    this.#lastOfNode = db.prepare(
      `SELECT out_msat FROM settled ORDER BY sequence DESC LIMIT ${MEDIAN_OF}`,
      'money',
    );
    this.#sellers = db.prepare(
      `SELECT c.key FROM channel c CROSS JOIN channel_total t ON t.key = c.key
       WHERE c.channel_id IS NOT NULL AND t.out_count >= ${MEDIAN_AT_LEAST}`,
    );
    this.#holdHours = db.prepare(
      `SELECT c.key, sum(f.hold_count) AS count, sum(f.hold_ms) AS ms, sum(f.hold_squares) AS squares
       FROM channel c CROSS JOIN flow_hour f ON f.key = c.key AND f.hour > ?
       WHERE c.peer_id IS NOT NULL AND f.hold_count > 0 GROUP BY c.key`,
    );
    this.#holdRows = db.prepare(
      `SELECT c.key, count(*) AS count, sum(s.hold_ms) AS ms,
       sum(s.hold_ms / 1000.0 * (s.hold_ms / 1000.0)) AS squares
       FROM channel c CROSS JOIN settled s ON s.out_key = c.key AND s.at >= ? AND s.at < ?
       WHERE c.peer_id IS NOT NULL AND s.hold_ms IS NOT NULL GROUP BY c.key`,
    );
    db.afterRollback(() => this.#medians.clear());
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

  /** A channel sold something, or its rows changed hands: its median is computed anew. */
  forgetMedians(outKeys?: ReadonlySet<number>): void {
    if (!outKeys) this.#medians.clear();
    else for (const key of outKeys) this.#medians.delete(key);
  }
  medianAmounts(): { byChannel: ReadonlyMap<ChannelId, Msat>; node: Msat | undefined } {
    const byChannel = new Map<ChannelId, Msat>();
    for (const row of this.#sellers.all()) {
      const key = num(row.key);
      const channelId = this.#keys.channelOf(key);
      const usual = this.#medianOf(key);
      if (channelId !== undefined && usual !== undefined) byChannel.set(channelId, usual);
    }
    return { byChannel, node: median(this.#lastOfNode.all()) };
  }
  #medianOf(key: number): Msat | undefined {
    if (this.#medians.has(key)) return this.#medians.get(key);
    const rows = this.#lastOut.all(key);
    const usual = rows.length < MEDIAN_AT_LEAST ? undefined : median(rows);
    this.#medians.set(key, usual);
    return usual;
  }

  /** Of forwards settled at or after `since`, by the peer they left to. A statistic, not money: in doubles. */
  holdTimes(since: UnixMs): ReadonlyMap<NodeId, { count: number; mean: number; std: number }> {
    const hour = Math.floor(since / HOUR_MS);
    const sums = new Map<NodeId, Holds>();
    const edge = this.#holdRows.all(since, (hour + 1) * HOUR_MS);
    for (const row of [...this.#holdHours.all(hour), ...edge]) {
      const peerId = this.#keys.peerOf(num(row.key));
      if (peerId === undefined) continue;
      const sum = sums.get(peerId) ?? { count: 0, ms: 0, squares: 0 };
      sum.count += num(row.count);
      sum.ms += num(row.ms);
      sum.squares += num(row.squares);
      sums.set(peerId, sum);
    }
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
function median(rows: readonly Row[]): Msat | undefined {
  const amounts = rows.map((row) => big(row.out_msat)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const middle = amounts[Math.floor((amounts.length - 1) / 2)];
  return middle === undefined ? undefined : msat(middle);
}
