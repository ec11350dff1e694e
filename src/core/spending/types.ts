/** The words of spending: what was spent, what is held, what may still be granted (SPEC 4.6). */
import type { ChannelId, Msat, UnixMs } from '../units.ts';

export const SPEND_KINDS = ['normal', 'manual', 'diagnostic', 'hive'] as const;
export type SpendKind = (typeof SPEND_KINDS)[number];

/** Money promised to a job and not settled yet: counts without age. `unknown`: its outcome is not known. */
export type Hold = {
  readonly destination: ChannelId;
  readonly kind: SpendKind;
  readonly amount: Msat;
  readonly since: UnixMs;
  readonly unknown: boolean;
};
export type Spend = {
  /** undefined: the node did not record which channel it was for. It counts in every cap that is not a channel's own. */
  readonly destination: ChannelId | undefined;
  readonly kind: SpendKind;
  readonly amount: Msat;
  readonly at: UnixMs;
};

export type SpendLaw = {
  /** Per rolling 24 h. */
  readonly dailyBudget: Msat;
  /** Per rolling 7 days; undefined: 4 × dailyBudget. */
  readonly weeklyBudget?: Msat | undefined;
  readonly proportional: boolean;
  readonly proportionalPct: number;
  readonly minWalletReserve: Msat;
  /** Confirmed on-chain alone; 0 = off. */
  readonly minOnchainReserve: Msat;
  readonly hiveWeeklyLoss: Msat;
};

/** What the node has; undefined: not known, then nothing is granted. */
export type Funds = {
  readonly confirmedOnchain: Msat | undefined;
  readonly spendable: Msat | undefined;
  readonly revenue24h: Msat | undefined;
};

export type SpendRequest = {
  /** The channel it is spent for; of a diagnostic the channel that is ill, whatever the direction. */
  readonly destination: ChannelId;
  readonly kind: SpendKind;
  /** The cap of the job, never the estimate. */
  readonly amount: Msat;
  /** Fees the destination earned in 30 days; undefined: unknown. */
  readonly destinationFees30d: Msat | undefined;
  /** Manual only (SPEC 4.8): the operator lifts caps and reserve; what is not known still refuses. */
  readonly force?: boolean;
};

/** Why nothing is granted: stable, shown to operators. */
export type CapName =
  | 'unknown'
  | 'unknown_outcome'
  | 'busy'
  | 'wallet_reserve'
  | 'onchain_reserve'
  | 'daily'
  | 'weekly'
  | 'destination'
  | 'diagnostic'
  | 'hive_weekly';

export type Grant =
  | { readonly kind: 'granted'; readonly hold: Msat; readonly because: string }
  | { readonly kind: 'refused'; readonly cap: CapName; readonly because: string };
