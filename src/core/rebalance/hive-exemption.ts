/**
 * What a rebalance must be worth (SPEC 4.5). Moving sats to a member of the fleet may lose a little: the price there
 * is 0, so a demand for profit, or for a part of that price, would never let the exemption come true. All such losses
 * together are bounded by the governor's weekly sum.
 */
import { type Msat, msat } from '../units.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

export type Requirement = {
  /** Least value after the cost at the cap, msat; negative: a loss that is allowed. */
  readonly least: Msat;
  /** Most of the expected sales that may be paid for them, 0 … 1; undefined: no such bound. */
  readonly maxCostShare: number | undefined;
};

/** The requirement on a job into this channel. */
export const requirementOn = (
  { hive }: Pick<RebalanceChannel, 'hive'>,
  law: Pick<RebalanceSettings, 'hiveTolerance' | 'minProfit' | 'maxCostShare'>,
): Requirement =>
  hive
    ? { least: msat(-law.hiveTolerance), maxCostShare: undefined }
    : { least: law.minProfit, maxCostShare: law.maxCostShare };
