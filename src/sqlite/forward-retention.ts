/**
 * Retention of forwards in slices (SPEC 2.5). The roll-ups were made when the rows came in, so a row just goes; and
 * only rows from before the moment up to which everything is known go, so none can come back as a new one.
 */
import { DAY_MS, HOUR_MS, type UnixMs, unixMs } from '../core/units.ts';
import type { Database, Statement } from './database.ts';
import type { FailureCounts } from './failure-counts.ts';
import type { IngestStateRow } from './ingest-state.ts';
import { KEEP_MISSED_DAYS } from './table-retention.ts';

export class ForwardRetention {
  readonly #db: Database;
  readonly #stateRow: IngestStateRow;
  readonly #failures: FailureCounts;
  readonly #dropRows: Statement;
  readonly #dropHours: Statement;
  readonly #dropUnusable: Statement;

  constructor(db: Database, stateRow: IngestStateRow, failures: FailureCounts) {
    this.#db = db;
    this.#stateRow = stateRow;
    this.#failures = failures;
    this.#dropRows = db.prepare(
      `DELETE FROM settled WHERE sequence IN (
         SELECT s.sequence FROM channel c CROSS JOIN settled s ON s.out_key = c.key AND s.at < ? LIMIT ?)`,
    );
    this.#dropHours = db.prepare(
      `DELETE FROM flow_hour WHERE (hour, key) IN
       (SELECT hour, key FROM flow_hour WHERE hour < ? ORDER BY hour LIMIT ?)`,
    );
    this.#dropUnusable = db.prepare(
      'DELETE FROM unusable WHERE (in_name, id) IN (SELECT in_name, id FROM unusable WHERE at < ? LIMIT ?)',
    );
  }

  /** One slice of at most `maxRows`; true: there is more. */
  retain(now: UnixMs, keepDays: number, maxRows: number): boolean {
    const wanted = now - keepDays * DAY_MS;
    return this.#db.transaction(() => {
      let left = maxRows;
      left -= this.#dropSettled(wanted, left);
      if (left > 0) left -= this.#failures.fold(Math.floor(wanted / HOUR_MS), left);
      const missedDay = Math.floor(now / DAY_MS) - KEEP_MISSED_DAYS;
      if (left > 0) left -= this.#failures.dropMissed(missedDay, left);
      return left <= 0;
    }, 'refetchable');
  }

  #dropSettled(wanted: number, limit: number): number {
    const state = this.#stateRow.read();
    if (state.completeUntil === undefined) return 0;
    const horizon = unixMs(Math.min(wanted, state.completeUntil));
    if (horizon <= 0) return 0;
    const prunedBefore = unixMs(Math.max(state.prunedBefore, horizon));
    const rows = this.#dropRows.run(prunedBefore, limit);
    let dropped = rows;
    if (dropped < limit)
      dropped += this.#dropHours.run(Math.floor(prunedBefore / HOUR_MS), limit - dropped);
    if (dropped < limit) dropped += this.#dropUnusable.run(prunedBefore, limit - dropped);
    this.#stateRow.write({ ...state, prunedBefore, settledRows: state.settledRows - rows });
    return dropped;
  }
}
