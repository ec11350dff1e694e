/** Forgets what no cap, book or record needs any more (SPEC 2.5). Life totals stay exact: they are sums of their own. */
import { DAY_MS, type UnixMs, unixMs } from '../core/units.ts';
import type { CircularPayments } from './circular-payments.ts';
import type { Database, Statement } from './database.ts';
import type { InvoiceMoves } from './invoice-moves.ts';
import type { NodeLedger } from './node-ledger.ts';
import type { SendParts } from './send-parts.ts';
import type { SpendLedgerTime } from './spend-ledger-time.ts';
import { KEEP_JOBS_DAYS, KEEP_LEDGER_DAYS, KEEP_MOVES_DAYS } from './table-retention.ts';

type Tables = {
  readonly payments: CircularPayments;
  readonly moves: InvoiceMoves;
  readonly ledger: NodeLedger;
  readonly parts: SendParts;
  readonly time: SpendLedgerTime;
};

export class SpendRetention {
  readonly #tables: Tables;
  readonly #dropSources: Statement;
  readonly #dropJobs: Statement;

  constructor(db: Database, tables: Tables) {
    this.#tables = tables;
    const old = `SELECT id FROM rebalance_job WHERE ended_wall < ?1 AND ended_ledger < ?2
      AND NOT EXISTS (SELECT 1 FROM circular_payment WHERE job_id = rebalance_job.id)
      ORDER BY ended_wall, id LIMIT ?3`;
    this.#dropSources = db.prepare(`DELETE FROM job_source WHERE job_id IN (${old})`);
    this.#dropJobs = db.prepare(`DELETE FROM rebalance_job WHERE id IN (${old})`);
  }

  /**
   * One slice within a transaction; true: more to do. Old by the system's clock and by the ledger's time (`last`):
   * a clock that was put forward makes nothing old.
   */
  retain(now: UnixMs, last: UnixMs, maxRows: number): boolean {
    const { payments, moves, ledger: node, parts, time } = this.#tables;
    const half = last - KEEP_MOVES_DAYS * DAY_MS;
    const wall = now - KEEP_JOBS_DAYS * DAY_MS;
    const ledger = last - KEEP_LEDGER_DAYS * DAY_MS;
    const dropped = [
      moves.drop(half, maxRows),
      node.dropRounds(half, maxRows),
      parts.drop(half, maxRows),
      payments.drop(wall, ledger, maxRows),
    ];
    // Read anew, they would be booked a second time.
    if ((dropped.at(-1) ?? 0) > 0) time.droppedBefore(unixMs(wall));
    this.#dropSources.run(wall, ledger, maxRows);
    dropped.push(this.#dropJobs.run(wall, ledger, maxRows));
    return dropped.some((rows) => rows >= maxRows);
  }
}
