/** The whole memory over one open database. */
import { statSync } from 'node:fs';
import type { Store } from '../ports/store.ts';
import { SqliteAncestors } from './ancestor-database.ts';
import { SqliteBackups } from './backups.ts';
import { SqliteBookStore } from './book-store.ts';
import { SqliteChainStore } from './chain-store.ts';
import { SqliteChannelDirectory } from './channel-directory.ts';
import { ChannelKeys } from './channel-keys.ts';
import { SqliteClbossStore } from './clboss-store.ts';
import { type Database, num, type Statement } from './database.ts';
import { Facts } from './facts.ts';
import { SqliteFeeStore } from './fee-store.ts';
import { SqliteFlowStore } from './flow-store.ts';
import { SqliteForwardStore } from './forward-store.ts';
import { SqliteImportStore } from './import-store.ts';
import { SqliteJournal } from './journal.ts';
import { SqliteLockStore } from './lock-store.ts';
import { NodeLedger } from './node-ledger.ts';
import { SqlitePeerStore } from './peer-store.ts';
import { SqlitePolicyStore } from './policy-store.ts';
import { ReputationCounters } from './reputation-counters.ts';
import { SqliteSettingStore } from './setting-store.ts';
import { SqliteSpendStore } from './spend-store.ts';

export type OpenFile = {
  /** undefined: in memory. */
  readonly file: string | undefined;
  readonly release: () => void;
  /** Opens a copy of the file as a memory of ours, and closes it; throws StoreRefused. */
  readonly tryOpen: (copy: string) => void;
  /** Where a database of the Python plugin may lie. */
  readonly ancestorPlaces?: readonly string[] | undefined;
};

/** Free pages given back at once: a few milliseconds of work. */
const VACUUM_PAGES = 64;

export class SqliteStore implements Store {
  readonly channels: SqliteChannelDirectory;
  readonly forwards: SqliteForwardStore;
  readonly peers: SqlitePeerStore;
  readonly fees: SqliteFeeStore;
  readonly flow: SqliteFlowStore;
  readonly journal: SqliteJournal;
  readonly settings: SqliteSettingStore;
  readonly chain: SqliteChainStore;
  readonly policies: SqlitePolicyStore;
  readonly locks: SqliteLockStore;
  readonly clboss: SqliteClbossStore;
  readonly spending: SqliteSpendStore;
  readonly books: SqliteBookStore;
  readonly imports: SqliteImportStore;
  readonly ancestors: SqliteAncestors;
  readonly backups: SqliteBackups;
  readonly #db: Database;
  readonly #opened: OpenFile;
  readonly #size: Statement;
  #closed = false;

  constructor(db: Database, opened: OpenFile, problem: (sentence: string) => void) {
    const keys = new ChannelKeys(db);
    const facts = new Facts(db);
    const reputation = new ReputationCounters(db, keys, facts);
    this.#db = db;
    this.#opened = opened;
    this.#size = db.prepare(
      'SELECT page_count * page_size AS size FROM pragma_page_count(), pragma_page_size()',
    );
    this.forwards = new SqliteForwardStore(db, keys, reputation, problem);
    this.channels = new SqliteChannelDirectory(db, keys, {
      problem,
      merged: () => this.forwards.forget(),
    });
    this.peers = new SqlitePeerStore(db, keys, facts, reputation);
    this.journal = new SqliteJournal(db, keys, facts, problem);
    this.fees = new SqliteFeeStore({ db, keys, facts, journal: this.journal, problem });
    this.flow = new SqliteFlowStore(db, keys, problem);
    this.settings = new SqliteSettingStore(db, facts);
    this.chain = new SqliteChainStore(db);
    this.policies = new SqlitePolicyStore(db, problem);
    this.locks = new SqliteLockStore(db);
    this.clboss = new SqliteClbossStore(db);
    const ledger = new NodeLedger(db, facts);
    this.spending = new SqliteSpendStore(db, keys, facts, ledger);
    this.books = new SqliteBookStore({ db, keys, facts, ledger });
    this.ancestors = new SqliteAncestors(opened.file, opened.ancestorPlaces);
    this.backups = new SqliteBackups(opened.file, opened.tryOpen);
    this.imports = new SqliteImportStore({ db, keys, changed: () => this.forwards.forget() });
  }

  size(): number {
    const log =
      this.#opened.file && statSync(`${this.#opened.file}-wal`, { throwIfNoEntry: false });
    return num(this.#size.get()?.size) + (log ? log.size : 0);
  }

  tidy(): void {
    this.#db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
  }

  /** Everything into the one file, then the lock. Harmless the second time. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A checkpoint would wait for whoever reads; the log is read again at the next start.
    const reading = this.backups.close();
    try {
      if (!reading) this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      this.#db.close();
      this.#opened.release();
    }
  }
}
