/** Peers: connection history, our own downtime, reputation and routable time (SPEC 2.6, 2.7). */
import { type ChannelId, DAY_MS, type NodeId, type UnixMs, unixMs } from '../core/units.ts';
import type { PeerStore, Reputation } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { ConnectionLog } from './connection-log.ts';
import { type Database, num, type Statement } from './database.ts';
import type { Facts } from './facts.ts';
import type { ReputationCounters } from './reputation-counters.ts';
import { RoutableDays } from './routable-days.ts';
import { KEEP_CONNECTIONS_DAYS } from './table-retention.ts';

/** A longer silence of ours is our own downtime. */
const SILENCE_MS = 120_000;
type Span = { readonly from: UnixMs; readonly to: UnixMs };

export class SqlitePeerStore implements PeerStore {
  readonly #db: Database;
  readonly #facts: Facts;
  readonly #reputation: ReputationCounters;
  readonly #connections: ConnectionLog;
  readonly #addDowntime: Statement;
  readonly #dropDowntime: Statement;
  readonly #downtimes: Statement;
  readonly #routableDays: RoutableDays;

  constructor(db: Database, keys: ChannelKeys, facts: Facts, reputation: ReputationCounters) {
    this.#db = db;
    this.#facts = facts;
    this.#reputation = reputation;
    this.#connections = new ConnectionLog(db);
    this.#addDowntime = db.prepare(
      'INSERT INTO downtime VALUES (?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)',
    );
    this.#dropDowntime = db.prepare('DELETE FROM downtime WHERE until < ?');
    this.#downtimes = db.prepare(
      'SELECT * FROM downtime WHERE until > ? AND since < ? ORDER BY since',
    );
    this.#routableDays = new RoutableDays(db, keys);
  }

  recordConnection(peerId: NodeId, connected: boolean, at: UnixMs): void {
    this.#connections.record(peerId, connected, at);
  }

  heartbeat(at: UnixMs): void {
    this.#db.transaction(() => {
      const last = this.#facts.get('heartbeat');
      if (last !== undefined && at - last > SILENCE_MS) {
        this.#addDowntime.run(last, at);
        this.#dropDowntime.run(at - KEEP_CONNECTIONS_DAYS * DAY_MS);
      }
      this.#facts.set('heartbeat', at);
    }, 'refetchable');
  }

  connections(from: UnixMs, to: UnixMs) {
    return this.#connections.within(from, to);
  }

  /** With the silence that is going on at `to`. */
  downtime(from: UnixMs, to: UnixMs): readonly Span[] {
    const spans = this.#downtimes
      .all(from, to)
      .map((row) => ({ from: unixMs(num(row.since)), to: unixMs(num(row.until)) }));
    const last = this.#facts.get('heartbeat');
    if (last !== undefined && to - last > SILENCE_MS) spans.push({ from: unixMs(last), to });
    return spans
      .map((span) => ({
        from: unixMs(Math.max(from, span.from)),
        to: unixMs(Math.min(to, span.to)),
      }))
      .filter((span) => span.to > span.from);
  }

  reputations(): readonly Reputation[] {
    return this.#reputation.byPeer();
  }
  decayReputation(at: UnixMs, factor: number, intervalMs: number): void {
    this.#db.transaction(() => this.#reputation.decay(at, factor, intervalMs), 'refetchable');
  }

  addRoutable(hours: ReadonlyMap<ChannelId, number>, at: UnixMs): void {
    if (hours.size === 0) return;
    const today = Math.floor(at / DAY_MS);
    this.#db.transaction(() => this.#routableDays.add(hours, today));
  }
  /** Over the last `days` UTC days, the one of `now` included. */
  routable(now: UnixMs, days: number): ReadonlyMap<ChannelId, number> {
    return this.#routableDays.hours(Math.floor(now / DAY_MS), days);
  }
  routableDays(now: UnixMs, want: number, back: number) {
    return this.#routableDays.latest(Math.floor(now / DAY_MS), want, back);
  }
}
