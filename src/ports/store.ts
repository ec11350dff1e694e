/**
 * What is remembered, as the cycles ask for it. SQLite behind it is synchronous on purpose: read-decide-write is
 * one tick and needs no lock (docs/ARCHITECTURE.md). Every method that writes is one transaction; a failing disk
 * throws StoreFailed and changes nothing.
 */

import type { ChannelFeeState, RuleName, Step } from '../core/fees/types.ts';
import type { DayFlow, FlowMetrics } from '../core/flow/types.ts';
import type { LockScope } from '../core/protections/trigger.ts';
import type { ChannelId, Msat, NodeId, Ppm, UnixMs } from '../core/units.ts';
import type { Ancestors } from './ancestor.ts';
import type { Backups } from './backup.ts';
import type { BookStore } from './books.ts';
import type { ClbossStore } from './clboss.ts';
import type { ImportStore } from './imports.ts';
import type { Forward, ForwardIndex } from './node.ts';
import type { PolicyStore } from './policies.ts';
import type { SpendStore } from './spending.ts';

/** The disk failed, is full, or did not keep what was written. */
export class StoreFailed extends Error {
  override name = 'StoreFailed';
}

// ---------------------------------------------------------------- identity

/** A channel as we know it, open or closed. `names`: scid, aliases, earlier scids (SPEC, words). */
export type KnownChannel = {
  readonly channelId: ChannelId;
  readonly peerId: NodeId | undefined;
  readonly names: readonly string[];
  readonly capacity: Msat;
  readonly openedByPeer: boolean | undefined;
  readonly openedAt: UnixMs | undefined;
  readonly closed: boolean;
};

export interface ChannelDirectory {
  /**
   * Upserts channels and their names. Forwards stored under a name that was unknown until now move to the
   * channel it belongs to. Channels that are not among `open` any more are marked closed.
   */
  learn(open: readonly KnownChannel[], closed: readonly KnownChannel[], at: UnixMs): void;
  /** The identity behind any name a channel ever had; undefined: unknown so far. */
  resolve(name: string): ChannelId | undefined;
  get(channelId: ChannelId): KnownChannel | undefined;
  all(): readonly KnownChannel[];
}

// ---------------------------------------------------------------- forwards

export type IngestCursors = {
  /** Last created_index stored; 0: nothing yet. */
  readonly created: number;
  /** Last updated_index stored. */
  readonly updated: number;
  /** `wait forwards updated` noted before the first page; undefined: hydration has not begun. */
  readonly hydrationMark: number | undefined;
  /** The first pass over both indexes has reached the end. */
  readonly hydrated: boolean;
};

export type IngestCount = {
  /** Settled forwards that were new to us. */
  readonly settled: number;
  readonly failed: number;
  readonly localFailed: number;
  /** Settled rows already known. */
  readonly repeated: number;
};

export type NodeTotals = {
  readonly forwards: number;
  readonly in: Msat;
  readonly out: Msat;
  readonly fees: Msat;
};
export type ChannelTotals = {
  readonly inCount: number;
  readonly in: Msat;
  readonly outCount: number;
  readonly out: Msat;
  /** Fees of forwards that left by it. */
  readonly fees: Msat;
  /** Fees of forwards that came in by it. */
  readonly assistedFees: Msat;
};

/** One settled forward that left by a channel, for the learner. */
export type SoldForward = {
  readonly outChannelId: ChannelId;
  /** undefined: it came in under a name no channel is known for. */
  readonly inChannelId: ChannelId | undefined;
  readonly inPeerId: NodeId | undefined;
  readonly amount: Msat;
  readonly fee: Msat;
  readonly resolvedAt: UnixMs;
};

