/** Reads the copy of the Python plugin's database, page by page and in constant memory. */

import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import {
  type AncestorCell,
  type AncestorDatabase,
  AncestorRefused,
  type AncestorRow,
  type Ancestors,
  type AncestorTable,
} from '../ports/ancestor.ts';
import { copyAncestor, type SourceCopy } from './ancestor-copy.ts';
import {
  ADDED_COLUMNS,
  ANCESTOR_COLUMNS,
  type AncestorLayout,
  layoutOf,
} from './ancestor-layout.ts';
import { ancestorsAt } from './ancestor-places.ts';
import { isSqliteError } from './database.ts';

/** No text of the old plugin's is longer; a longer one is not even loaded. */
const MOST_CELL_BYTES = 8_192;
const LEAST_ROW = -(2n ** 63n);

/** What SQLite says of a file that is not as it should be. */
function reading<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isSqliteError(error) || error instanceof RangeError)
      throw new AncestorRefused(`${name} is damaged: ${error.message}`, { cause: error });
    throw error;
  }
}

export class SqliteAncestors implements Ancestors {
  readonly #own: string | undefined;
  readonly #places: readonly string[];
  /** `own`: the file of our database; undefined: in memory. `places`: where one of the ancestor's may lie. */
  constructor(own: string | undefined, places: readonly string[] = []) {
    this.#own = own;
    this.#places = places;
  }

  lying(): readonly string[] {
    return ancestorsAt(this.#places);
  }

  async open(path: string): Promise<AncestorDatabase> {
    const copy = await copyAncestor(path, this.#own);
    try {
      return openCopy(copy, path);
    } catch (error) {
      await copy.remove();
      throw error;
    }
  }
}

function openCopy(copy: SourceCopy, name: string): SqliteAncestor {
  return reading(name, () => {
    const db = new DatabaseSync(copy.file, { readOnly: true, timeout: 0 });
    try {
      // A file from outside: nothing of its schema is run, every cell is checked as it is read.
      db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON');
      db.exec('PRAGMA mmap_size = 0; PRAGMA cache_size = -2048');
      return new SqliteAncestor(db, copy, { name, layout: layoutOf(db, name) });
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

class SqliteAncestor implements AncestorDatabase {
  readonly schema;
  readonly bytes;
  readonly fingerprint;
  readonly #db: DatabaseSync;
  readonly #copy: SourceCopy;
  readonly #name: string;
  readonly #layout: AncestorLayout;
  readonly #pages = new Map<AncestorTable, StatementSync>();

  constructor(
    db: DatabaseSync,
    copy: SourceCopy,
    { name, layout }: { readonly name: string; readonly layout: AncestorLayout },
  ) {
    this.#db = db;
    this.#copy = copy;
    this.#name = name;
    this.#layout = layout;
    this.schema = layout.schema;
    this.bytes = copy.bytes;
    this.fingerprint = copy.fingerprint;
  }

  page(table: AncestorTable, after: bigint | undefined, limit: number) {
    if (!this.#layout.tables.has(table)) return { rows: [], next: undefined };
    const found = reading(this.#name, () =>
      this.#pageOf(table).all(after ?? LEAST_ROW, BigInt(limit)),
    );
    let last = after ?? LEAST_ROW;
    for (const { at } of found) {
      // Damaged pages may lead in a circle.
      if (typeof at !== 'bigint' || at <= last)
        throw new AncestorRefused(`${this.#name} is damaged: ${table} is out of order`);
      last = at;
    }
    return { rows: found.map(cellsOf), next: found.length < limit ? undefined : last };
  }

  async close(): Promise<void> {
    this.#db.close();
    await this.#copy.remove();
  }

  #pageOf(table: AncestorTable): StatementSync {
    const known = this.#pages.get(table);
    if (known) return known;
    const added = this.#layout.schema === 'v2.2' ? (ADDED_COLUMNS[table] ?? []) : [];
    const columns = [...ANCESTOR_COLUMNS[table], ...added].map(
      (column) =>
        `iif(octet_length("${column}") > ${MOST_CELL_BYTES}, x'', "${column}") AS "${column}"`,
    );
    const page = this.#db.prepare(
      `SELECT rowid AS at, ${columns.join(', ')} FROM "${table}" WHERE rowid > ? ORDER BY rowid LIMIT ?`,
    );
    page.setReadBigInts(true);
    this.#pages.set(table, page);
    return page;
  }
}

function cellsOf(row: Record<string, SQLOutputValue>): AncestorRow {
  const cells: Record<string, AncestorCell> = {};
  for (const column in row) cells[column] = cellOf(row[column]);
  return cells;
}
const cellOf = (value: SQLOutputValue | undefined): AncestorCell =>
  value instanceof Uint8Array ? undefined : value;
