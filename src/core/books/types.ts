import type { Msat } from '../units.ts';

/** SPEC 6.2, in the order in which they are checked. */
export type ChannelClass =
  | 'ZOMBIE'
  | 'PROFITABLE'
  | 'NEW'
  | 'STAGNANT_CANDIDATE'
  | 'UNDERWATER'
  | 'BREAK_EVEN';

/** What one channel earned and cost, exact where known (SPEC 6.1). */
export type ChannelBooks = {
  /** Fees of forwards that left by it, whole life. */
  readonly revenue: Msat;
  /** Fees of forwards that came in by it, whole life. */
  readonly assisted: Msat;
  readonly openCost: Msat | undefined;
  /** On-chain fees of its splices and its close. */
  readonly chainCost: Msat;
  readonly rebalanceCost: Msat;
  readonly revenue30d: Msat;
  readonly rebalanceCost30d: Msat;
  readonly out30d: Msat;
};