export interface ForwardStore {
  cursors(): IngestCursors;
  /**
   * Notes the updated index before the first page, once per hydration. With `keepDays` the first pass sums what is
   * older at once, into days and lifetime, instead of storing rows that retention would drop (SPEC 2.5).
   */
  beginHydration(updatedIndex: number, at: UnixMs, keepDays?: number): void;
  /** The node's indexes are below our cursors (restored node): start the pass anew; totals stay exact. */
  restartHydration(updatedIndex: number, at: UnixMs): void;
  /**
   * A page of `listforwards` and the cursor that follows it, in one transaction. Settled rows are keyed by
   * (channel, in htlc id), else by created_index: repeats change nothing. Failed rows are only counted, exactly
   * once: local_failed in the created pass; failed in the created pass when updated_index ≤ the hydration mark,
   * else in the updated pass.
   */
  storePage(index: ForwardIndex, rows: readonly Forward[], last: number, at: UnixMs): IngestCount;
  /** Live settled `forward_event`s, durable when it returns. Other statuses are ignored here. */
  storeEvents(events: readonly Forward[], at: UnixMs): IngestCount;
  setHydrated(at: UnixMs): void;

  /** Rolling days of the window per channel with any settled forward, from the hourly roll-ups. O(window). */
  dayFlows(now: UnixMs, windowDays: number): ReadonlyMap<ChannelId, readonly DayFlow[]>;
  nodeTotals(): NodeTotals;
  channelTotals(): ReadonlyMap<ChannelId, ChannelTotals>;
  /** Last settled forward in or out, per channel. */
  lastSettled(): ReadonlyMap<ChannelId, UnixMs>;
  /** Settled out per channel since a moment (rolling; exact to the row). */
  outSince(since: UnixMs): ReadonlyMap<ChannelId, Msat>;
  /** Settled volume out over the last days, node-wide. */
  outVolume(now: UnixMs, days: number): Msat;
  /** fees and volume out per channel over whole days back from now. */
  revenue(
    now: UnixMs,
    days: number,
  ): ReadonlyMap<ChannelId, { readonly out: Msat; readonly fees: Msat }>;
  /** Settled out and their number per channel since the start of a UTC day of its own (SPEC 4.5). */
  soldSince(
    firstDays: ReadonlyMap<ChannelId, number>,
  ): ReadonlyMap<ChannelId, { readonly out: Msat; readonly count: number }>;
  /** What could not leave for lack of our liquidity over whole days back from now, per channel asked for (SPEC 2.9). */
  missedOut(now: UnixMs, days: number): ReadonlyMap<ChannelId, Msat>;
  /** Settled forwards with a store sequence above `after`, oldest first, at most `limit`; and the new sequence. */
  soldAfter(
    after: number,
    limit: number,
  ): { readonly rows: readonly SoldForward[]; readonly last: number };
  /** Sequence of the newest settled row. */
  newestSequence(): number;
  /** Median amount of the last 100 forwards out, per channel with ≥ 10; and of the node (undefined: none). */
  medianAmounts(): {
    readonly byChannel: ReadonlyMap<ChannelId, Msat>;
    readonly node: Msat | undefined;
  };
  /** Hold times of forwards to a peer's channels since a moment, seconds: count, mean, sample std. */
  holdTimes(
    since: UnixMs,
  ): ReadonlyMap<NodeId, { readonly count: number; readonly mean: number; readonly std: number }>;
  /** Missed for lack of our liquidity, per pair and day, newest first (SPEC 2.9). */
  missed(sinceDay: number, limit: number): readonly MissedRow[];
  /** Attempts to leave by a channel that paid too little, within the whole hours that [from, to] touches (SPEC 3.8). */
  feeInsufficient(channelId: ChannelId, from: UnixMs, to: UnixMs): number;
  /** One slice of retention; true: more to do. Rows older than the horizon go, roll-ups stay exact. */
  retain(now: UnixMs, keepDays: number, maxRows: number): boolean;
  counts(): {
    /** Settled rows stored now: retention takes old ones, the totals keep them. */
    readonly settledRows: number;
    readonly failed: number;
    readonly localFailed: number;
    /** Settled forwards without usable amounts: kept apart, in no sum. */
    readonly unusable: number;
    /** Sides of settled forwards under names no channel is known for. */
    readonly unresolved: number;
  };
}

export type MissedRow = {
  readonly day: number;
  readonly inChannel: string;
  readonly outChannel: string;
  readonly count: number;
  readonly amount: Msat;
};

// ---------------------------------------------------------------- peers

