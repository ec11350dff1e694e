/** Overrides of the configuration: written, read back and compared before anyone believes them (SPEC 7.1). */
import type { UnixMs } from '../core/units.ts';
import { type SettingStore, StoreFailed } from '../ports/store.ts';
import { type Database, num, type Statement, text, textOr } from './database.ts';
import type { Facts } from './facts.ts';

export class SqliteSettingStore implements SettingStore {
  readonly #db: Database;
  readonly #facts: Facts;
  readonly #all: Statement;
  readonly #one: Statement;
  readonly #write: Statement;
  readonly #reset: Statement;

  constructor(db: Database, facts: Facts) {
    this.#db = db;
    this.#facts = facts;
    this.#all = db.prepare('SELECT name, value FROM setting');
    this.#one = db.prepare('SELECT value, version FROM setting WHERE name = ?');
    this.#write = db.prepare(
      `INSERT INTO setting VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET value = excluded.value, version = excluded.version, at = excluded.at`,
    );
    this.#reset = db.prepare('DELETE FROM setting WHERE name = ?');
  }

  overrides(): { version: number; values: ReadonlyMap<string, string> } {
    const values = new Map(this.#all.all().map((row) => [text(row.name), text(row.value)]));
    return { version: this.#version(), values };
  }

  /** undefined resets a key. Every call raises the version. */
  put(changes: ReadonlyMap<string, string | undefined>, at: UnixMs): number {
    return this.#db.transaction(() => {
      const version = this.#version() + 1;
      this.#facts.set('setting version', version);
      for (const [name, value] of changes) {
        if (value === undefined) this.#reset.run(name);
        else this.#write.run(name, value, version, at);
      }
      this.#compare(changes, version);
      return version;
    });
  }

  #compare(changes: ReadonlyMap<string, string | undefined>, version: number): void {
    for (const [name, value] of changes) {
      const row = this.#one.get(name);
      const kept = textOr(row?.value) === value && (!row || num(row.version) === version);
      if (!kept) throw new StoreFailed(`the disk did not keep the setting ${name}`);
    }
    if (this.#version() !== version) throw new StoreFailed('the disk did not keep the version');
  }
  #version(): number {
    return this.#facts.get('setting version') ?? 0;
  }
}
