/**
 * When peers came and went (SPEC 2.7). Every look asks for a week of it and a flapping peer alone leaves hundreds of
 * events, so they are read from the disk once and then kept beside it.
 */
import { DAY_MS, type NodeId, parseNodeId, type UnixMs, unixMs } from '../core/units.ts';
import { type Database, num, type Row, type Statement, text } from './database.ts';
import { KEEP_CONNECTIONS_DAYS } from './table-retention.ts';

/** Old rows dropped with each write: more than one, so the table shrinks to its retention. */
const DROP_AT_ONCE = 20;

type ConnectionEvent = { readonly at: UnixMs; readonly connected: boolean };
type OfPeer = {
  /** By time; equal times in order of arrival. */
  readonly events: ConnectionEvent[];
  /** The last one heard, whatever the clock said then: it may have been set back since. */
  latest: boolean;
};

export class ConnectionLog {
  readonly #db: Database;
  readonly #add: Statement;
  readonly #drop: Statement;
  readonly #all: Statement;
  /** undefined: to be read from the disk. */
  #peers: Map<NodeId, OfPeer> | undefined;

  constructor(db: Database) {
    this.#db = db;
    this.#add = db.prepare('INSERT INTO connection VALUES (NULL, ?, ?, ?)');
    // The last event of a peer with an open channel says what it is now and stays, however old; of strangers who
    // called once and of peers whose channels are closed nothing stays.
    this.#drop = db.prepare(
      `DELETE FROM connection WHERE id IN (SELECT old.id FROM connection old WHERE old.at < ?
         AND (EXISTS (SELECT 1 FROM connection newer WHERE newer.peer_id = old.peer_id AND newer.at > old.at)
           OR old.peer_id NOT IN (SELECT peer_id FROM channel WHERE peer_id IS NOT NULL AND closed = 0))
         ORDER BY old.at LIMIT ${DROP_AT_ONCE}) RETURNING peer_id, at`,
    );
    this.#all = db.prepare('SELECT peer_id, at, connected FROM connection ORDER BY id');
    db.afterRollback(() => {
      this.#peers = undefined;
    });
  }

  /** Hearing again what is known already changes nothing. */
  record(peerId: NodeId, connected: boolean, at: UnixMs): void {
    if (this.#read().get(peerId)?.latest === connected) return;
    const dropped = this.#db.transaction(() => {
      this.#add.run(peerId, at, Number(connected));
      return this.#drop.all(at - KEEP_CONNECTIONS_DAYS * DAY_MS);
    });
    const peers = this.#read();
    note(peers, peerId, { at, connected });
    for (const row of dropped) forget(peers, row);
  }

  /** Of every peer heard of by `to`: the last event before or at `from`, and those in (from, to]. */
  within(from: UnixMs, to: UnixMs): ReadonlyMap<NodeId, readonly ConnectionEvent[]> {
    const found = new Map<NodeId, readonly ConnectionEvent[]>();
    for (const [peerId, { events }] of this.#read()) {
      const kept = events.slice(Math.max(0, countUpTo(events, from) - 1), countUpTo(events, to));
      if (kept.length > 0) found.set(peerId, kept);
    }
    return found;
  }

  #read(): Map<NodeId, OfPeer> {
    if (this.#peers) return this.#peers;
    const peers = new Map<NodeId, OfPeer>();
    this.#all.each((row) => {
      const peerId = parseNodeId(text(row.peer_id));
      if (peerId === undefined) return;
      note(peers, peerId, { at: unixMs(num(row.at)), connected: num(row.connected) !== 0 });
    });
    this.#peers = peers;
    return peers;
  }
}

/** Puts an event where its time belongs; nearly always the end. */
function note(peers: Map<NodeId, OfPeer>, peerId: NodeId, event: ConnectionEvent): void {
  const known = peers.get(peerId);
  if (known === undefined) {
    peers.set(peerId, { events: [event], latest: event.connected });
    return;
  }
  const before = known.events.findLastIndex(({ at }) => at <= event.at);
  known.events.splice(before + 1, 0, event);
  known.latest = event.connected;
}

/** A row that is gone from the disk. */
function forget(peers: Map<NodeId, OfPeer>, row: Row): void {
  const peerId = parseNodeId(text(row.peer_id));
  const known = peerId && peers.get(peerId);
  if (!peerId || !known) return;
  const gone = known.events.findIndex(({ at }) => at === num(row.at));
  if (gone >= 0) known.events.splice(gone, 1);
  if (known.events.length === 0) peers.delete(peerId);
}

/** How many of the events, which are in order, are not later than `time`: found by halving, for there may be thousands. */
function countUpTo(events: readonly ConnectionEvent[], time: UnixMs): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((events[middle]?.at ?? time) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
