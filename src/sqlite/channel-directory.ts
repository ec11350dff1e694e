/** Every channel we ever met and every name it ever had (SPEC, words). */
import type { ChannelId, UnixMs } from '../core/units.ts';
import type { ChannelDirectory, KnownChannel } from '../ports/store.ts';
import { type ChannelKeys, type Entry, known } from './channel-keys.ts';
import { type Database, nullable, type Statement } from './database.ts';
import { PlaceholderMerge } from './merge-placeholder.ts';

type Listeners = {
  readonly problem: (sentence: string) => void;
  /** Rows changed their channel. */
  readonly merged: () => void;
};

export class SqliteChannelDirectory implements ChannelDirectory {
  readonly #db: Database;
  readonly #keys: ChannelKeys;
  readonly #listeners: Listeners;
  readonly #write: Statement;
  readonly #merge: PlaceholderMerge;
  /** Names claimed by two channels, told once. */
  readonly #contested = new Set<string>();

  constructor(db: Database, keys: ChannelKeys, listeners: Listeners) {
    this.#db = db;
    this.#keys = keys;
    this.#listeners = listeners;
    this.#merge = new PlaceholderMerge(db);
    this.#write = db.prepare(
      `UPDATE channel SET peer_id = ?, capacity_msat = ?, opened_by_peer = ?, opened_at = ?, closed = ?
       WHERE key = ?`,
    );
  }

  learn(open: readonly KnownChannel[], closed: readonly KnownChannel[], _at: UnixMs): void {
    const stillOpen = new Set(open.map((channel) => channel.channelId));
    const news = [
      ...open.map((channel) => ({ ...channel, closed: false })),
      ...closed
        .filter(({ channelId }) => !stillOpen.has(channelId))
        .map((channel) => ({ ...channel, closed: true })),
    ];
    const gone = [...this.#keys.entries()].filter(
      ({ channelId, capacity, closed: wasClosed }) =>
        channelId !== undefined &&
        capacity !== undefined &&
        !wasClosed &&
        !stillOpen.has(channelId),
    );
    if (gone.length === 0 && !news.some((channel) => this.#isNews(channel))) return;
    this.#db.transaction(() => {
      for (const entry of gone) this.#store({ ...entry, closed: true });
      for (const channel of news) this.#upsert(channel);
      // A channel's first name is its own (scid, or our alias); the others may be the peer's choice and come after.
      for (const channel of news) this.#claim(channel, channel.names.slice(0, 1));
      for (const channel of news) this.#claim(channel, channel.names.slice(1));
    });
  }

  resolve(name: string): ChannelId | undefined {
    const key = this.#keys.keyOfName(name);
    return key === undefined ? undefined : this.#keys.channelOf(key);
  }

  get(channelId: ChannelId): KnownChannel | undefined {
    const key = this.#keys.keyOfChannel(channelId);
    const entry = key === undefined ? undefined : this.#keys.entry(key);
    return entry && known(entry, this.#keys.names(entry.key));
  }

  all(): readonly KnownChannel[] {
    return [...this.#keys.entries()].flatMap((entry) => {
      const channel = known(entry, this.#keys.names(entry.key));
      return channel ? [channel] : [];
    });
  }

  #isNews(channel: KnownChannel): boolean {
    const before = this.get(channel.channelId);
    if (!before) return true;
    const after = updated(before, channel);
    return (
      after.peerId !== before.peerId ||
      after.capacity !== before.capacity ||
      after.openedByPeer !== before.openedByPeer ||
      after.openedAt !== before.openedAt ||
      after.closed !== before.closed ||
      channel.names.some(
        (name) => this.resolve(name) !== channel.channelId && !this.#contested.has(name),
      )
    );
  }

  #upsert(channel: KnownChannel): void {
    const key = this.#keys.ensureChannel(channel.channelId);
    const before = this.#keys.entry(key);
    if (before) this.#store({ ...before, ...updated(before, channel) });
  }

  #store(entry: Entry): void {
    const { key, peerId, capacity, openedByPeer, openedAt, closed } = entry;
    const byPeer = openedByPeer === undefined ? null : Number(openedByPeer);
    const opened = nullable<number>(openedAt);
    this.#write.run(
      nullable<string>(peerId),
      nullable<bigint>(capacity),
      byPeer,
      opened,
      Number(closed),
      key,
    );
    this.#keys.remember(entry);
  }

  #claim(channel: KnownChannel, names: readonly string[]): void {
    const own = this.#keys.ensureChannel(channel.channelId);
    for (const name of names) {
      const holder = this.#keys.keyOfName(name);
      if (holder === own) continue;
      if (holder === undefined) {
        this.#keys.addName(name, own);
      } else if (this.#keys.channelOf(holder) === undefined) {
        this.#merge.merge(holder, own);
        this.#keys.reload();
        this.#listeners.merged();
      } else if (!this.#contested.has(name)) {
        // A name stays with the channel that had it first: a peer chooses its alias and may choose another's.
        this.#contested.add(name);
        this.#listeners.problem(
          `channel ${channel.channelId} claims the name ${name} of another channel: ignored`,
        );
      }
    }
  }
}

/** What was known stays where the newer picture leaves it out. */
function updated(before: Omit<Entry, 'key'>, news: KnownChannel) {
  return {
    peerId: news.peerId ?? before.peerId,
    capacity: news.capacity,
    openedByPeer: news.openedByPeer ?? before.openedByPeer,
    openedAt: news.openedAt ?? before.openedAt,
    closed: news.closed,
  };
}
