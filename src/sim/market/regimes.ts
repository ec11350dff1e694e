/**
 * How busy the world is. Sparse is the density of a real 85-channel node (0.2 settled forwards a channel and day);
 * medium a good routing node; dense the one that flatters every learner (facts/simulation.md §0.2).
 */
export type Regime = 'sparse' | 'medium' | 'dense';

export type RegimeLaw = {
  /** Arrivals of payers that might choose us, per channel and day, at drift 1; most find a cheaper way. */
  readonly arrivalsPerChannelDay: number;
  readonly medianCapacitySat: number;
  /** Standard deviation of the logarithm of the whole node's demand (OU, 1.1 days). */
  readonly nodeSigma: number;
  /** Share of arrivals that are followed by a burst on the same pair within the hour. */
  readonly burstShare: number;
  /** Failing HTLCs shown as events, per channel and day, and at most in all a day; the rest are counters. */
  readonly noisePerChannelDay: number;
  readonly noisePerDayMax: number;
};

export const REGIMES: Readonly<Record<Regime, RegimeLaw>> = {
  sparse: {
    arrivalsPerChannelDay: 4.8,
    medianCapacitySat: 3_000_000,
    nodeSigma: 0.75,
    burstShare: 0.05,
    noisePerChannelDay: 0.8,
    noisePerDayMax: 400,
  },
  medium: {
    arrivalsPerChannelDay: 130,
    medianCapacitySat: 12_000_000,
    nodeSigma: 0.35,
    burstShare: 0.02,
    noisePerChannelDay: 45,
    noisePerDayMax: 2_000,
  },
  dense: {
    arrivalsPerChannelDay: 460,
    medianCapacitySat: 40_000_000,
    nodeSigma: 0.25,
    burstShare: 0.01,
    noisePerChannelDay: 60,
    noisePerDayMax: 3_000,
  },
};
