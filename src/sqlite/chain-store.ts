/** Samples of the chain feerate, the Vegas reflex's baseline (SPEC 3.4). */
import { HOUR_MS, type UnixMs, unixMs } from '../core/units.ts';
import type { ChainStore } from '../ports/store.ts';
import { type Database, num, type Statement } from './database.ts';
import { KEEP_FEERATES_HOURS } from './table-retention.ts';

export class SqliteChainStore implements ChainStore {
  readonly #db: Database;
  readonly #add: Statement;
  readonly #drop: Statement;
  readonly #since: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#add = db.prepare('INSERT OR REPLACE INTO feerate VALUES (?, ?)');
    this.#drop = db.prepare('DELETE FROM feerate WHERE at < ?');
    this.#since = db.prepare('SELECT * FROM feerate WHERE at >= ? ORDER BY at');
  }

  addSample(at: UnixMs, satPerVbyte: number): void {
    this.#db.transaction(() => {
      this.#add.run(at, satPerVbyte);
      this.#drop.run(at - KEEP_FEERATES_HOURS * HOUR_MS);
    }, 'refetchable');
  }
  samples(since: UnixMs): readonly { at: UnixMs; satPerVbyte: number }[] {
    return this.#since
      .all(since)
      .map((row) => ({ at: unixMs(num(row.at)), satPerVbyte: num(row.sat_per_vbyte) }));
  }
}
