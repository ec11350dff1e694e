/**
 * A name turned out to belong to a known channel: everything stored under its placeholder moves to the channel.
 * A forward stored under both (seen live under one name, read from the node under the other) is one forward: its
 * second row goes, and its part of every sum with it. Within the transaction of `learn`.
 */
import { COST_COLUMNS } from './book-columns.ts';
import { type Database, num, type Statement } from './database.ts';
import { ADD_HOUR, ADD_SUMS, adding, ForwardTally, RollUps, settledRow } from './forward-tally.ts';

export class PlaceholderMerge {
  readonly #doubles: Statement;
  readonly #drop: Statement;
  readonly #fewerRows: Statement;
  readonly #lessSuccess: Statement;
  readonly #moves: readonly Statement[];
  readonly #rollUps: RollUps;

  constructor(db: Database) {
    this.#rollUps = new RollUps(db);
    this.#doubles = db.prepare(
      `SELECT p.* FROM settled p JOIN settled r ON r.in_key = ?2 AND r.in_htlc = p.in_htlc
       WHERE p.in_key = ?1 AND p.in_htlc IS NOT NULL`,
      'money',
    );
    this.#drop = db.prepare('DELETE FROM settled WHERE sequence = ?');
    this.#fewerRows = db.prepare('UPDATE ingest SET settled_rows = settled_rows - ?');
    this.#lessSuccess = db.prepare(
      'UPDATE reputation SET success = max(0, success - ?) WHERE key = ?',
    );
    const moved = (table: string, columns: string, add: string): string[] => [
      `INSERT INTO ${table} SELECT ${columns.replace('key', '?2')} FROM ${table} WHERE key = ?1
       ON CONFLICT DO UPDATE SET ${add}`,
      `DELETE FROM ${table} WHERE key = ?1 AND ?2 = ?2`,
    ];
    const sums = 'in_count, in_msat, in_fee, out_count, out_msat, out_fee';
    const count = 'count = count + excluded.count';
    const score = 'success = success + excluded.success, failure = failure + excluded.failure';
    this.#moves = [
      'UPDATE settled SET in_key = ?2 WHERE in_key = ?1',
      'UPDATE settled SET out_key = ?2 WHERE out_key = ?1',
      ...moved('flow_hour', `hour, key, ${sums}, hold_count, hold_ms, hold_squares`, ADD_HOUR),
      ...moved('flow_day', `day, key, ${sums}`, ADD_SUMS),
      ...moved('cost_day', `day, key, ${COST_COLUMNS.join(', ')}`, adding(COST_COLUMNS)),
      ...moved(
        'channel_total',
        `key, ${sums}, last_at`,
        `${ADD_SUMS}, last_at = max(last_at, excluded.last_at)`,
      ),
      ...moved('failure_hour', 'hour, key, side, status, reason, count', count),
      ...moved('failure_total', 'key, side, status, reason, count', count),
      ...moved('reputation', 'key, success, failure', score),
      'UPDATE channel_name SET key = ?2 WHERE key = ?1',
      'DELETE FROM channel WHERE key = ?1 AND ?2 = ?2',
    ].map((sql) => db.prepare(sql));
  }

  /** Afterwards the placeholder does not exist any more: reload the keys. */
  merge(placeholder: number, channel: number): void {
    this.#dropDoubles(placeholder, channel);
    for (const move of this.#moves) move.run(placeholder, channel);
  }

  #dropDoubles(placeholder: number, channel: number): void {
    const doubles = this.#doubles.all(placeholder, channel);
    if (doubles.length === 0) return;
    const tally = new ForwardTally();
    for (const row of doubles) {
      tally.add(settledRow(row), -1);
      this.#drop.run(num(row.sequence));
    }
    this.#rollUps.add(tally);
    this.#fewerRows.run(doubles.length);
    this.#lessSuccess.run(doubles.length, placeholder);
  }
}
