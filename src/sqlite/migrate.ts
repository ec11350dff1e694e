/** Whose file it is and how old its tables are; brings them up to date before anything is written. */
import type { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from './migrations/in-order.ts';
import { StoreRefused } from './store-refused.ts';

/** "cRvO": marks a database as ours. */
export const APPLICATION_ID = 0x6352764f;
/** Small tables whose damage would be believed: looked over at every open. The large ones show theirs when read. */
const VITAL: readonly (readonly string[])[] = [
  ['channel', 'channel_name', 'ingest', 'setting', 'fee_state', 'fact'],
  ['rebalance_job', 'job_source', 'circular_payment', 'rebalance_total', 'job_record'],
  ['policy'],
  [],
  [],
  ['book', 'book_day', 'cost_total'],
];

const pragma = (db: DatabaseSync, name: string): number => {
  const value = db.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : Number.NaN;
};

/** Throws StoreRefused, having changed nothing, when the file is not ours or of a later version. */
export function recognise(db: DatabaseSync, file: string): 'new' | 'ours' {
  const owner = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
  if (owner === 0 && version === 0 && tables === 0) return 'new';
  if (owner !== APPLICATION_ID)
    throw new StoreRefused(
      `${file} is a database of another program: name another file in revenue-ops-db-path`,
    );
  if (version > MIGRATIONS.length)
    throw new StoreRefused(
      `${file} was written by a newer version (schema ${version}, this one knows ${MIGRATIONS.length}): upgrade the plugin`,
    );
  return 'ours';
}

/** Each migration is one transaction together with the number that says it was done. */
export function migrate(db: DatabaseSync): void {
  for (let version = pragma(db, 'user_version'); version < MIGRATIONS.length; version += 1) {
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(MIGRATIONS[version] ?? '');
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      db.exec(`PRAGMA user_version = ${version + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}

/** Throws StoreRefused with SQLite's own words when a vital table is damaged. */
export function lookOver(db: DatabaseSync, file: string): void {
  // Of every migration that was done; the others' tables do not exist yet.
  for (const table of VITAL.slice(0, pragma(db, 'user_version')).flat()) {
    const found = db.prepare(`PRAGMA quick_check('${table}')`).get()?.quick_check;
    if (found !== 'ok')
      throw new StoreRefused(
        `${file} is damaged (${table}: ${found}): restore a backup or move it away`,
      );
  }
}
