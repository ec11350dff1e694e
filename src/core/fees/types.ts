/**
 * The words of a fee decision: what is seen, what was learnt, what the law is, what is decided and why.
 * Everything here is plain data (numbers, bigints, strings), so a decision can be stored and replayed.
 */

import type { ChannelClass } from '../books/types.ts';
import type { FlowState } from '../flow/types.ts';
import type { Policy } from '../policy/policy.ts';
import type { ChannelId, Msat, Ppm, Share, UnixMs } from '../units.ts';
import type { ClimberState } from './hill-climbing.types.ts';
import type { LadderState } from './ladder.types.ts';

export type LearnerName = 'ladder' | 'hill-climbing';

/** What the node asks, or what we want it to ask. */
export type Fee = { readonly ppm: Ppm; readonly base: Msat };

/** One look at one channel, frozen for the cycle. Rates are per the units named; undefined is unknown, never 0. */
export type FeeObservation = {
  readonly at: UnixMs;
  readonly channelId: ChannelId;
  /** What lightningd has now. */
  readonly onNode: Fee & { readonly htlcMin: Msat; readonly htlcMax: Msat };
  readonly connected: boolean;
  /** How long the peer has been back without a break, ms; undefined while it is away or before we know. */
  readonly connectedForMs: number | undefined;
  /** CHANNELD_AWAITING_SPLICE: priced, but no learning and no probe. */
  readonly splicing: boolean;
  /** false: unannounced or unconfirmed; priced without a gossip token, never probed. */
  readonly announced: boolean;
  readonly openedByPeer: boolean;
  readonly capacity: Msat;
  readonly share: Share;
  readonly spendable: Msat;
  readonly ageDays: number | undefined;
  /** Settled out through this channel in its whole life (virgin amnesty). */
  readonly settledOutEver: Msat;
  /** Settled out in the last rolling 24 h (fire sale and probe bound). */
  readonly leftInDay: Msat;
  /** Days since the last settled forward in or out; since opening where there was none; undefined: unknown. */
  readonly idleDays: number | undefined;
  readonly slots: {
    /** Part of max_accepted_htlcs in use, the fuller of both directions. */
    readonly use: Share;
    /** This is the second look, at least 60 s after one that was above the threshold too. */
    readonly secondLook: boolean;
    /** Value-weighted utilisation, EMA (SPEC 3.3). */
    readonly weighted: Share;
  };
  readonly flow: { readonly state: FlowState; readonly direction: number };
  readonly books: {
    readonly class: ChannelClass;
    /** 0.1 = 10 %. */
    readonly roi: number;
    readonly marginalRoi: number;
  };
  /** The peer was watched for the week in which silence is judged: only then its class says that it is not stagnant. */
  readonly watched: boolean;
  /** Hold-time factor 1 or 1.2 (SPEC 2.8); unknown counts as 1 and says so. */
  readonly hold: 1 | 1.2 | undefined;
  /** Volume weight of this channel's peer, 0.5 … 1 (SPEC 2.6). */
  readonly peerWeight: number;
  /** What refilling really cost (SPEC 3.2); undefined below 3 normal rebalances in 30 days. */
  readonly refill: { readonly ppm: number; readonly count: number } | undefined;
  /** Realised ppm of this channel over the last 30 days; undefined without any paid forward. */
  readonly realisedPpm: number | undefined;
  readonly policy: Policy;
  /** cl-hive named this peer: it writes 0 ppm and no base fee there by itself (SPEC 8). */
  readonly fleet?: boolean;
  /** Held by a lock (outside fee setter …) or by the brake: reason, else undefined. */
  readonly locked: string | undefined;
  /** Entry into rule 2 was granted by the defibrillator of this cycle. */
  readonly probeGranted: boolean;
};

/** What holds for the whole node in this cycle. */
export type FeeMarket = {
  /** Last known estimate; undefined: never known → no chain term. */
  readonly satPerVbyte: number | undefined;
  /** The estimate is not from the last sample: said in the trail. */
  readonly satPerVbyteStale: boolean;
  /** 0 … 1 (SPEC 3.4). */
  readonly vegasIntensity: number;
  /** Our settled volume out over the last 365 days. */
  readonly ownOutVolume365: Msat;
  /** Channel updates we sent in the last rolling 24 h, node-wide. */
  readonly gossipSentToday: number;
  /** `gossip-max-per-day`, 20 × √channels. */
  readonly gossipMaxPerDay: number;
  /** Node realised ppm over 30 days: P of the ladder (300 before there is any). */
  readonly realisedPpm: number | undefined;
};

/** The part of the config that prices, one frozen version of it. Ppm and shares as in the option table. */
export type FeeSettings = {
  readonly version: number;
  readonly minPpm: Ppm;
  readonly maxPpm: Ppm;
  readonly base: Msat;
  readonly hiveFeePpm: Ppm;
  readonly learner: LearnerName;
  /** w of SPEC 3.1, 0 … 1. */
  readonly learningTrust: number;
  readonly housePpm: Ppm;
  readonly congestionThreshold: Share;
  readonly scarcityPricing: boolean;
  readonly scarcityThreshold: Share;
  readonly slotCurve: 'exponential' | 'quadratic';
  readonly vegasReflex: boolean;
  readonly reputation: boolean;
  readonly feeIntervalMs: number;
  /** Part of the channels that is priced at all, chosen by channel id (SPEC 1). */
  readonly canaryShare: Share;
};

