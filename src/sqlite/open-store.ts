/**
 * Opens the memory. Write-ahead log; every commit that was answered survives a power cut (synchronous FULL), save
 * those that lightningd can hand out again (database.ts). Refuses what it must not touch, and never deletes a thing.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Store, StoreFailed } from '../ports/store.ts';
import { Database } from './database.ts';
import { lockInstance, realFile } from './instance-lock.ts';
import { lookOver, migrate, recognise } from './migrate.ts';
import { type OpenFile, SqliteStore } from './sqlite-store.ts';
import { StoreRefused } from './store-refused.ts';

/** How long a statement waits for another program that reads or backs up the file. */
const BUSY_TIMEOUT_MS = 5000;
/** Of the hottest pages; the rest is the operating system's cache. */
const CACHE_KIB = 8192;
/**
 * Pages (16 MiB) the log may hold before it is moved into the file: reading history touches the same pages again and
 * again, and each is moved once. Opening after a kill reads at most so much.
 */
const LOG_PAGES = 4096;
/** The log is cut back to this after a checkpoint. */
const LOG_LIMIT_BYTES = 16_777_216;

export type OpenOptions = {
  /** What the operator should know and the store goes on with: unusable rows, unreadable states. */
  readonly onProblem: (sentence: string) => void;
  /** Where a database of the Python plugin may lie: shown to the operator, never opened by itself. */
  readonly ancestorPlaces?: readonly string[];
};

/** `:memory:` for tests and simulations. Throws StoreRefused with a sentence for the operator. */
export function openStore(path: string, options: OpenOptions): Store {
  const memory = path === ':memory:';
  const lock = memory ? undefined : place(path);
  let db: DatabaseSync | undefined;
  try {
    const file = lock?.file ?? path;
    db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    prepareFile(db, file, memory);
    const opened: OpenFile = {
      file: memory ? undefined : file,
      release: () => lock?.held.release(),
      tryOpen: (copy) => openStore(copy, options).close(),
      ancestorPlaces: options.ancestorPlaces,
    };
    return new SqliteStore(new Database(db), opened, options.onProblem);
  } catch (error) {
    if (db?.isOpen) db.close();
    lock?.held.release();
    throw refusal(path, error);
  }
}

/** Step by step: Node's own recursive mkdir never returns where no folder can be made, as below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/** Folder, real file and lock. */
function place(path: string) {
  try {
    makeFolder(dirname(resolve(path)));
    const file = realFile(path);
    return { file, held: lockInstance(file) };
  } catch (error) {
    throw refusal(path, error);
  }
}

function prepareFile(db: DatabaseSync, file: string, memory: boolean): void {
  const found = recognise(db, file);
  // Must precede the first table, and the log.
  if (found === 'new') db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  insist(db, file, 'journal_mode = WAL', memory ? 'memory' : 'wal');
  insist(db, file, 'synchronous = FULL', 2);
  insist(db, file, 'foreign_keys = ON', 1);
  insist(db, file, `busy_timeout = ${BUSY_TIMEOUT_MS}`, BUSY_TIMEOUT_MS);
  db.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  db.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  db.exec(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
  if (found === 'ours') lookOver(db, file);
  migrate(db);
  insist(db, file, 'auto_vacuum', 2);
}

/** Sets a pragma and reads it back: SQLite says nothing when it does not obey. */
function insist(db: DatabaseSync, file: string, wish: string, wanted: string | number): void {
  db.exec(`PRAGMA ${wish}`);
  const name = wish.split(' ')[0] ?? wish;
  const [got] = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {});
  if (got !== wanted) throw new StoreRefused(`${file}: ${name} is ${got}, not ${wanted}`);
}

/** A sentence for the operator: which file, what is wrong. */
function refusal(path: string, error: unknown): unknown {
  if (error instanceof StoreRefused) return error;
  if (!(error instanceof Error)) return error;
  const fromOutside = error instanceof StoreFailed || 'code' in error;
  if (!fromOutside) return error;
  return new StoreRefused(`the database ${path} cannot be used: ${error.message}`, {
    cause: error,
  });
}
