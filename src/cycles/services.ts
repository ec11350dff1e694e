/** What the cycles offer to the RPC methods, the page and the composition root. */

import type { UtcDay } from '../core/books/period.ts';
import type { FeeDecision } from '../core/fees/types.ts';
import type { FlowMetrics } from '../core/flow/types.ts';
import type { LockScope } from '../core/protections/trigger.ts';
import type { ChannelId, Msat, NodeId, Ppm, UnixMs } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { FeeChange } from '../ports/store.ts';

/** SPEC 1: observe writes nothing outside our database; fees sets fees; full spends too. */
export type Authority = 'observe' | 'fees' | 'full';

export type JobName =
  | 'ingest'
  | 'flow'
  | 'fees'
  | 'rebalance'
  | 'money'
  | 'clboss'
  | 'chain'
  | 'retention'
  | 'books'
  | 'health';
export type JobStatus = {
  readonly name: JobName;
  readonly running: boolean;
  readonly lastRun: UnixMs | undefined;
  readonly lastMs: number | undefined;
  readonly lastError: string | undefined;
  readonly nextRun: UnixMs | undefined;
  readonly runs: number;
  readonly failures: number;
  /** Why it does not run now, or only in part (the history is being read). */
  readonly waitingFor: string | undefined;
};

export type IngestStatus = {
  readonly phase: 'starting' | 'hydrating' | 'live';
  readonly created: number;
  readonly updated: number;
  /** Highest created index of the node when last asked; undefined: not asked yet. */
  readonly nodeCreated: number | undefined;
  readonly forwards: number;
  readonly queued: number;
  readonly dropped: number;
  /** Forwards under names no channel is known for. */
  readonly unresolved: number;
};

export type Neighbour = {
  readonly name: 'sling' | 'bookkeeper' | 'clboss' | 'cl-hive';
  readonly present: boolean;
  /** What we do without it. */
  readonly consequence: string;
};

export type ManualFeeRequest = {
  readonly subject: { readonly channelId: ChannelId } | { readonly peerId: NodeId };
  readonly ppm: Ppm;
  readonly expiresInHours: number | undefined;
};
export type FeeActResult = {
  readonly channelId: ChannelId;
  readonly outcome: 'done' | 'failed' | 'unknown' | 'would' | 'none';
  readonly from: Ppm;
  readonly to: Ppm;
  readonly because: string;
};
/** `revenue-undo`: one change by id, one cycle, everything since a time, or the baseline. */
export type UndoRequest =
  | { readonly change: number }
  | { readonly cycle: number }
  | { readonly since: UnixMs }
  | { readonly baseline: true; readonly channelId: ChannelId | undefined };

export interface FeeService {
  /** Pins through a static policy and sends at once (SPEC 3.9). `check` validates without doing. */
  setFee(request: ManualFeeRequest, check: boolean): Promise<readonly FeeActResult[]>;
  undo(request: UndoRequest, check: boolean): Promise<readonly FeeActResult[]>;
  /** What the rules say now, without doing or storing anything. undefined: not a managed channel. */
  preview(
    channelId: ChannelId,
  ): Promise<{ readonly decision: FeeDecision; readonly channel: PeerChannel } | undefined>;
  /** Recomputes a journaled decision from its stored inputs. */
  replay(inputs: string): FeeDecision;
  /** Commands that restore baseline prices without us, for `revenue-doctor`. */
  restoreCommands(): readonly string[];
  changes(limit: number): readonly FeeChange[];
}

export type BrakeState = {
  readonly scope: LockScope;
  readonly since: UnixMs;
  /** undefined: until `revenue-resume`. */
  readonly until: UnixMs | undefined;
};
/** `revenue-pause` and `revenue-resume` (SPEC 1). */
export interface BrakeService {
  /** Nothing of that scope is done any more until it expires or is released. Special prices end at once. */
  pause(scope: LockScope, hours: number | undefined): BrakeState;
  /** Releases every brake; how many there were. */
  resume(): number;
  active(): readonly BrakeState[];
}

/** What `observe` would have done so far: shown before and at the promotion (SPEC 1, first days). */
export type FirstDays = {
  readonly since: UnixMs | undefined;
  readonly channels: number;
  /** Channels whose price would rise or fall, and the median of all before and after. */
  readonly raise: number;
  readonly lower: number;
  readonly medianNow: Ppm | undefined;
  readonly medianWanted: Ppm | undefined;
  /** Fee changes that were decided and not sent. */
  readonly unsent: number;
};

export interface FlowService {
  /** Runs the analysis now on what is stored; no side effects outside the flow table. */
  analyze(): readonly FlowMetrics[];
  latest(): readonly FlowMetrics[];
}

/** How far the books are, and what is wrong with them (SPEC 6.3). */
export type BooksStatus = {
  /** The last closed day; undefined: none yet. */
  readonly closedUntil: UtcDay | undefined;
  /** Why yesterday is not closed yet; undefined: it is. */
  readonly behind: string | undefined;
  /** What lasts of the differences to the node's own records, signed; undefined: not compared for two days yet. */
  readonly unexplained: Msat | undefined;
  /** Transactions whose moves add up to no fee that can be believed. */
  readonly oddTransactions: number;
};

export interface Board {
  jobs(): readonly JobStatus[];
  ingest(): IngestStatus;
  neighbours(): readonly Neighbour[];
  /** Problems the operator should know, worst first: degraded neighbours, alerts, refused starts. */
  warnings(): readonly string[];
  authority(): Authority;
  books(): BooksStatus;
  /** Last known picture of the open channels, from the last cycle: no call to the node. */
  channels(): readonly PeerChannel[];
  firstDays(): FirstDays;
}
