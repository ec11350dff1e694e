/**
 * The books in memory (SPEC 6). Days are UTC. Facts come in through the other stores (forwards, payments of ours,
 * chain moves) and are summed by the day they belong to; a day that is *closed* never changes any more: a fact that
 * belongs to a closed day is booked on the first open one, naming the day it belongs to. So a period asked for twice
 * answers the same, however much later.
 */

import type { BlockTime } from '../core/books/age.ts';
import type { PeriodSums, UtcDay } from '../core/books/period.ts';
import type { NodeLedgerDay, Reconciliation } from '../core/books/reconciliation.ts';
import type { ChannelId, Msat, UnixMs } from '../core/units.ts';
import type { ChainMove, IncomeRow } from './chain-records.ts';

/** A fact that became known after its day was closed. */
export type LateFact = {
  readonly bookedOn: UtcDay;
  readonly belongsTo: UtcDay;
  /** undefined: of no channel of ours (wallet, or a name nobody has). */
  readonly channelId: ChannelId | undefined;
  readonly revenue: Msat;
  readonly assisted: Msat;
  readonly costs: PeriodSums['costs'];
};

/** A node's day: sums as booked on it, late facts included. */
export type BookDay = {
  readonly day: UtcDay;
  readonly closed: boolean;
  readonly sums: PeriodSums;
  /** Of `sums`: revenue less costs that belong to earlier days. */
  readonly late: Msat;
};

/** What one channel did on one day; without a channel: of none of ours. */
export type ChannelDay = {
  readonly day: UtcDay;
  readonly channelId: ChannelId | undefined;
  readonly sums: PeriodSums;
};

/** Once a day (SPEC 6.4). */
export type Snapshot = {
  readonly day: UtcDay;
  readonly at: UnixMs;
  readonly local: Msat;
  readonly remote: Msat;
  /** Confirmed. */
  readonly onchain: Msat;
  readonly capacity: Msat;
  /** Held for rebalances that are not settled. */
  readonly pendingCosts: Msat;
  readonly lifetimeRevenue: Msat;
  readonly lifetimeCost: Msat;
  readonly channels: number;
};

/** A transaction whose moves do not add up to a fee that can be believed: shown, in no sum. */
export type OddTransaction = {
  readonly txid: string;
  readonly at: UnixMs;
  /** Signed: what went in less what came out, as recorded. */
  readonly residual: Msat;
  readonly because: string;
};

export interface BookStore {
  /** The first day of the books and the last one closed; undefined: none was closed yet. */
  closed(): { readonly first: UtcDay; readonly last: UtcDay } | undefined;
  /** The oldest day with any forward or cost; undefined: nothing ever. */
  oldest(): UtcDay | undefined;

  /** The node's sums over [from, to], late facts on the day they became known. */
  node(from: UtcDay, to: UtcDay): PeriodSums;
  /** Day by day, quiet days included, oldest first. */
  nodeDays(from: UtcDay, to: UtcDay): readonly BookDay[];
  /** By channel, closed ones too. `undefined` key: of no channel of ours. */
  channels(from: UtcDay, to: UtcDay): ReadonlyMap<ChannelId | undefined, PeriodSums>;
  /** Whole life, by channel. */
  channelLives(): ReadonlyMap<ChannelId | undefined, PeriodSums>;
  /** One row a channel and day with anything in it, oldest first, at most `limit`. */
  channelDays(from: UtcDay, to: UtcDay, limit: number): readonly ChannelDay[];
  /** Booked within [from, to], oldest first. */
  late(from: UtcDay, to: UtcDay): readonly LateFact[];

  /** What the node's channel moves say of a day; undefined: they do not reach back to it. */
  nodeLedger(day: UtcDay): NodeLedgerDay | undefined;
  /** Closes the day after the last closed one (or the first of the books). Throws Bug for any other. */
  close(result: Reconciliation): void;
  /** As it was when each day was closed, oldest first. */
  reconciliations(from: UtcDay, to: UtcDay): readonly Reconciliation[];

  /** Last created_index of chain moves stored, and the time of that row: another one there is another history. */
  chainCursor(): { readonly index: number; readonly at: UnixMs | undefined };
  /**
   * A page of chain moves and its cursor in one transaction. The fees of every transaction it touches are worked out
   * anew from all its moves (`core/books/chain-costs.ts`), and what changed is booked.
   */
  storeChainMoves(rows: readonly ChainMove[], last: number): void;
  /** The node was restored: moves are read anew from the first. What is booked stays booked once. */
  restartChainMoves(): void;
  /** On nodes without chain moves: fees of one closed day from bookkeeper, each txid and account booked once. */
  storeIncome(day: UtcDay, rows: readonly IncomeRow[]): void;
  oddTransactions(): readonly OddTransaction[];
  /** When the node recorded the opening of a channel; undefined: it did not. */
  recordedOpening(channelId: ChannelId): UnixMs | undefined;

  /** A block as it was announced to us. */
  sawBlock(height: number, at: UnixMs): void;
  /** The nearest blocks at or below, and at or above, whose times we saw. */
  blocksAround(height: number): {
    readonly below: BlockTime | undefined;
    readonly above: BlockTime | undefined;
  };

  /** One a day: a second one of a day is left out. */
  snapshot(snapshot: Snapshot): void;
  /** Oldest first; missing days are missing. */
  snapshots(from: UtcDay, to: UtcDay): readonly Snapshot[];
}
