/** Single numbers that outlive the process. */
import { type Database, numOr, type Statement } from './database.ts';

type FactName =
  | 'setting version'
  | 'fee cycle'
  | 'evidence sequence'
  | 'evidence at'
  | 'heartbeat'
  | 'reputation decayed'
  | 'reputation factor'
  | 'reputation interval'
  | 'journal thinned'
  | 'spending at'
  | 'spending began'
  | 'moves cursor'
  | 'moves cursor at'
  | 'moves complete'
  | 'moves whole from'
  | 'chain cursor'
  | 'chain cursor at'
  | 'payments dropped'
  | 'send pays cursor'
  | 'send pays seen';

export class Facts {
  readonly #read: Statement;
  readonly #write: Statement;
  constructor(db: Database) {
    this.#read = db.prepare('SELECT value FROM fact WHERE name = ?');
    this.#write = db.prepare(
      'INSERT INTO fact VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    );
  }
  get(name: FactName): number | undefined {
    return numOr(this.#read.get(name)?.value);
  }
  /** Within a transaction. */
  set(name: FactName, value: number): void {
    this.#write.run(name, value);
  }
}
