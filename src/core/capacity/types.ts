/** The words of the capacity planner (SPEC 6.5). Money is msat; shares and returns are fractions (0.1 = 10 %). */
import type { ChannelClass } from '../books/types.ts';
import type { ChannelId, Msat, NodeId, Share } from '../units.ts';
import type { MempoolAdvice } from './block-space.ts';
import type { Payback } from './payback.ts';

/** One open channel as the planner sees it; undefined is unknown, never 0. */
export type CapacityChannel = {
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
  /** What people call it. */
  readonly name: string;
  readonly capacity: Msat;
  /** Ours of it: what comes out when it closes. */
  readonly toUs: Msat;
  readonly spendable: Msat;
  readonly share: Share;
  readonly class: ChannelClass;
  readonly roi: number;
  readonly marginalRoi: number;
  /** Fees less what moving liquidity cost, 30 days. */
  readonly monthNet: Msat;
  /** In and out, 30 days. */
  readonly monthVolume: Msat;
  /** −1 fills … +1 sells; undefined: not analysed yet. */
  readonly direction: number | undefined;
  /** Of the flow window; undefined: not analysed yet. */
  readonly dailyVolume: Msat | undefined;
  readonly ageDays: number | undefined;
  /** Days since the last settled forward in or out; undefined: unknown. */
  readonly idleDays: number | undefined;
  /** Its peer was watched for a whole week. */
  readonly watched: boolean;
  /** What the defibrillator tried in the last 14 days and since its last forward (SPEC 4.9). */
  readonly attempts: number;
  /** Its peer can splice; undefined: unknown. */
  readonly splices: boolean | undefined;
};

export type Winner = {
  readonly channel: CapacityChannel;
  /** Volume of 30 days over capacity. */
  readonly turnover: number;
};

/** CLOSE: only a ZOMBIE. REBALANCE: it still forwards; what lies idle in it is moved, nothing is closed. */
export type LoserAction = 'CLOSE' | 'DEFIBRILLATE' | 'REBALANCE';
export type Loser = {
  readonly channel: CapacityChannel;
  readonly reason: 'FIRE SALE' | 'STAGNANT';
  readonly action: LoserAction;
  readonly because: string;
};

/** Close the one, put what comes out into the other. */
export type Pair = {
  readonly close: Loser;
  readonly into: Winner;
  /** open: the peer cannot splice, so a second channel to it. */
  readonly how: 'splice' | 'open';
  readonly payback: Payback;
};

export type CapacityPlan = {
  readonly mempool: MempoolAdvice;
  /** Best return first. */
  readonly winners: readonly Winner[];
  /** Largest first. */
  readonly losers: readonly Loser[];
  readonly pairs: readonly Pair[];
  /** Losers that may be closed: nothing in them is ours, or no winner is left to take it. */
  readonly unpaired: readonly Loser[];
  /** Winners for whom no channel may be closed now. */
  readonly growing: readonly Winner[];
};
