/**
 * The Vegas reflex (SPEC 3.4): when block space suddenly becomes dear, the chain floor rises at once and sinks back
 * by itself. Intensity only ever decays between samples: there is no hold, so no spike can freeze prices.
 */
import { factor, percent, plain } from '../wording.ts';

/** SPEC 3.4: at least 12 samples of the preceding 24 h. */
const LEAST_SAMPLES = 12;
const SURE_RATIO = 4;
const LEAST_RATIO = 2;
const SURE_IN_A_ROW = 2;

export type VegasState = {
  /** 0 … 1. */
  readonly intensity: number;
  /** Samples in a row of at least twice the baseline. */
  readonly inARow: number;
};

export const VEGAS_CALM: VegasState = { intensity: 0, inARow: 0 };

export type VegasLaw = {
  /** Kept of the intensity per sample of 420 s. */
  readonly decay: number;
  /** No reaction below this: at 1–2 sat/vB noise alone doubles it some 50 times a month. */
  readonly minSatPerVbyte: number;
};

export type VegasOutcome = {
  readonly state: VegasState;
  /** A fee cycle is due now. */
  readonly triggered: boolean;
  readonly because: string;
};

/**
 * One sample, sat/vB (undefined: the node has no estimate). `preceding`: those of the last 24 h without this one.
 * `entropy`: 0 ≤ e < 1, so that nobody can know whether a single spike will move us.
 */
export function nextVegas(
  state: VegasState,
  sample: number | undefined,
  preceding: readonly number[],
  law: VegasLaw,
  entropy: number,
): VegasOutcome {
  const intensity = atMostOne(state.intensity * law.decay);
  const calm = (because: string): VegasOutcome => ({
    state: { intensity, inARow: 0 },
    triggered: false,
    because,
  });
  if (sample === undefined || !Number.isFinite(sample)) return calm('no estimate');
  const known = preceding.filter((one) => Number.isFinite(one) && one > 0);
  if (known.length < LEAST_SAMPLES)
    return calm(`${known.length} samples in 24 h, ${LEAST_SAMPLES} make a baseline`);
  if (sample < law.minSatPerVbyte)
    return calm(`${plain(sample)} sat/vB is below ${plain(law.minSatPerVbyte)}`);
  const baseline = known.reduce((sum, one) => sum + one, 0) / known.length;
  const ratio = sample / baseline;
  const spike = `${plain(sample)} sat/vB is ${factor(ratio)} the ${plain(baseline)} of the last 24 h`;
  if (ratio < LEAST_RATIO) return calm(spike);
  const inARow = state.inARow + 1;
  const boost = Math.min(1, (ratio - LEAST_RATIO) / (SURE_RATIO - LEAST_RATIO));
  const sure = ratio >= SURE_RATIO || inARow >= SURE_IN_A_ROW;
  const triggered = sure || entropy < boost;
  return {
    state: { intensity: triggered ? Math.max(intensity, boost) : intensity, inARow },
    triggered,
    because: `${spike}: ${sure ? 'sure' : `a chance of ${percent(boost)}`}`,
  };
}

/** What is no number is no spike. */
const atMostOne = (value: number): number =>
  Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
