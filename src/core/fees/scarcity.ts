/**
 * What our side of the channel and its HTLC slots do to the price (SPEC 3.3). The ladder prices inventory on both
 * sides of one half; hill climbing the documents' scarcity below a threshold. Where both raise, the larger counts.
 */
import { fromSat, type Share } from '../units.ts';
import { factor, percent } from '../wording.ts';
import type { FeeObservation, FeeSettings, Step } from './types.ts';

/** SPEC 3.3: K = 4^w × 100^(1−w), the ratio of the price when empty to that when full. */
const TRUSTED_RANGE = 4;
const HOUSE_RANGE = 100;
const MIDDLE = 0.5;
/** SPEC 3.3: three times the price when nothing is left, or every slot is taken. */
const PEAK = 3;
const SLOT_START = 0.35;
/** SPEC 3.3, quadratic variant: 1 + 0.5·((u − 0.5)/0.3)² from 50 % to 80 %. */
const QUADRATIC = { start: 0.5, end: 0.8, gain: 0.5 };
/** SPEC 3.3: settled out before a channel the peer opened may be priced up. */
const VIRGIN_MSAT = fromSat(25_000);

export type Factor = { readonly value: number; readonly step: Step };

/** Symmetric price of inventory for the ladder; 1 at one half. */
export function inventory(share: Share, trust: number): number {
  const range = TRUSTED_RANGE ** trust * HOUSE_RANGE ** (1 - trust);
  return range ** (MIDDLE - share);
}

/** 1 at and above the threshold, 3 when empty. */
export function balanceScarcity(share: Share, threshold: Share): number {
  if (share >= threshold) return 1;
  return PEAK ** (1 - share / threshold);
}

/** 1 … 3 for a value-weighted utilisation of 0 … 1. */
export function slotScarcity(utilisation: Share, curve: FeeSettings['slotCurve']): number {
  switch (curve) {
    case 'exponential': {
      if (utilisation <= SLOT_START) return 1;
      return PEAK ** ((utilisation - SLOT_START) / (1 - SLOT_START));
    }
    case 'quadratic': {
      const { start, end, gain } = QUADRATIC;
      if (utilisation <= start) return 1;
      return 1 + gain * ((Math.min(utilisation, end) - start) / (end - start)) ** 2;
    }
  }
}

const combine = (balance: number, slot: number): number =>
  balance > 1 && slot > 1 ? Math.max(balance, slot) : balance * slot;

/** The one factor of SPEC 3.3, with its reason. */
export function scarcity(seen: FeeObservation, law: FeeSettings): Factor {
  if (!law.scarcityPricing)
    return { value: 1, step: { rule: 'scarcity', verdict: 'passes', because: 'switched off' } };
  const balance =
    law.learner === 'ladder'
      ? inventory(seen.share, law.learningTrust)
      : balanceScarcity(seen.share, law.scarcityThreshold);
  const slot = slotScarcity(seen.slots.weighted, law.slotCurve);
  const raised = combine(balance, slot);
  const virgin = seen.openedByPeer && seen.settledOutEver < VIRGIN_MSAT;
  const value = virgin ? Math.min(1, raised) : raised;
  const parts = `our share is ${percent(seen.share)} (${factor(balance)}), slots ${percent(seen.slots.weighted)} full by value (${factor(slot)})`;
  const amnesty =
    virgin && raised > 1 ? '; the peer opened it and nothing was sold yet: not raised' : '';
  return {
    value,
    step: {
      rule: 'scarcity',
      verdict: value === 1 ? 'passes' : 'applies',
      value,
      because: parts + amnesty,
    },
  };
}
