/** Gathers what the protections ask for (SPEC 7.6), in bulk and from memory: no call to the node. */
import { openedAt } from '../core/books/age.ts';
import {
  BLAMED_MS,
  type Failures,
  feeInsufficientSpike,
  isMany,
} from '../core/protections/fee-insufficient-spike.ts';
import { FLAPPING_WITHIN_MS, flappingPeer, timesLeft } from '../core/protections/flapping-peer.ts';
import {
  blocksLeft,
  htlcNearExpiry,
  htlcsNearExpiry,
} from '../core/protections/htlc-near-expiry.ts';
import { marginDrawdown } from '../core/protections/margin-drawdown.ts';
import { mempoolSpike } from '../core/protections/mempool-spike.ts';
import { outsideFeeSetter } from '../core/protections/outside-fee-setter.ts';
import { ownDowntime } from '../core/protections/own-downtime.ts';
import type { Trigger } from '../core/protections/trigger.ts';
import { unexplainedBooks } from '../core/protections/unexplained-books.ts';
import {
  type ChannelId,
  DAY_MS,
  HOUR_MS,
  laterBy,
  type Msat,
  msat,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { SpendStore } from '../ports/spending.ts';
import type { ChainStore, FeeStore, ForwardStore, PeerStore } from '../ports/store.ts';
import { HangingHtlcs } from './hanging-htlcs.ts';

/** What days of history answer is asked at this pace: their locks hold for a day. */
const SLOW_EVERY_MS = 600_000;
const BRISK_EVERY_MS = 300_000;
const WEEK_DAYS = 7;
/** Rows that a look at a week's payments or at two hours' changes may cost. */
const MOST_PAYMENTS = 10_000;
const MOST_CHANGES = 2000;

export type ProtectionMemory = {
  readonly peers: Pick<PeerStore, 'connections' | 'downtime'>;
  readonly fees: Pick<FeeStore, 'changes' | 'states'>;
  readonly forwards: Pick<ForwardStore, 'cursors' | 'feeInsufficient' | 'revenue'>;
  readonly chain: Pick<ChainStore, 'samples'>;
  readonly spending: Pick<SpendStore, 'payments'>;
};

export type ProtectionSources = {
  readonly store: ProtectionMemory;
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  /** The open channels as the last look showed them: a new array for every look. */
  readonly channels: () => readonly PeerChannel[];
  /** undefined: not known yet. */
  readonly blockHeight: () => number | undefined;
  /** A sentence while the history of forwards is being read (SPEC 2.2): revenue is not known then. */
  readonly waitingFor: () => string | undefined;
  /** What lasts of the differences between the books and the node's, signed; undefined: not known. */
  readonly unexplained: () => Msat | undefined;
};

type Changed = { readonly channelId: ChannelId; readonly at: UnixMs };

export class ProtectionFacts {
  readonly #from: ProtectionSources;
  readonly #began: number;
  readonly #firstStart: boolean;
  readonly #htlcs = new HangingHtlcs();
  #briskAt: number | undefined;
  #slowAt: number | undefined;

  /** Before anything of this start is written: an empty memory is how the very first start is known. */
  constructor(from: ProtectionSources) {
    this.#from = from;
    this.#began = from.clock.elapsed();
    this.#firstStart = from.store.forwards.cursors().hydrationMark === undefined;
  }

  /** Everything that fires now. */
  triggers(now: UnixMs): readonly Trigger[] {
    return [
      this.#away(now),
      unexplainedBooks(this.#from.unexplained()),
      ...this.#hanging(),
      ...this.#brisk(now),
      ...this.#slow(now),
    ].filter((one) => one !== undefined);
  }

  /** What is counted over an hour or more changes little in a few minutes, and its locks hold for hours. */
  #brisk(now: UnixMs): readonly (Trigger | undefined)[] {
    const elapsed = this.#from.clock.elapsed();
    if (this.#briskAt !== undefined && elapsed - this.#briskAt < BRISK_EVERY_MS) return [];
    this.#briskAt = elapsed;
    return [this.#mempool(now), ...this.#flapping(now), ...this.#feeInsufficient(now)];
  }

  #away(now: UnixMs): Trigger | undefined {
    const { store, clock } = this.#from;
    const gap = store.peers
      .downtime(laterBy(now, -DAY_MS), now)
      .filter(({ from, to }) => to - from > HOUR_MS)
      .toSorted((a, b) => a.to - b.to)
      .at(-1);
    return ownDowntime({
      firstStart: this.#firstStart,
      ranMs: clock.elapsed() - this.#began,
      gap: gap && { lengthMs: gap.to - gap.from, endedMsAgo: now - gap.to },
    });
  }

  /** Without samples of a clock that ran ahead and was set back. */
  #mempool(now: UnixMs): Trigger | undefined {
    const samples = this.#from.store.chain
      .samples(laterBy(now, -DAY_MS))
      .filter(({ at }) => at <= now);
    const latest = samples.at(-1);
    return mempoolSpike({
      latest: latest && { satPerVbyte: latest.satPerVbyte, ageMs: now - latest.at },
      preceding: samples.slice(0, -1).map(({ satPerVbyte }) => satPerVbyte),
    });
  }

  #hanging(): readonly (Trigger | undefined)[] {
    const elapsed = this.#from.clock.elapsed();
    this.#htlcs.onLook(this.#from.channels(), elapsed);
    const height = this.#from.blockHeight();
    const left = [...this.#htlcs.pending(elapsed)].map(
      ([channelId, htlcs]) => [channelId, blocksLeft(htlcs, height)] as const,
    );
    return [
      htlcsNearExpiry(left.flatMap(([, blocks]) => blocks).sort((a, b) => a - b)),
      ...left.map(([channelId, blocks]) => htlcNearExpiry(channelId, blocks)),
    ];
  }

  #flapping(now: UnixMs): readonly (Trigger | undefined)[] {
    const { peers } = this.#from.store;
    const span = { from: laterBy(now, -FLAPPING_WITHIN_MS), to: now };
    const events = peers.connections(span.from, span.to);
    const downtimes = peers.downtime(span.from, span.to);
    return this.#from.channels().map(({ channelId, peerId }) => {
      return flappingPeer(channelId, timesLeft(events.get(peerId) ?? [], downtimes, span));
    });
  }

  #feeInsufficient(now: UnixMs): readonly (Trigger | undefined)[] {
    if (this.#from.waitingFor() !== undefined) return [];
    return this.#changedByUs(now).map(({ channelId, at }) => {
      const from = unixMs(Math.max(at, now - HOUR_MS));
      const recent = this.#failures(channelId, from, now);
      const before = isMany(recent) ? this.#weekBefore(channelId, from) : undefined;
      return feeInsufficientSpike({ channelId, recent, before });
    });
  }

  /** The newest change of ours per channel, within the time in which failures are blamed on it. */
  #changedByUs(now: UnixMs): readonly Changed[] {
    const changes = this.#from.store.fees
      .changes({ since: laterBy(now, -BLAMED_MS), limit: MOST_CHANGES })
      .filter(({ by, at }) => by !== 'outside' && at <= now);
    const newest = new Map<ChannelId, UnixMs>();
    for (const { channelId, at } of changes)
      newest.set(channelId, unixMs(Math.max(at, newest.get(channelId) ?? at)));
    return [...newest].map(([channelId, at]) => ({ channelId, at }));
  }

  /** Counted by the hour: with the whole hour in which `from` lies. */
  #failures(channelId: ChannelId, from: UnixMs, to: UnixMs): Failures {
    const hours = (to - hourOf(from)) / HOUR_MS;
    return { count: this.#from.store.forwards.feeInsufficient(channelId, from, to), hours };
  }

  /** undefined: nobody knows how old the channel is, so neither over which time its failures are to be spread. */
  #weekBefore(channelId: ChannelId, until: UnixMs): Failures | undefined {
    const channel = this.#from.channels().find((one) => one.channelId === channelId);
    const opened = channel && openedAt(channel.stateChanges);
    if (opened === undefined) return undefined;
    const end = hourOf(until);
    const from = unixMs(Math.max(opened, end - WEEK_DAYS * DAY_MS));
    return from < end ? this.#failures(channelId, from, unixMs(end - 1)) : undefined;
  }

  #slow(now: UnixMs): readonly (Trigger | undefined)[] {
    const elapsed = this.#from.clock.elapsed();
    if (this.#slowAt !== undefined && elapsed - this.#slowAt < SLOW_EVERY_MS) return [];
    this.#slowAt = elapsed;
    const states = [...this.#from.store.fees.states().values()];
    return [
      this.#margin(now),
      ...states.map((state) => outsideFeeSetter(state.channelId, state.outsideChanges, now)),
    ];
  }

  /** Revenue is by whole UTC days, so the cost is taken from the same moment on. */
  #margin(now: UnixMs): Trigger | undefined {
    if (this.#from.waitingFor() !== undefined) return undefined;
    const { forwards, spending } = this.#from.store;
    const since = unixMs((Math.floor(now / DAY_MS) - WEEK_DAYS + 1) * DAY_MS);
    const earned = [...forwards.revenue(now, WEEK_DAYS).values()].map(({ fees }) => fees);
    const paid = spending.payments({ since, limit: MOST_PAYMENTS }).map(({ cost }) => cost);
    return marginDrawdown({ cost: sum(paid), revenue: sum(earned) });
  }
}

const hourOf = (at: UnixMs): UnixMs => unixMs(Math.floor(at / HOUR_MS) * HOUR_MS);
const sum = (amounts: readonly Msat[]): Msat =>
  msat(amounts.reduce((total, one) => total + one, 0n));