export type Reputation = {
  readonly peerId: NodeId;
  readonly success: number;
  readonly failure: number;
  readonly at: UnixMs;
};

export interface PeerStore {
  recordConnection(peerId: NodeId, connected: boolean, at: UnixMs): void;
  /** Proof of life of our own process; gaps longer than 2 minutes are our own downtime. */
  heartbeat(at: UnixMs): void;
  /** connect/disconnect events of all peers that matter for [from, to]: the last one before, and those inside. */
  connections(
    from: UnixMs,
    to: UnixMs,
  ): ReadonlyMap<NodeId, readonly { readonly at: UnixMs; readonly connected: boolean }[]>;
  /** Our own downtime within [from, to]. */
  downtime(from: UnixMs, to: UnixMs): readonly { readonly from: UnixMs; readonly to: UnixMs }[];
  /** Raw decayed counters as last stored; ingest keeps them. */
  reputations(): readonly Reputation[];
  /** Applies decay of real time: factor^(elapsed / interval), counts are real numbers. */
  decayReputation(at: UnixMs, factor: number, intervalMs: number): void;
  addRoutable(hours: ReadonlyMap<ChannelId, number>, at: UnixMs): void;
  /** Routable hours per channel over the last days. */
  routable(now: UnixMs, days: number): ReadonlyMap<ChannelId, number>;
  /** The latest `want` days with any routable hour, at most `back` days ago, per channel: their hours and the first of them. */
  routableDays(
    now: UnixMs,
    want: number,
    back: number,
  ): ReadonlyMap<ChannelId, { readonly hours: number; readonly firstDay: number }>;
}

// ---------------------------------------------------------------- fees

/** One fee change on the node, ours or another's; never pruned before keep time. */
export type FeeChange = {
  readonly id: number;
  readonly channelId: ChannelId;
  readonly at: UnixMs;
  readonly from: { readonly ppm: Ppm; readonly base: Msat; readonly htlcMax: Msat };
  readonly to: { readonly ppm: Ppm; readonly base: Msat; readonly htlcMax: Msat };
  readonly by: RuleName | 'manual' | 'undo' | 'outside' | 'shutdown';
  /** Groups the changes of one cycle, for `revenue-undo`. */
  readonly cycle: number;
  readonly decisionId: number | undefined;
  /** Whether a gossip message was sent for it (announced channels). */
  readonly gossiped: boolean;
};

export interface FeeStore {
  states(): ReadonlyMap<ChannelId, ChannelFeeState>;
  state(channelId: ChannelId): ChannelFeeState | undefined;
  /** State, decision and change of one channel in one transaction. Returns the decision's id. */
  record(entry: FeeRecord): number;
  /**
   * Before a cycle acts, in one transaction: the verdicts on channels that need no act, the learnt states of those
   * that do, and how far the learners have read. So a kill at any moment teaches nothing twice.
   */
  recordCycle(batch: CycleRecord): void;
  saveState(state: ChannelFeeState): void;
  dropStates(channelIds: readonly ChannelId[]): void;
  changes(filter: {
    readonly channelId?: ChannelId;
    readonly since?: UnixMs;
    readonly cycle?: number;
    readonly limit: number;
  }): readonly FeeChange[];
  /** Channel updates sent since a moment: all, and the most of one channel in any rolling day since. */
  gossipSince(since: UnixMs): number;
  gossipPeak(
    from: UnixMs,
    to: UnixMs,
  ): { readonly perChannelDayMax: number; readonly total: number };
  nextCycle(): number;
  /** Learner's position in the settled rows. */
  evidenceCursor(): EvidenceCursor | undefined;
}

export type EvidenceCursor = { readonly sequence: number; readonly at: UnixMs };
export type CycleRecord = {
  readonly idle: readonly FeeRecord[];
  readonly learned: readonly ChannelFeeState[];
  /** undefined: nothing was learnt, the learners stay where they are. */
  readonly cursor: EvidenceCursor | undefined;
};

export type FeeRecord = {
  readonly state: ChannelFeeState;
  readonly decision: NewDecision;
  readonly change: Omit<FeeChange, 'id' | 'decisionId'> | undefined;
};

