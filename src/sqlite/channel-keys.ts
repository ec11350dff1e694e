/**
 * Channels and their names as compact integer keys, in memory and on disk. A name no channel is known for gets a
 * placeholder key; when its channel is learned, the placeholder is merged into it (merge-placeholder.ts).
 * Memory grows with the names a node ever had (a few per channel), not with its forwards.
 */
import {
  type ChannelId,
  type Msat,
  msat,
  type NodeId,
  parseChannelId,
  parseNodeId,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { KnownChannel } from '../ports/store.ts';
import {
  big,
  type Database,
  num,
  numOr,
  type Row,
  type Statement,
  text,
  textOr,
} from './database.ts';

/** Names that never were a channel of ours: made-up scids somebody asked for. */
export const NOWHERE = 0;
/** Placeholders that failed attempts may create; more are counted under NOWHERE. */
const MAX_PLACEHOLDERS = 10_000;

/** Everything the table knows; `capacity` is missing where a store named the channel before it was learned. */
export type Entry = {
  readonly key: number;
  readonly channelId: ChannelId | undefined;
  readonly peerId: NodeId | undefined;
  readonly capacity: Msat | undefined;
  readonly openedByPeer: boolean | undefined;
  readonly openedAt: UnixMs | undefined;
  readonly closed: boolean;
};

export class ChannelKeys {
  readonly #entries = new Map<number, Entry>();
  readonly #byName = new Map<string, number>();
  readonly #byId = new Map<ChannelId, number>();
  readonly #names = new Map<number, string[]>();
  #placeholders = 0;
  readonly #readChannels: Statement;
  readonly #readNames: Statement;
  readonly #addChannel: Statement;
  readonly #addName: Statement;

  constructor(db: Database) {
    this.#readChannels = db.prepare('SELECT * FROM channel', 'money');
    this.#readNames = db.prepare('SELECT name, key FROM channel_name ORDER BY rowid');
    this.#addChannel = db.prepare('INSERT INTO channel (channel_id) VALUES (?)');
    this.#addName = db.prepare('INSERT INTO channel_name (name, key) VALUES (?, ?)');
    this.reload();
    db.afterRollback(() => this.reload());
  }

  /** Reads everything again: after a rollback and after a merge. */
  reload(): void {
    this.#entries.clear();
    this.#byName.clear();
    this.#byId.clear();
    this.#names.clear();
    this.#placeholders = 0;
    for (const row of this.#readChannels.all()) this.remember(entry(row));
    for (const row of this.#readNames.all()) this.#remind(text(row.name), num(row.key));
  }

  keyOfName(name: string): number | undefined {
    return this.#byName.get(name);
  }
  keyOfChannel(channelId: ChannelId): number | undefined {
    return this.#byId.get(channelId);
  }
  entry(key: number): Entry | undefined {
    return this.#entries.get(key);
  }
  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }
  names(key: number): readonly string[] {
    return this.#names.get(key) ?? [];
  }
  channelOf(key: number): ChannelId | undefined {
    return this.#entries.get(key)?.channelId;
  }
  peerOf(key: number): NodeId | undefined {
    return this.#entries.get(key)?.peerId;
  }

  /** The key of a name that forwarded: a placeholder where it is new. Within a transaction. */
  ensureName(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const key = this.#addChannel.insert(null);
    this.remember({ ...UNKNOWN, key });
    this.addName(name, key);
    return key;
  }
  /** The same for a failed attempt, bounded: strangers cannot fill the table with names. */
  nameOfFailure(name: string): number {
    if (this.#byName.has(name) || this.#placeholders < MAX_PLACEHOLDERS)
      return this.ensureName(name);
    return NOWHERE;
  }
  /** The key of a channel, known or just named. Within a transaction. */
  ensureChannel(channelId: ChannelId): number {
    const known = this.#byId.get(channelId);
    if (known !== undefined) return known;
    const key = this.#addChannel.insert(channelId);
    this.remember({ ...UNKNOWN, key, channelId });
    return key;
  }
  addName(name: string, key: number): void {
    this.#addName.run(name, key);
    this.#remind(name, key);
  }

  /** Memory only: the row was written by the caller. */
  remember(entry: Entry): void {
    const isNew = !this.#entries.has(entry.key);
    this.#entries.set(entry.key, entry);
    if (entry.channelId !== undefined) this.#byId.set(entry.channelId, entry.key);
    else if (isNew) this.#placeholders += 1;
  }
  #remind(name: string, key: number): void {
    this.#byName.set(name, key);
    const names = this.#names.get(key);
    if (names) names.push(name);
    else this.#names.set(key, [name]);
  }
}

const UNKNOWN = {
  channelId: undefined,
  peerId: undefined,
  capacity: undefined,
  openedByPeer: undefined,
  openedAt: undefined,
  closed: false,
};

function entry(row: Row): Entry {
  const channelId = textOr(row.channel_id);
  const peerId = textOr(row.peer_id);
  const openedByPeer = numOr(row.opened_by_peer);
  const openedAt = numOr(row.opened_at);
  return {
    key: num(row.key),
    channelId: channelId === undefined ? undefined : parseChannelId(channelId),
    peerId: peerId === undefined ? undefined : parseNodeId(peerId),
    capacity: row.capacity_msat === null ? undefined : msat(big(row.capacity_msat)),
    openedByPeer: openedByPeer === undefined ? undefined : openedByPeer !== 0,
    openedAt: openedAt === undefined ? undefined : unixMs(openedAt),
    closed: num(row.closed) !== 0,
  };
}

/** undefined: only named so far, not learned. */
export function known(entry: Entry, names: readonly string[]): KnownChannel | undefined {
  const { channelId, capacity } = entry;
  if (channelId === undefined || capacity === undefined) return undefined;
  const { peerId, openedByPeer, openedAt, closed } = entry;
  return { channelId, peerId, names: [...names], capacity, openedByPeer, openedAt, closed };
}
