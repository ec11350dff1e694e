/** Tags of ours at clboss (SPEC 7.8), written before clboss hears of them. */
import { type HeldTags, isForgotten, type Tags } from '../core/neighbours/clboss-tags.ts';
import { type NodeId, parseNodeId } from '../core/units.ts';
import type { ClbossStore } from '../ports/clboss.ts';
import { StoreFailed } from '../ports/store.ts';
import { type Database, type Row, type Statement, text, textOr } from './database.ts';

export class SqliteClbossStore implements ClbossStore {
  readonly #db: Database;
  readonly #all: Statement;
  readonly #one: Statement;
  readonly #write: Statement;
  readonly #drop: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#all = db.prepare('SELECT * FROM clboss_peer ORDER BY peer_id');
    this.#one = db.prepare('SELECT * FROM clboss_peer WHERE peer_id = ?');
    this.#write = db.prepare(
      `INSERT INTO clboss_peer VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
       SET ours = excluded.ours, adding = excluded.adding, whole = excluded.whole`,
    );
    this.#drop = db.prepare('DELETE FROM clboss_peer WHERE peer_id = ?');
  }

  all(): ReadonlyMap<NodeId, HeldTags> {
    return new Map(this.#all.all().map(held));
  }

  get(peerId: NodeId): HeldTags | undefined {
    const row = this.#one.get(peerId);
    return row && held(row)[1];
  }

  save(peerId: NodeId, { ours, asked }: HeldTags): void {
    this.#db.transaction(() => {
      if (isForgotten({ ours, asked })) this.#drop.run(peerId);
      else
        this.#write.run(
          peerId,
          joined(ours),
          asked ? joined(asked.adding) : null,
          asked ? joined(asked.whole) : null,
        );
    });
  }
}

const joined = (tags: Tags): string => tags.join(',');
const parted = (list: string): Tags => (list === '' ? [] : list.split(','));

function held(row: Row): readonly [NodeId, HeldTags] {
  const peerId = parseNodeId(text(row.peer_id));
  if (!peerId) throw new StoreFailed('a peer whose clboss tags are ours has no node id');
  const [adding, whole] = [textOr(row.adding), textOr(row.whole)];
  const asked =
    adding === undefined || whole === undefined
      ? undefined
      : { adding: parted(adding), whole: parted(whole) };
  return [peerId, { ours: parted(text(row.ours)), asked }];
}
