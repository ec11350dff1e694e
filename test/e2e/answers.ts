/** What tests read from outside: the journal in the database. */
import { readDatabase } from './harness.ts';

export type JournalRow = {
  readonly id: number;
  readonly at: number;
  readonly kind: string;
  readonly channelId: string;
  readonly rule: string;
  readonly binding: string;
  readonly number: number;
  readonly trail: string;
  readonly outcome: string;
  readonly error: string | null;
};

/** Every entry, oldest first. */
export const decisions = (database: string): readonly JournalRow[] =>
  readDatabase(database, (db) =>
    db
      .prepare(
        `SELECT decision.id, at, kind, channel_id, rule, binding, number, trail, outcome, error
         FROM decision LEFT JOIN channel USING (key) ORDER BY decision.id`,
      )
      .all()
      .map((row) => ({
        id: Number(row.id),
        at: Number(row.at),
        kind: String(row.kind),
        channelId: String(row.channel_id),
        rule: String(row.rule),
        binding: String(row.binding),
        number: Number(row.number),
        trail: String(row.trail),
        outcome: String(row.outcome),
        error: row.error === null ? null : String(row.error),
      })),
  );
