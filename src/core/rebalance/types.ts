/**
 * The words of a rebalancing decision (SPEC 4): what is seen of each channel, what the law is, what is decided and
 * why. Plain data only, so a decision can be journaled and replayed. undefined is unknown, never 0.
 */
import type { ChannelClass } from '../books/types.ts';
import type { FlowState } from '../flow/types.ts';
import type { PolicyMode } from '../policy/policy.ts';
import type { ChannelId, Msat, NodeId, Ppm, Share, UnixMs } from '../units.ts';

/** SPEC 5: what the operator allows for a channel's peer. */
export type RebalanceMode = PolicyMode;

/** One channel, frozen for the cycle. */
export type RebalanceChannel = {
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
  readonly capacity: Msat;
  readonly spendable: Msat;
  readonly receivable: Msat;
  readonly share: Share;
  /** CHANNELD_NORMAL, announced and confirmed: only those are sources or destinations. */
  readonly eligible: boolean;
  readonly mode: RebalanceMode;
  /** Policy `hive`: strategic exemption. */
  readonly hive: boolean;
  readonly flow: FlowState;
  /** Settled in + out per day over the flow window. */
  readonly dailyVolume: Msat;
  readonly class: ChannelClass;
  readonly marginalRoi: number;
  readonly ageDays: number | undefined;
  /** Connected share of the last 24 h; undefined: unknown, then not used. */
  readonly uptime: Share | undefined;
  readonly congested: boolean;
  /** Weighted slot utilisation of the incoming and the outgoing side, and the limit (SPEC 3.3). */
  readonly slots: { readonly in: Share; readonly out: Share; readonly max: number };
  /** Settled out per routable hour over the last 30 days that had any; undefined: fewer than 3 forwards out. */
  readonly outPerRoutableHour: Msat | undefined;
  /** Missed for lack of liquidity, per hour (SPEC 2.9); adds to a destination's demand. */
  readonly missedPerHour: Msat;
  /** What a sat that leaves here earns: broadcast price, or the forecast after the move (SPEC 4.5). */
  readonly price: Ppm;
  /** Largest HTLC each side takes and may have in flight. */
  readonly htlcLimitIn: Msat;
  readonly htlcLimitOut: Msat;
  readonly history: RebalanceHistory;
  /** A job of ours runs into it or out of it: neither source nor destination again before that ended. */
  readonly busy?: boolean;
  /** The most the governor would still grant for it as a destination (SPEC 4.6); undefined: it is asked later. */
  readonly budget?: Msat | undefined;
};

/** What earlier jobs into this channel came to. A refusal is in none of these. */
export type RebalanceHistory = {
  /** Jobs in a row that reached their deadline with nothing moved, and the last of them. */
  readonly failures: number;
  readonly lastFailure: UnixMs | undefined;
  readonly lastSuccess: UnixMs | undefined;
  /** Decayed failures as a source (half-life 1 h). */
  readonly sourceFailures: number;
  /** Finished rebalances into it that earned their cost back within 30 days, and all finished ones (Kelly). */
  readonly earnedBack: number;
  readonly finished: number;
  /** ppm of past successes to that peer, newest last. */
  readonly paidPpm: readonly number[];
  /** The peer's gossip fee towards us and the network's median for the rest of the way; undefined: unknown. */
  readonly gossipInboundPpm: number | undefined;
};

/** The part of the config that rebalances, one frozen version. */
export type RebalanceSettings = {
  readonly version: number;
  readonly minProfit: Msat;
  readonly minAmount: Msat;
  readonly maxAmount: Msat;
  readonly chunk: Msat;
  readonly cooldownHours: number;
  /** 65 % (`rebalance-max-cost-share`). */
  readonly maxCostShare: number;
  readonly kelly: boolean;
  readonly kellyFraction: number;
  readonly hiveTolerance: Msat;
  readonly inboundFallbackPpm: Ppm;
  readonly graceDays: number;
};

/** One line of the trail. */
export type RebalanceStep = {
  readonly rule: string;
  readonly verdict: 'passes' | 'refuses';
  readonly because: string;
  readonly value?: number;
};

/** Why a channel is no destination now: codes are stable and shown to operators (SPEC 4.3). */
export type DestinationCode =
  | 'not_eligible'
  | 'busy'
  | 'policy'
  | 'congested'
  | 'futility'
  | 'back_off'
  | 'cool_down'
  | 'uptime'
  | 'sink'
  | 'zombie'
  | 'underwater'
  | 'scarcity_guard'
  | 'no_evidence'
  | 'no_other_peer'
  | 'at_target'
  | 'no_source'
  | 'negative_ev'
  | 'too_dear'
  | 'kelly'
  | 'too_small'
  | 'unknown';

export type RebalancePlan = {
  readonly destination: ChannelId;
  /** Offered to the backend together, best first; never of the destination's own peer. */
  readonly sources: readonly ChannelId[];
  /** Whole chunks. */
  readonly amount: Msat;
  readonly chunk: Msat;
  /** The highest ppm at which it still pays. */
  readonly maxPpm: Ppm;
  /** ⌈amount × maxPpm⌉: what the governor must hold. */
  readonly cap: Msat;
  readonly income: Msat;
  readonly loss: Msat;
  readonly inboundPpm: number;
  /** What kept `maxPpm` from being higher; undefined where no value was asked. */
  readonly bound?: 'value' | 'cost share' | 'budget';
};
export type RebalanceVerdict =
  | {
      readonly kind: 'plan';
      readonly plan: RebalancePlan;
      readonly trail: readonly RebalanceStep[];
    }
  | {
      readonly kind: 'refused';
      readonly destination: ChannelId;
      readonly code: DestinationCode;
      readonly because: string;
      readonly trail: readonly RebalanceStep[];
    };
