/**
 * Halves of circular payments as the node records them: a hash that left by one channel and came in by another,
 * tagged `invoice` (SPEC 6.1). Pages may split a pair and parts may come late, so a hash is summed over all that was
 * ever stored of it. Writes are within the caller's transaction.
 */
import { type Msat, msat, type UnixMs, unixMs } from '../core/units.ts';
import type { ChannelMove } from '../ports/payments.ts';
import type { CircularPayment } from '../ports/spending.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { big, type Database, num, type Row, type Statement } from './database.ts';
import { channelAt } from './money-columns.ts';

/** What is known of one payment hash. */
export type Circle = Omit<CircularPayment, 'jobId'> & {
  /** The node's time: when it began, as far as known; `at` is when its last part ended. */
  readonly since: UnixMs;
  /** Newest index of its records. */
  readonly index: number;
};

type Told = { readonly told: ReadonlySet<string>; readonly news: ReadonlySet<string> };
type Half = { readonly key: number; readonly amount: bigint };

export class InvoiceMoves {
  readonly #keys: ChannelKeys;
  readonly #add: Statement;
  readonly #ofHash: Statement;
  readonly #drop: Statement;

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#add = db.prepare('INSERT OR IGNORE INTO invoice_move VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#ofHash = db.prepare('SELECT * FROM invoice_move WHERE payment_hash = ?', 'money');
    this.#drop = db.prepare(
      `DELETE FROM invoice_move WHERE (payment_hash, created_index) IN
       (SELECT payment_hash, created_index FROM invoice_move WHERE stored_ledger < ? LIMIT ?)`,
    );
  }

  /** The hashes that were told of, and those of which something new is known. */
  add(rows: readonly ChannelMove[], ledger: UnixMs): Told {
    const told = new Set<string>();
    const news = new Set<string>();
    for (const { tag, paymentHash, channelId, index, credit, debit, fees, at } of rows) {
      if (tag !== 'invoice' || paymentHash === undefined || channelId === undefined) continue;
      const key = this.#keys.ensureChannel(channelId);
      told.add(paymentHash);
      if (this.#add.run(paymentHash, index, key, credit, debit, fees, at, ledger) > 0)
        news.add(paymentHash);
    }
    return { told, news };
  }

  /**
   * undefined: only one side of it is known, or both on the same channel: no rebalance. `fees`: what the node recorded
   * as such.
   */
  circle(paymentHash: string): (Circle & { readonly fees: Msat }) | undefined {
    const rows = this.#ofHash.all(paymentHash);
    const debits = sums(rows, 'debit_msat');
    const out = largest(debits);
    const credits = sums(rows, 'credit_msat').filter(({ key }) => key !== out?.key);
    const back = largest(credits);
    if (!out || !back) return undefined;
    const sent = total(rows, 'debit_msat');
    const received = total(rows, 'credit_msat');
    const fees = msat(total(rows, 'fees_msat'));
    return {
      paymentHash,
      out: channelAt(this.#keys, out.key),
      in: channelAt(this.#keys, back.key),
      sent: msat(sent),
      received: msat(received),
      fees,
      cost: costOf(fees, sent - received),
      since: unixMs(Math.min(...rows.map(({ at }) => num(at)))),
      at: unixMs(Math.max(...rows.map(({ at }) => num(at)))),
      index: Math.max(...rows.map((row) => num(row.created_index))),
    };
  }

  /** Stored before `ledger`; at most `limit`. Rows dropped. */
  drop(ledger: number, limit: number): number {
    return this.#drop.run(ledger, limit);
  }
}

/** Never below 0: the larger of the fees recorded and what is missing. */
const costOf = (fees: bigint, missing: bigint): Msat => {
  const most = fees > missing ? fees : missing;
  return msat(most > 0n ? most : 0n);
};

type Column = 'debit_msat' | 'credit_msat' | 'fees_msat';
const total = (rows: readonly Row[], column: Column): bigint =>
  rows.reduce((sum, row) => sum + big(row[column]), 0n);

/** By channel, only those with anything. */
function sums(rows: readonly Row[], column: Column): readonly Half[] {
  const byKey = new Map<number, bigint>();
  for (const row of rows) {
    const amount = big(row[column]);
    if (amount > 0n) byKey.set(num(row.key), (byKey.get(num(row.key)) ?? 0n) + amount);
  }
  return [...byKey].map(([key, amount]) => ({ key, amount }));
}
const largest = (halves: readonly Half[]): Half | undefined =>
  halves.reduce<Half | undefined>(
    (best, one) => (best === undefined || one.amount > best.amount ? one : best),
    undefined,
  );