export type RuleName = 'policy' | 'congestion' | 'probe' | 'fire-sale' | 'price';

/** One line of the trail. `value` is the number the rule contributed (ppm, factor), where it has one. */
export type Step = {
  readonly rule: string;
  readonly verdict: 'applies' | 'passes';
  readonly value?: number;
  readonly because: string;
};

/** One `setchannel` of ours. `gossip`: it became a channel_update (announced channels). */
export type Send = {
  readonly at: UnixMs;
  readonly ppm: Ppm;
  readonly rule: RuleName;
  readonly gossip: boolean;
};

/** Everything persistent about pricing one channel; a few hundred bytes. */
export type ChannelFeeState = {
  readonly channelId: ChannelId;
  readonly firstSeenAt: UnixMs;
  /** What the node asked when we first saw the channel: `revenue-undo baseline` restores it. */
  readonly baseline: Fee & { readonly htlcMax: Msat };
  /** The last price known to be on the node by our doing or adoption. */
  readonly sent: Fee & { readonly at: UnixMs };
  /** The rule the price on the node belongs to. */
  readonly ruledBy: RuleName;
  /** The price rule 4 wants, sent or suppressed. */
  readonly target: Ppm;
  readonly gossip: { readonly tokens: number; readonly at: UnixMs };
  /** The price of rule 4 in force when the last 24 h began: with `sends` it gives the ×1.5 limit of the first 7 days. */
  readonly dayOpen: { readonly ppm: Ppm; readonly at: UnixMs };
  /** What we sent in the last 24 h, oldest first, at most 16: gossip peak and day limit are counted here. */
  readonly sends: readonly Send[];
  /** The anchor behind the price on the node: tells a learning move from one the multipliers made. */
  readonly anchorSent: number;
  /**
   * The price of rule 4 on the node when a chain floor made it, and the settings of that moment: such a price does not
   * follow the floor down at once (SPEC 3.8). undefined: the learnt price stands.
   */
  readonly madeByFloor?: { readonly ppm: Ppm; readonly configVersion: number } | undefined;
  /** The learner that priced last; when another takes over it adopts the price, so that switching moves nothing. */
  readonly pricedBy: LearnerName;
  /** 10 % of capacity left at a bargain price: rules 2 and 3 rest until then. */
  readonly bargainRestUntil: UnixMs | undefined;
  /** Times of fee changes by others, last 24 h. */
  readonly outsideChanges: readonly UnixMs[];
  /** Before rules 2 and 3 lowered it. undefined: ours was not lowered. */
  readonly htlcMaxBefore: Msat | undefined;
  readonly probe: { readonly since: UnixMs } | undefined;
  /** Probes that ended without a settled forward, newest last, at most 10 (ZOMBIE evidence, SPEC 4.9). */
  readonly probesEnded: readonly UnixMs[];
  /** An act got no answer: what the node has must be read before anything is decided. */
  readonly unknownSince: UnixMs | undefined;
  readonly ladder: LadderState;
  readonly climber: ClimberState;
};

/** What happened since the last cycle, for the learner. Settled forwards only: failed HTLCs never teach. */
export type Evidence = {
  readonly from: UnixMs;
  readonly to: UnixMs;
  /** Hours in [from, to] in which the channel was routable. */
  readonly routableHours: number;
  /** Peer's connected share of that time. */
  readonly uptime: Share;
  readonly sales: readonly Sale[];
  /** Settled out minus in, as share of capacity is derived by the learner. */
  readonly out: Msat;
};
/** One settled forward that left by this channel. */
export type Sale = {
  readonly at: UnixMs;
  readonly amount: Msat;
  readonly fee: Msat;
  /** Volume weight of the in-peer (SPEC 2.6); 1 for a shielded channel. */
  readonly weight: number;
};

export type FeeTarget = Fee & {
  /** undefined: keep what the node has. */
  readonly htlcMax: Msat | undefined;
  /** undefined: lightningd's default. */
  readonly enforceDelay: number | undefined;
};

/** Verdict of one channel and cycle. `next` is the state to store once the act is known. */
export type FeeDecision = {
  /** set: send it; hold: right price, or not worth a message; leave: not ours to touch. */
  readonly kind: 'set' | 'hold' | 'leave';
  readonly target: FeeTarget;
  readonly ruledBy: RuleName;
  /** The constraint that fixed the number: 'anchor', 'floor: chain', 'ceiling', 'gossip: token' … */
  readonly binding: string;
  readonly trail: readonly Step[];
  readonly next: ChannelFeeState;
  /** Seconds after which a second look is due at once (congestion), else undefined. */
  readonly lookAgainMs: number | undefined;
};
