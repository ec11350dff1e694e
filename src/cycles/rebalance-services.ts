/** What moving liquidity offers to the cycles, the RPC methods and the composition root (SPEC 4). */
import type { DiagnosticVerdict } from '../core/rebalance/diagnostic.ts';
import type {
  RebalanceChannel,
  RebalancePlan,
  RebalanceSettings,
  RebalanceVerdict,
} from '../core/rebalance/types.ts';
import type { Cap } from '../core/spending/caps.ts';
import type { CapName, Funds, SpendKind } from '../core/spending/types.ts';
import type { ChannelId, Msat, UnixMs } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { RebalanceJob } from '../ports/spending.ts';

/** May money leave at all, and if not, why: one sentence for the operator. */
export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly because: string };

export type JobOrder = {
  readonly kind: SpendKind;
  readonly plan: RebalancePlan;
  /** Whose caps and books bear it; of a diagnostic the channel that is ill. */
  readonly subject: ChannelId;
  /** SPEC 4.8: with `force` and a stated fee the operator lifts caps and reserve. */
  readonly force?: boolean;
  readonly decisionId: number | undefined;
  /** Asked at the moment before anything is held; false: whoever ordered was told that nothing comes of it. */
  readonly wanted?: () => boolean;
};
export type OrderResult =
  /** `running`: the backend said so; `unknown`: it did not answer, the hold stays until that is settled. */
  | { readonly kind: 'ordered'; readonly job: RebalanceJob; readonly state: 'running' | 'unknown' }
  /** Nothing was held or sent. */
  | {
      readonly kind: 'refused';
      readonly cap: CapName | 'busy' | 'not_ready';
      readonly because: string;
    }
  /** The backend said no: nothing was done, the hold is released, it counts as not tried. */
  | { readonly kind: 'failed'; readonly because: string };

/** Built only at authority `full` (SPEC 1): the one object that can spend. */
export interface Airlock {
  /** Backend present and new enough, the node synced, its records read up to now, start-up hygiene done. */
  readiness(): Promise<Readiness>;
  order(order: JobOrder, channels: readonly PeerChannel[]): Promise<OrderResult>;
  /**
   * Looks after everything open: takes in what was paid, stops what is done, overdue, astray or too dear, settles
   * what is stopped. Called by its own job, by every notification of a payment, and at the start.
   */
  watch(reason: string): Promise<void>;
  /** The brake: every job of ours is stopped and settled; holds stay until that is done. */
  stopAll(because: string): Promise<void>;
}

/** Held, spent and allowed: from memory, no call to the node. */
export type SpendState = {
  readonly readiness: Readiness;
  readonly jobs: readonly RebalanceJob[];
  /** Daily and weekly; undefined: a number they need is not known. */
  readonly caps: readonly Cap[] | undefined;
  readonly funds: Funds;
  /** Backend's version as it last said; undefined: absent or not asked. */
  readonly backend: string | undefined;
  /** Jobs of others on our channels, by short channel id. */
  readonly foreign: readonly string[];
};

/** The frozen view a cycle, a preview and a command decide on. */
export type RebalanceLook = {
  readonly at: UnixMs;
  readonly law: RebalanceSettings;
  readonly channels: readonly RebalanceChannel[];
  readonly picture: readonly PeerChannel[];
  /** A sentence per channel that is left out of everything: unknown share, lock, splice … */
  readonly locked: ReadonlyMap<ChannelId, string>;
  /** Why nothing may be spent by anybody now (brake, a lock on the whole node); undefined: nothing holds it. */
  readonly nodeLock: string | undefined;
};

export type ManualRebalance = {
  readonly from: ChannelId;
  readonly to: ChannelId;
  readonly amount: Msat;
  /** undefined: what the value bears. */
  readonly maxFee: Msat | undefined;
  readonly force: boolean;
};
export type ManualAnswer =
  | { readonly kind: 'initiated'; readonly job: RebalanceJob; readonly plan: RebalancePlan }
  | { readonly kind: 'would'; readonly plan: RebalancePlan; readonly because: string }
  | { readonly kind: 'refused'; readonly code: string; readonly because: string }
  | { readonly kind: 'failed'; readonly because: string };

export type RebalancePreview = {
  readonly at: UnixMs;
  readonly law: RebalanceSettings;
  readonly nodeLock: string | undefined;
  /** As in the look: why a channel is left out of everything. */
  readonly locked: ReadonlyMap<ChannelId, string>;
  readonly verdicts: readonly RebalanceVerdict[];
  readonly channels: readonly RebalanceChannel[];
  readonly diagnostics: readonly {
    readonly channelId: ChannelId;
    readonly verdict: DiagnosticVerdict;
  }[];
};

export interface RebalanceService {
  /** `check` validates and says what would happen without doing. Answers in seconds; the outcome comes later. */
  order(request: ManualRebalance, check: boolean): Promise<ManualAnswer>;
  /** What the rules say now; reads only. */
  preview(): Promise<RebalancePreview>;
  state(): SpendState;
  /** Newest first. */
  jobs(limit: number): readonly RebalanceJob[];
  /** The operator settles an unknown outcome: `spent` msat in all. False: no such unknown job. `check`: only says. */
  settle(id: number, spent: Msat, check: boolean): boolean;
  /** The verdict on the inputs of a journal entry of kind `rebalance` or `diagnostic`; throws on inputs of another version. */
  replay(inputs: string): RebalanceVerdict | DiagnosticVerdict;
}
