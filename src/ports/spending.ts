/**
 * The memory of money spent on rebalancing: jobs with their holds, the payments the node recorded, and what earlier
 * jobs came to. `at` of holds and spends is the ledger's time (cycles/spend-clock.ts): it never goes back, and while
 * we run never faster than time really passes, so that no jump of the clock frees a window.
 */
import type { Account } from '../core/spending/caps.ts';
import type { Grant, SpendKind } from '../core/spending/types.ts';
import type { ChannelId, Msat, NodeId, Ppm, Scid, UnixMs } from '../core/units.ts';
import type { ChannelMove, SendPay } from './payments.ts';

/**
 * ordered: hold and ownership are written, the order may or may not have reached the backend. running: it said so.
 * stopping: to be stopped, and settled after that. unknown: what was paid could not be found out; the hold stays.
 */
export type JobState = 'ordered' | 'running' | 'stopping' | 'unknown' | 'settled';
/** `nothing moved`: it reached its deadline. `not tried`: refused by the backend, or ended by us before that. */
export type JobOutcome = 'moved' | 'nothing moved' | 'not tried' | 'strayed';

export type NewJob = {
  readonly kind: SpendKind;
  /** Whose caps and books bear it: the destination, or the channel a diagnostic is for. */
  readonly subject: ChannelId;
  readonly destination: ChannelId;
  readonly destinationPeer: NodeId;
  /** The name it is ordered under. */
  readonly scid: Scid;
  readonly sources: readonly ChannelId[];
  readonly amount: Msat;
  readonly chunk: Msat;
  readonly maxPpm: Ppm;
  /** The hold. */
  readonly cap: Msat;
  readonly expectedIncome: Msat;
  readonly expectedLoss: Msat;
  readonly decisionId: number | undefined;
  readonly deadlineMs: number;
};

export type RebalanceJob = NewJob & {
  readonly id: number;
  readonly state: JobState;
  /** Wall clock, for people. */
  readonly createdAt: UnixMs;
  /** Ledger time. */
  readonly heldAt: UnixMs;
  readonly endedAt: UnixMs | undefined;
  readonly outcome: JobOutcome | undefined;
  /** Why it is stopping, unknown or ended. */
  readonly because: string | undefined;
  /** Sums over its payments so far. */
  readonly moved: Msat;
  readonly spent: Msat;
  readonly payments: number;
};

/** A rebalance the node recorded: one payment hash out by one channel and in by another (SPEC 6.1). */
export type CircularPayment = {
  readonly paymentHash: string;
  /** undefined: unknown channel, or a node without channel moves. */
  readonly out: ChannelId | undefined;
  readonly in: ChannelId | undefined;
  readonly sent: Msat;
  readonly received: Msat;
  /** Never below 0: the larger of the fees recorded and what is missing. */
  readonly cost: Msat;
  readonly at: UnixMs;
  /** undefined: nobody of ours ordered it. */
  readonly jobId: number | undefined;
};

/** What one channel's refills really were (SPEC 3.2, 6.1). */
export type RebalanceCosts = {
  /** Exact, whole life; diagnostics apart. */
  readonly life: Msat;
  readonly last30d: Msat;
  readonly diagnostic: Msat;
  /** Normal and manual ones of the last 30 days: count of jobs that moved something, and Σ cost, Σ moved. */
  readonly refills30d: { readonly count: number; readonly cost: Msat; readonly moved: Msat };
};

/** One end of a diagnostic (SPEC 4.9). */
export type ShockEnd = { readonly at: UnixMs; readonly succeeded: boolean };

/** What earlier jobs into and out of a channel came to: the stored part of RebalanceHistory. */
export type JobRecord = {
  readonly failures: number;
  readonly lastFailure: UnixMs | undefined;
  readonly lastSuccess: UnixMs | undefined;
  /** As last stored, and when: it decays with a half-life of one hour. */
  readonly sourceFailures: number;
  readonly sourceFailedAt: UnixMs | undefined;
};