// ---------------------------------------------------------------- journal

export const DECISION_KINDS = [
  'fee',
  'fee-manual',
  'rebalance',
  'rebalance-manual',
  'diagnostic',
  'config',
  'alert',
] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];
export type Outcome = 'done' | 'failed' | 'unknown' | 'would' | 'none';

export type NewDecision = {
  readonly at: UnixMs;
  readonly kind: DecisionKind;
  readonly channelId: ChannelId | undefined;
  readonly configVersion: number;
  readonly rule: string;
  readonly binding: string;
  /** The number decided (ppm for fees); undefined where there is none. */
  readonly number: number | undefined;
  readonly trail: readonly Step[];
  /** toText() of the inputs: replaying them gives the same number. A function is called only for a verdict that is new. */
  readonly inputs: string | (() => string);
  readonly outcome: Outcome;
  /** What was said when the outcome is failed or unknown. */
  readonly error: string | undefined;
};
export type Decision = Omit<NewDecision, 'inputs'> & {
  readonly inputs: string;
  readonly id: number;
  /** Last cycle with an equal verdict, and how many there were. */
  readonly lastAt: UnixMs;
  readonly count: number;
};

/** Append-only. A verdict equal to the channel's last (rule, binding, number, outcome) extends that entry (SPEC 7.4). */
export interface Journal {
  append(decision: NewDecision): number;
  /** The verdicts of a cycle in one transaction. */
  appendAll(decisions: readonly NewDecision[]): void;
  get(id: number): Decision | undefined;
  /** Newest first; `kind`: only those. */
  latest(channelId: ChannelId, limit: number, kind?: DecisionKind): readonly Decision[];
  recent(limit: number): readonly Decision[];
  count(): number;
  /** Entries with this outcome: 'would' is what observe held back. */
  countOf(outcome: Outcome): number;
  /** Every entry oldest first, for export and hashing. */
  each(visit: (decision: Decision) => void): void;
  /** 90 days whole, then one a channel and day; true: more to do. */
  retain(now: UnixMs, maxRows: number): boolean;
}

// ---------------------------------------------------------------- the rest

export interface SettingStore {
  overrides(): { readonly version: number; readonly values: ReadonlyMap<string, string> };
  /** Writes, then reads back and compares inside the transaction; throws StoreFailed when the disk lies. Returns the new version. */
  put(changes: ReadonlyMap<string, string | undefined>, at: UnixMs): number;
}

export interface FlowStore {
  save(metrics: readonly FlowMetrics[], at: UnixMs): void;
  latest(): ReadonlyMap<ChannelId, FlowMetrics>;
}

export interface ChainStore {
  /** Kept 48 h. */
  addSample(at: UnixMs, satPerVbyte: number): void;
  /** Newest last. */
  samples(since: UnixMs): readonly { readonly at: UnixMs; readonly satPerVbyte: number }[];
}

export type Lock = {
  readonly id: number;
  readonly scope: LockScope;
  readonly channelId: ChannelId | undefined;
  readonly reason: string;
  readonly since: UnixMs;
  readonly expiresAt: UnixMs;
};
export interface LockStore {
  add(lock: Omit<Lock, 'id'>): number;
  active(at: UnixMs): readonly Lock[];
  remove(id: number): boolean;
}

/** The whole memory. */
export interface Store {
  readonly channels: ChannelDirectory;
  readonly forwards: ForwardStore;
  readonly peers: PeerStore;
  readonly fees: FeeStore;
  readonly flow: FlowStore;
  readonly journal: Journal;
  readonly settings: SettingStore;
  readonly chain: ChainStore;
  readonly policies: PolicyStore;
  readonly locks: LockStore;
  readonly clboss: ClbossStore;
  readonly spending: SpendStore;
  readonly books: BookStore;
  readonly imports: ImportStore;
  /** Databases of the Python plugin that may be taken over. */
  readonly ancestors: Ancestors;
  readonly backups: Backups;
  /** Bytes of the database and its write-ahead log. */
  size(): number;
  /** Gives free pages back, a few at a time (incremental vacuum). */
  tidy(): void;
  close(): void;
}
