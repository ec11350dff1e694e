import type { ConfigSnapshot } from '../config/snapshot.ts';
import type { FeeSettings } from '../core/fees/types.ts';
import { msat, ppm, share } from '../core/units.ts';

/** The part of one config version that prices. */
export function feeSettings(config: ConfigSnapshot): FeeSettings {
  return {
    version: config.version,
    minPpm: ppm(config.min_fee_ppm),
    maxPpm: ppm(config.max_fee_ppm),
    base: msat(BigInt(config.base_fee_msat)),
    hiveFeePpm: ppm(config.hive_fee_ppm),
    learner: config.fee_learner,
    learningTrust: config.learning_trust,
    housePpm: ppm(config.house_ppm),
    congestionThreshold: share(config.htlc_congestion_threshold),
    scarcityPricing: config.enable_scarcity_pricing,
    scarcityThreshold: share(config.scarcity_threshold),
    slotCurve: config.slot_pricing_curve,
    vegasReflex: config.enable_vegas_reflex,
    reputation: config.enable_reputation,
    canaryShare: share(config.canary_share),
    feeIntervalMs: config.fee_interval * 1000,
  };
}