export type MoveCursors = {
  /** Last created_index of channel moves stored; 0: nothing yet. */
  readonly moves: number;
  /** Last created_index of sendpays below which every row is final. */
  readonly sendPays: number;
  /** The first pass reached the end once: what the node recorded before us is known. */
  readonly complete: boolean;
};

export interface SpendStore {
  /** Holds that are open now, less what their jobs have spent, and every spend of the last 30 days. */
  account(): Account;
  /** Newest moment of the ledger; undefined: nothing was ever held or read. */
  lastAt(): UnixMs | undefined;
  /** How far the ledger's time is, so that a restart goes on from there. Harmless within `open`. */
  keepTime(at: UnixMs): void;
  /**
   * The one place where money is promised: in one BEGIN IMMEDIATE transaction the account is read, judged, and hold
   * and ownership row are written. A destination whose peer has an open job is refused before the judge is asked.
   */
  open(
    job: NewJob,
    judge: (account: Account) => Grant,
    when: { readonly wall: UnixMs; readonly ledger: UnixMs },
  ): { readonly grant: Grant; readonly job: RebalanceJob | undefined };
  /** A step of an open job, never out of `settled`. */
  mark(id: number, state: 'running' | 'stopping' | 'unknown', because?: string): void;
  /** Ends a job: releases what is left of the hold and writes its outcome into the records, in one transaction. */
  settle(id: number, outcome: JobOutcome, because: string, at: UnixMs): void;
  /** The operator says what an unknown job cost (msat, total); books the difference and ends it. */
  settleByHand(
    id: number,
    spent: Msat,
    when: { readonly wall: UnixMs; readonly ledger: UnixMs },
  ): boolean;
  /** Not settled, oldest first. */
  openJobs(): readonly RebalanceJob[];
  job(id: number): RebalanceJob | undefined;
  /** Newest first. */
  jobs(limit: number, since?: UnixMs): readonly RebalanceJob[];

  cursors(): MoveCursors;
  /**
   * A page of channel moves and its cursor in one transaction. Hashes with a debit and a credit tagged `invoice` on
   * two channels become circular payments, each booked exactly once, to the job that ordered it if there is one; the
   * hold shrinks by what is booked. Returns the payments that are new or changed.
   */
  storeMoves(
    rows: readonly ChannelMove[],
    last: number,
    ledger: UnixMs,
  ): readonly CircularPayment[];
  /** The same from `listsendpays` alone, for nodes without channel moves. `own`: our node id. */
  storeSendPays(
    rows: readonly SendPay[],
    last: number,
    own: NodeId,
    ledger: UnixMs,
  ): readonly CircularPayment[];
  setMovesComplete(): void;
  /** The node's time of the move at the cursor: another one there is another history. undefined: none was read. */
  lastMoveAt(): UnixMs | undefined;
  /** The node was restored: its moves are read anew from the first. What is booked stays booked once. */
  restartMoves(): void;
  payments(filter: {
    readonly jobId?: number;
    readonly since?: UnixMs;
    readonly limit: number;
  }): readonly CircularPayment[];
  knows(paymentHash: string): boolean;

  costs(now: UnixMs): ReadonlyMap<ChannelId, RebalanceCosts>;
  records(): ReadonlyMap<ChannelId, JobRecord>;
  /** ppm of successes into each peer, newest last, at most 20. */
  paidPpm(): ReadonlyMap<NodeId, readonly number[]>;
  /** Jobs that moved something into each channel, oldest first: cost and end, for Kelly. */
  finished(
    since: UnixMs,
  ): ReadonlyMap<ChannelId, readonly { readonly endedAt: UnixMs; readonly cost: Msat }[]>;
  shocks(): ReadonlyMap<ChannelId, readonly ShockEnd[]>;
  /** Drops old settled jobs and payments beyond what any cap, book or record still needs; true: more to do. */
  retain(now: UnixMs, maxRows: number): boolean;
}
