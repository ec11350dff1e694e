/** What the books offer to the methods, the planner and whoever shows money (SPEC 6). Everything from memory. */

import type { PeriodSums, UtcDay } from '../core/books/period.ts';
import type { Reconciliation } from '../core/books/reconciliation.ts';
import type { ChannelClass } from '../core/books/types.ts';
import type { ChannelId, Msat, NodeId, UnixMs } from '../core/units.ts';
import type { BookDay, ChannelDay, LateFact, OddTransaction, Snapshot } from '../ports/books.ts';

/** The node over [from, to], whole UTC days. */
export type PeriodStatement = {
  readonly from: UtcDay;
  readonly to: UtcDay;
  /** Every day of it is closed: asked again, it answers the same. */
  readonly final: boolean;
  readonly sums: PeriodSums;
  readonly net: Msat;
  /** (revenue − what moving liquidity cost) / revenue; undefined without revenue (SPEC 6.1). */
  readonly margin: number | undefined;
  /** Days that were compared with the node's own ledger, and those that could not be. */
  readonly reconciledDays: number;
  readonly unreconciledDays: number;
  /** Signed sum over the reconciled days. */
  readonly unexplained: Msat;
};

export type ChannelStatement = {
  readonly channelId: ChannelId;
  readonly peerId: NodeId | undefined;
  /** Newest scid, else any name; undefined: it has none yet. */
  readonly name: string | undefined;
  readonly closed: boolean;
  readonly openedByPeer: boolean | undefined;
  readonly capacity: Msat;
  readonly ageDays: number | undefined;
  readonly life: PeriodSums;
  readonly month: PeriodSums;
  readonly net: Msat;
  readonly net30d: Msat;
  /** The estimate that stands in for an unknown cost of opening when it is judged; in no sum. */
  readonly openEstimate: Msat | undefined;
  /** 0.1 = 10 %. */
  readonly roi: number;
  readonly marginalRoi: number;
  /** undefined for closed channels. */
  readonly class: ChannelClass | undefined;
  /** net_30d < 0 and volume > 0 (SPEC 6.2). */
  readonly bleeder: boolean;
  readonly lastSettled: UnixMs | undefined;
};

export type NetWorth = {
  /** Confirmed on-chain + our channel balances − pending costs (SPEC 6.4); undefined: a part is not known yet. */
  readonly total: Msat | undefined;
  readonly onchain: Msat | undefined;
  /** Of all channels; undefined: not looked yet, or one of them could not be read. */
  readonly local: Msat | undefined;
  readonly remote: Msat | undefined;
  readonly capacity: Msat | undefined;
  readonly activeChannels: number | undefined;
  readonly pendingCosts: Msat;
};

export interface BooksService {
  today(): UtcDay;
  period(from: UtcDay, to: UtcDay): PeriodStatement;
  /** The last `days` UTC days, today included. */
  window(days: number): PeriodStatement;
  lifetime(): PeriodStatement;
  /** Open and closed channels, judged by the same function as fees and rebalancing. */
  channels(): readonly ChannelStatement[];
  channelsOver(from: UtcDay, to: UtcDay): ReadonlyMap<ChannelId | undefined, PeriodSums>;
  days(from: UtcDay, to: UtcDay): readonly BookDay[];
  channelDays(from: UtcDay, to: UtcDay, limit: number): readonly ChannelDay[];
  late(from: UtcDay, to: UtcDay): readonly LateFact[];
  reconciliations(from: UtcDay, to: UtcDay): readonly Reconciliation[];
  /** The days of [from, to]; `snapshot` undefined: nobody took one, it is not made up. */
  snapshots(
    from: UtcDay,
    to: UtcDay,
  ): readonly { readonly day: UtcDay; readonly snapshot: Snapshot | undefined }[];
  netWorth(): NetWorth;
  /** net_30d / capacity × 365 / 30 (SPEC 6.4); undefined without capacity. */
  returnOnCapital(): number | undefined;
  oddTransactions(): readonly OddTransaction[];
  /** Why the newest days are not closed yet; undefined: yesterday is. */
  behind(): string | undefined;
}
