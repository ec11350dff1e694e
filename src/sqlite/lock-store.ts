/** Locks: each with a reason and an end, visible and removable (SPEC 7.6). */
import { LOCK_SCOPES } from '../core/protections/trigger.ts';
import { DAY_MS, parseChannelId, type UnixMs, unixMs } from '../core/units.ts';
import { type Lock, type LockStore, StoreFailed } from '../ports/store.ts';
import {
  type Database,
  nullable,
  num,
  type Row,
  type Statement,
  text,
  textOr,
} from './database.ts';
import { KEEP_LOCKS_DAYS } from './table-retention.ts';

export class SqliteLockStore implements LockStore {
  readonly #db: Database;
  readonly #add: Statement;
  readonly #active: Statement;
  readonly #remove: Statement;
  readonly #drop: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#add = db.prepare('INSERT INTO lock VALUES (NULL, ?, ?, ?, ?, ?)');
    this.#active = db.prepare('SELECT * FROM lock WHERE expires_at > ? ORDER BY id');
    this.#remove = db.prepare('DELETE FROM lock WHERE id = ?');
    this.#drop = db.prepare('DELETE FROM lock WHERE expires_at < ?');
  }

  add({ scope, channelId, reason, since, expiresAt }: Omit<Lock, 'id'>): number {
    return this.#db.transaction(() => {
      this.#drop.run(since - KEEP_LOCKS_DAYS * DAY_MS);
      return this.#add.insert(scope, nullable<string>(channelId), reason, since, expiresAt);
    });
  }
  active(at: UnixMs): readonly Lock[] {
    return this.#active.all(at).map(lock);
  }
  remove(id: number): boolean {
    return this.#db.transaction(() => this.#remove.run(id) > 0);
  }
}

function lock(row: Row): Lock {
  const scope = LOCK_SCOPES.find((word) => word === row.scope);
  if (!scope) throw new StoreFailed(`lock ${num(row.id)} has no scope we know`);
  const channelId = textOr(row.channel_id);
  return {
    id: num(row.id),
    scope,
    channelId: channelId === undefined ? undefined : parseChannelId(channelId),
    reason: text(row.reason),
    since: unixMs(num(row.since)),
    expiresAt: unixMs(num(row.expires_at)),
  };
}
