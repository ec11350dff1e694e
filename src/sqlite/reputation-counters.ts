/**
 * Success and failure per in-channel, as real numbers that decay with real time (SPEC 2.6). Kept per channel and
 * summed per peer when asked, so that forwards under a name learned later still find their peer.
 */
import { HOUR_MS, type UnixMs, unixMs } from '../core/units.ts';
import type { Reputation } from '../ports/store.ts';
import type { ChannelKeys } from './channel-keys.ts';
import { type Database, num, type Statement } from './database.ts';
import type { Facts } from './facts.ts';

/** `reputation-decay` per flow interval until the first decay says otherwise (SPEC 2.6). */
const FACTOR = 0.98;
const INTERVAL_MS = HOUR_MS;
/** Below this a counter is forgotten. */
const NEGLIGIBLE = 0.001;

export class ReputationCounters {
  readonly #keys: ChannelKeys;
  readonly #facts: Facts;
  readonly #add: Statement;
  readonly #decay: Statement;
  readonly #forget: Statement;
  readonly #all: Statement;

  constructor(db: Database, keys: ChannelKeys, facts: Facts) {
    this.#keys = keys;
    this.#facts = facts;
    this.#add = db.prepare(
      `INSERT INTO reputation VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET success = success + excluded.success, failure = failure + excluded.failure`,
    );
    this.#decay = db.prepare(
      'UPDATE reputation SET success = success * ?1, failure = failure * ?1',
    );
    this.#forget = db.prepare(`DELETE FROM reputation WHERE success + failure < ${NEGLIGIBLE}`);
    this.#all = db.prepare('SELECT * FROM reputation');
  }

  /** What one attempt resolved at `resolved` weighs now: history read today has decayed like history seen live. */
  weigher(now: UnixMs): (resolved: UnixMs) => number {
    const since = this.#facts.get('reputation decayed') ?? now;
    const factor = this.#facts.get('reputation factor') ?? FACTOR;
    const interval = this.#facts.get('reputation interval') ?? INTERVAL_MS;
    return (resolved) => (resolved >= since ? 1 : factor ** ((since - resolved) / interval));
  }

  /** Within a transaction. */
  add(key: number, success: number, failure: number): void {
    this.#add.run(key, success, failure);
  }

  /** Within a transaction. A clock that went back decays nothing. */
  decay(at: UnixMs, factor: number, intervalMs: number): void {
    const since = this.#facts.get('reputation decayed');
    if (since !== undefined && at > since) this.#decay.run(factor ** ((at - since) / intervalMs));
    this.#forget.run();
    this.#facts.set('reputation decayed', at);
    this.#facts.set('reputation factor', factor);
    this.#facts.set('reputation interval', intervalMs);
  }

  byPeer(): readonly Reputation[] {
    const at = unixMs(this.#facts.get('reputation decayed') ?? 0);
    const sums = new Map<Reputation['peerId'], { success: number; failure: number }>();
    for (const row of this.#all.all()) {
      const peerId = this.#keys.peerOf(num(row.key));
      if (peerId === undefined) continue;
      const sum = sums.get(peerId) ?? { success: 0, failure: 0 };
      sum.success += num(row.success);
      sum.failure += num(row.failure);
      sums.set(peerId, sum);
    }
    return [...sums].map(([peerId, sum]) => ({ peerId, ...sum, at }));
  }
}
