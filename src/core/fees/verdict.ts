/** What one rule of the Alpha Sequence answers: its line of the trail and, if it applies, the price it wants. */
import type { Msat, Ppm } from '../units.ts';
import type { ChannelFeeState, FeeTarget, RuleName, Step } from './types.ts';

/** The price a rule wants on the node, before gossip discipline. */
export type Wish = {
  readonly rule: RuleName;
  readonly ppm: Ppm;
  readonly base: Msat;
  /** undefined: keep what the node has. */
  readonly htlcMax: Msat | undefined;
  readonly enforceDelay: number | undefined;
  readonly binding: string;
  /** Rule 4 only: the anchor behind it, and whether it is the learner that moves the price. */
  readonly anchor?: number;
  readonly learning?: boolean;
  /** Rule 4 only: a chain floor made the price. */
  readonly madeByFloor?: ChannelFeeState['madeByFloor'];
};

/** What a rule remembers besides the price. */
export type Memory = Partial<Pick<ChannelFeeState, 'probe' | 'probesEnded' | 'bargainRestUntil'>>;

export type Verdict = {
  readonly steps: readonly Step[];
  /** undefined: the rule passes. */
  readonly wish: Wish | undefined;
  readonly memory?: Memory;
  readonly lookAgainMs?: number;
};

export const passes = (rule: string, because: string, memory: Memory = {}): Verdict => ({
  steps: [{ rule, verdict: 'passes', because }],
  wish: undefined,
  memory,
});

export const applies = (wish: Wish, because: string, memory: Memory = {}): Verdict => ({
  steps: [{ rule: wish.rule, verdict: 'applies', value: wish.ppm, because }],
  wish,
  memory,
});

export const targetOf = ({ ppm, base, htlcMax, enforceDelay }: Wish): FeeTarget => ({
  ppm,
  base,
  htlcMax,
  enforceDelay,
});

/** Rules 1 to 3 are episodes: entered, and left again. */
export const isEpisode = (rule: RuleName): boolean =>
  rule === 'congestion' || rule === 'probe' || rule === 'fire-sale';
