/**
 * One SQLite connection: statements prepared at open, transactions, and what fails becomes StoreFailed.
 * Money is read as bigint, so nothing is ever rounded; everything else as number (unsafe integers throw).
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { Bug } from '../ports/errors.ts';
import { StoreFailed } from '../ports/store.ts';

type Value = number | bigint | string | null;
export type Row = Record<string, SQLOutputValue>;

/**
 * How much a commit must survive. `full`: power loss (fsync of the log at every commit). `refetchable`: kill −9
 * and crashes of the plugin, but a power cut may take the last commits back together with their cursors, and
 * lightningd hands the same rows out again. Either way the database stays consistent (WAL).
 */
type Durability = 'full' | 'refetchable';

const SYNCHRONOUS = {
  full: 'PRAGMA synchronous = FULL',
  refetchable: 'PRAGMA synchronous = NORMAL',
};

export const isSqliteError = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';

/** SQLite's own errors become StoreFailed; everything else is a defect and passes through. */
function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSqliteError(error)) throw error;
    throw new StoreFailed(`${what}: ${error.message}`, { cause: error });
  }
}

export class Statement {
  readonly #inner: StatementSync;
  readonly #name: string;
  constructor(inner: StatementSync) {
    this.#inner = inner;
    this.#name = inner.sourceSQL.trim().replace(/\s+/g, ' ').slice(0, 60);
  }
  /** Number of rows changed. */
  run(...values: Value[]): number {
    return guarded(this.#name, () => Number(this.#inner.run(...values).changes));
  }
  /** Row id of the row inserted. */
  insert(...values: Value[]): number {
    return guarded(this.#name, () => Number(this.#inner.run(...values).lastInsertRowid));
  }
  get(...values: Value[]): Row | undefined {
    return guarded(this.#name, () => this.#inner.get(...values));
  }
  all(...values: Value[]): Row[] {
    return guarded(this.#name, () => this.#inner.all(...values));
  }
  /** Row by row, in constant memory. Nothing may be written meanwhile. */
  each(visit: (row: Row) => void, ...values: Value[]): void {
    guarded(this.#name, () => {
      for (const row of this.#inner.iterate(...values)) visit(row);
    });
  }
}

export class Database {
  readonly #inner: DatabaseSync;
  readonly #undone: (() => void)[] = [];
  #durability: Durability = 'full';

  constructor(inner: DatabaseSync) {
    this.#inner = inner;
    inner.exec(SYNCHRONOUS.full);
  }

  /** `money`: integers are read as bigint. */
  prepare(sql: string, reads: 'plain' | 'money' = 'plain'): Statement {
    return guarded('prepare', () => {
      const statement = this.#inner.prepare(sql);
      if (reads === 'money') statement.setReadBigInts(true);
      return new Statement(statement);
    });
  }

  exec(sql: string): void {
    guarded(sql.trim().slice(0, 60), () => this.#inner.exec(sql));
  }

  /** What was cached from a transaction that did not happen must be forgotten: called after every rollback. */
  afterRollback(forget: () => void): void {
    this.#undone.push(forget);
  }

  /** All of it or nothing of it. Does not nest: a store's public method is one transaction. */
  transaction<T>(work: () => T, durability: Durability = 'full'): T {
    if (this.#inner.isTransaction) throw new Bug('a transaction within a transaction');
    if (durability !== this.#durability) {
      this.exec(SYNCHRONOUS[durability]);
      this.#durability = durability;
    }
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk or an I/O error may have rolled back already.
      if (this.#inner.isTransaction) this.exec('ROLLBACK');
      for (const forget of this.#undone) forget();
      throw error;
    }
  }

  /** Part of the transaction under way, or one of its own: only for what may be lost with a power cut. */
  within<T>(work: () => T): T {
    return this.#inner.isTransaction ? work() : this.transaction(work, 'refetchable');
  }

  close(): void {
    guarded('close', () => this.#inner.close());
  }
}

// ---------------------------------------------------------------- values out of a row

const wrong = (wanted: string, value: unknown): StoreFailed =>
  new StoreFailed(`the database holds ${typeof value} where ${wanted} belongs`);

export function num(value: SQLOutputValue | undefined): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw wrong('a number', value);
}
export function big(value: SQLOutputValue | undefined): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  throw wrong('an integer', value);
}
export function text(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return value;
  throw wrong('text', value);
}
const absent = (value: SQLOutputValue | undefined): boolean =>
  value === null || value === undefined;
export const numOr = (value: SQLOutputValue | undefined): number | undefined =>
  absent(value) ? undefined : num(value);
export const textOr = (value: SQLOutputValue | undefined): string | undefined =>
  absent(value) ? undefined : text(value);
export const nullable = <T extends Value>(value: T | undefined): T | null => value ?? null;
