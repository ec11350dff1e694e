/**
 * Our own payments to ourselves as `listsendpays` tells them, for nodes without channel moves (SPEC 4.7). Rows are
 * final or pending; a pending one keeps the cursor before it, so it is read again. Writes are within the caller's
 * transaction.
 */
import { msat, type NodeId, type UnixMs, unixMs } from '../core/units.ts';
import type { SendPay } from '../ports/payments.ts';
import { big, type Database, nullable, num, numOr, type Row, type Statement } from './database.ts';
import type { Circle } from './invoice-moves.ts';

/** A payment to ourselves; whose it is and where it went is for the caller. */
export type OwnPayment = Circle & {
  /** Somebody wrote a label on it; our backend writes none. */
  readonly labelled: boolean;
  /** What should arrive was recorded of every part. */
  readonly complete: boolean;
};

/** Its circular payments are its own business, and are told apart by this label. */
const CLBOSS = 'CLBOSS';

export class SendParts {
  readonly #put: Statement;
  readonly #ofHash: Statement;
  readonly #pending: Statement;
  readonly #remove: Statement;
  readonly #drop: Statement;

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO send_part VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET final = excluded.final, amount_msat = excluded.amount_msat,
         sent_msat = excluded.sent_msat, at = excluded.at WHERE final = 0`,
    );
    this.#ofHash = db.prepare(
      'SELECT * FROM send_part WHERE payment_hash = ? AND final = 1 AND own = 1',
      'money',
    );
    this.#pending = db.prepare('SELECT min(created_index) AS first FROM send_part WHERE final = 0');
    this.#remove = db.prepare('DELETE FROM send_part WHERE payment_hash = ? AND created_index = ?');
    this.#drop = db.prepare(
      `DELETE FROM send_part WHERE (payment_hash, created_index) IN
       (SELECT payment_hash, created_index FROM send_part WHERE stored_ledger < ? LIMIT ?)`,
    );
  }

  /** The hashes of which something new is known. */
  add(rows: readonly SendPay[], own: NodeId, ledger: UnixMs): ReadonlySet<string> {
    const news = new Set<string>();
    for (const row of rows) {
      const isOwn =
        row.destination === own && !row.invoice && !(row.label?.startsWith(CLBOSS) ?? false);
      if (row.status === 'failed' || (row.status === 'complete' && !isOwn)) {
        this.#remove.run(row.paymentHash, row.index);
        continue;
      }
      const final = row.status === 'complete';
      const changed = this.#put.run(
        row.paymentHash,
        row.index,
        Number(final),
        Number(isOwn),
        Number(row.label !== undefined),
        nullable<bigint>(row.amount),
        row.sent,
        row.createdAt,
        row.completedAt ?? row.createdAt,
        ledger,
      );
      if (final && changed > 0) news.add(row.paymentHash);
    }
    return news;
  }

  payment(paymentHash: string): OwnPayment | undefined {
    const rows = this.#ofHash.all(paymentHash);
    if (rows.length === 0) return undefined;
    const sent = total(rows, ({ sent_msat }) => big(sent_msat));
    const received = total(rows, ({ amount_msat }) =>
      amount_msat === null ? 0n : big(amount_msat),
    );
    return {
      paymentHash,
      out: undefined,
      in: undefined,
      sent: msat(sent),
      received: msat(received),
      cost: msat(sent > received ? sent - received : 0n),
      since: unixMs(Math.min(...rows.map(({ created_at }) => num(created_at)))),
      at: unixMs(Math.max(...rows.map(({ at }) => num(at)))),
      index: Math.max(...rows.map(({ created_index }) => num(created_index))),
      labelled: rows.some(({ labelled }) => num(labelled) !== 0),
      complete: rows.every(({ amount_msat }) => amount_msat !== null),
    };
  }

  /** The lowest index that is not final yet. */
  firstPending(): number | undefined {
    return numOr(this.#pending.get()?.first);
  }
  /** Stored before `ledger`; at most `limit`. Rows dropped. */
  drop(ledger: number, limit: number): number {
    return this.#drop.run(ledger, limit);
  }
}

const total = (rows: readonly Row[], amount: (row: Row) => bigint): bigint =>
  rows.reduce((sum, row) => sum + amount(row), 0n);
