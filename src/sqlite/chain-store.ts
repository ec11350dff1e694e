/** Samples of the chain feerate, the Vegas reflex's baseline (SPEC 3.4). */
import { HOUR_MS, type UnixMs, unixMs } from '../core/units.ts';
import type { ChainStore } from '../ports/store.ts';
import { type Database, num, type Statement } from './database.ts';
import { KEEP_FEERATES_HOURS } from './table-retention.ts';

type Sample = { readonly at: UnixMs; readonly satPerVbyte: number };

export class SqliteChainStore implements ChainStore {
  readonly #db: Database;
  readonly #add: Statement;
  readonly #drop: Statement;
  readonly #all: Statement;
  /** What the table holds, oldest first: two days of samples, asked for every few minutes. undefined: not read yet. */
  #samples: readonly Sample[] | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#add = db.prepare('INSERT OR REPLACE INTO feerate VALUES (?, ?)');
    this.#drop = db.prepare('DELETE FROM feerate WHERE at < ?');
    this.#all = db.prepare('SELECT * FROM feerate ORDER BY at');
  }

  addSample(at: UnixMs, satPerVbyte: number): void {
    this.#db.transaction(() => {
      this.#add.run(at, satPerVbyte);
      this.#drop.run(at - KEEP_FEERATES_HOURS * HOUR_MS);
    }, 'refetchable');
    this.#samples = this.#withAdded({ at, satPerVbyte });
  }
  samples(since: UnixMs): readonly Sample[] {
    this.#samples ??= this.#all
      .all()
      .map((row) => ({ at: unixMs(num(row.at)), satPerVbyte: num(row.sat_per_vbyte) }));
    return this.#samples.filter(({ at }) => at >= since);
  }

  /** undefined: read again, where nothing was read yet or the clock went back. */
  #withAdded(sample: Sample): readonly Sample[] | undefined {
    const last = this.#samples?.at(-1);
    if (!this.#samples || (last && last.at >= sample.at)) return undefined;
    const keptFrom = sample.at - KEEP_FEERATES_HOURS * HOUR_MS;
    return [...this.#samples.filter(({ at }) => at >= keptFrom), sample];
  }
}
