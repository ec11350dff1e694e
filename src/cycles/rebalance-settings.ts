import type { ConfigSnapshot } from '../config/snapshot.ts';
import type { RebalanceSettings } from '../core/rebalance/types.ts';
import { fromSat, ppm } from '../core/units.ts';

/** The part of one config version that rebalances. */
export function rebalanceSettings(config: ConfigSnapshot): RebalanceSettings {
  return {
    version: config.version,
    minProfit: fromSat(config.rebalance_min_profit),
    minAmount: fromSat(config.rebalance_min_amount),
    maxAmount: fromSat(config.rebalance_max_amount),
    chunk: fromSat(config.sling_chunk_size_sats),
    cooldownHours: config.rebalance_cooldown_hours,
    maxCostShare: config.rebalance_max_cost_share,
    kelly: config.enable_kelly,
    kellyFraction: config.kelly_fraction,
    hiveTolerance: fromSat(config.hive_rebalance_tolerance),
    inboundFallbackPpm: ppm(config.inbound_fee_estimate_ppm),
    graceDays: config.new_channel_grace_days,
  };
}
