/**
 * cl-hive beside us, as far as we speak to it (SPEC 8): are we in a fleet, and what became of what we moved. Nothing
 * it answers enters a decision.
 */
import type { Msat, Scid } from '../core/units.ts';

/** `admin`: of databases of its first versions, a member in every way. */
export const HIVE_TIERS = ['member', 'neophyte', 'admin'] as const;
export type HiveTier = (typeof HIVE_TIERS)[number];

/** `undefined`: it runs, and this node is in no fleet. */
export type HiveMembership = { readonly tier: HiveTier | undefined };

export type RebalanceOutcome = {
  readonly from: Scid;
  readonly to: Scid;
  /** What arrived; of a failure what was ordered. Whole satoshi are told, rounded down. */
  readonly amount: Msat;
  /** Whole satoshi are told, rounded up. */
  readonly cost: Msat;
  readonly success: boolean;
};

/**
 * RetryLater: no answer within its time, garbage, or it is left alone after failing several times in a row; a report
 * may have been taken or not. NodeRefused: it is not there, or said no.
 */
export interface HiveNeighbour {
  membership(): Promise<HiveMembership>;
  report(outcome: RebalanceOutcome): Promise<void>;
  /** It failed several times in a row and is not asked for a while. */
  readonly brokenOff: boolean;
}
