/** Circular payments, one row a payment hash. Writes are within the caller's transaction. */

import type { Spend } from '../core/spending/types.ts';
import { SPEND_KINDS } from '../core/spending/types.ts';
import { msat, type UnixMs, unixMs } from '../core/units.ts';
import type { CircularPayment } from '../ports/spending.ts';
import type { ChannelKeys } from './channel-keys.ts';
import {
  big,
  type Database,
  nullable,
  num,
  numOr,
  type Row,
  type Statement,
  text,
} from './database.ts';
import { channelAtOr, word } from './money-columns.ts';

/** A payment and how the caps see it. */
export type Booked = CircularPayment & {
  readonly bookedAt: UnixMs;
  /** It is a spend under the caps. */
  readonly counts: boolean;
};

export class CircularPayments {
  readonly #keys: ChannelKeys;
  readonly #one: Statement;
  readonly #put: Statement;
  readonly #newest: Statement;
  readonly #ofJob: Statement;
  readonly #spends: Statement;
  readonly #corrections: Statement;
  readonly #drop: Statement;

  constructor(db: Database, keys: ChannelKeys) {
    this.#keys = keys;
    this.#one = db.prepare('SELECT * FROM circular_payment WHERE payment_hash = ?', 'money');
    this.#put = db.prepare(
      `INSERT INTO circular_payment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET out_key = excluded.out_key, in_key = excluded.in_key,
         sent_msat = excluded.sent_msat, received_msat = excluded.received_msat, cost_msat = excluded.cost_msat,
         at = excluded.at, booked_ledger = excluded.booked_ledger, job_id = excluded.job_id, counts = excluded.counts`,
    );
    this.#newest = db.prepare(
      'SELECT * FROM circular_payment WHERE at >= ? ORDER BY at DESC, rowid DESC LIMIT ?',
      'money',
    );
    this.#ofJob = db.prepare(
      'SELECT * FROM circular_payment WHERE job_id = ? AND at >= ? ORDER BY at DESC, rowid DESC LIMIT ?',
      'money',
    );
    this.#spends = db.prepare(
      `SELECT j.kind, coalesce(j.subject, p.in_key, p.out_key) AS key, p.cost_msat AS amount, p.booked_ledger AS at
       FROM circular_payment p LEFT JOIN rebalance_job j ON j.id = p.job_id
       WHERE p.counts = 1 AND p.booked_ledger > ? AND p.cost_msat > 0`,
      'money',
    );
    this.#corrections = db.prepare(
      `SELECT kind, subject AS key, hand_msat - spent_msat AS amount, hand_ledger AS at
       FROM rebalance_job WHERE hand_msat IS NOT NULL AND hand_msat > spent_msat AND hand_ledger > ?`,
      'money',
    );
    this.#drop = db.prepare(
      `DELETE FROM circular_payment WHERE rowid IN
       (SELECT p.rowid FROM circular_payment p LEFT JOIN rebalance_job j ON j.id = p.job_id
        WHERE p.at < ? AND p.booked_ledger < ? AND coalesce(j.state, 'settled') = 'settled'
        ORDER BY p.at LIMIT ?)`,
    );
  }

  one(paymentHash: string): Booked | undefined {
    const row = this.#one.get(paymentHash);
    return row && this.#booked(row);
  }
  put(payment: Booked): void {
    const key = (channelId: CircularPayment['out']): number | null =>
      channelId === undefined ? null : this.#keys.ensureChannel(channelId);
    this.#put.run(
      payment.paymentHash,
      key(payment.out),
      key(payment.in),
      ...([payment.sent, payment.received, payment.cost] as const),
      payment.at,
      payment.bookedAt,
      nullable(payment.jobId),
      Number(payment.counts),
    );
  }
  /** Newest first, without a job's id: of all. */
  newest(jobId: number | undefined, since: UnixMs, limit: number): readonly CircularPayment[] {
    const rows =
      jobId === undefined ? this.#newest.all(since, limit) : this.#ofJob.all(jobId, since, limit);
    return rows.map((row) => {
      const { bookedAt: _at, counts: _counts, ...payment } = this.#booked(row);
      return payment;
    });
  }

  /** Everything that counts under the caps and was booked after `since` (ledger), what operators said included. */
  spends(since: number): readonly Spend[] {
    return [...this.#spends.all(since), ...this.#corrections.all(since)].map((row) => ({
      destination: channelAtOr(this.#keys, row.key),
      // Nobody of ours ordered it as far as we remember: it counts like any other.
      kind: row.kind === null ? 'normal' : word(SPEND_KINDS, row.kind, 'a job'),
      amount: msat(big(row.amount)),
      at: unixMs(num(row.at)),
    }));
  }

  /** Of settled jobs or of nobody, older than both; at most `limit`. Rows dropped. */
  drop(wall: number, ledger: number, limit: number): number {
    return this.#drop.run(wall, ledger, limit);
  }

  #booked(row: Row): Booked {
    return {
      paymentHash: text(row.payment_hash),
      out: channelAtOr(this.#keys, row.out_key),
      in: channelAtOr(this.#keys, row.in_key),
      sent: msat(big(row.sent_msat)),
      received: msat(big(row.received_msat)),
      cost: msat(big(row.cost_msat)),
      at: unixMs(num(row.at)),
      jobId: numOr(row.job_id),
      bookedAt: unixMs(num(row.booked_ledger)),
      counts: num(row.counts) !== 0,
    };
  }
}
