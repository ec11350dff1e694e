/**
 * The band a learnt price must stay in (SPEC 3.2). The floor is the largest of what the operator set, what the
 * chain makes a sat worth, and what refilling really cost; the ceiling wins over every computed floor.
 */
import { effectiveBounds } from '../policy/effective-bounds.ts';
import { type Band, type Msat, ppm } from '../units.ts';
import { factor, plain } from '../wording.ts';
import type { FeeMarket, FeeObservation, FeeSettings, Step } from './types.ts';

/** SPEC 3.2: what a transaction weighs that opens or closes a channel, vB. */
export const OPEN_VBYTES = 140;
export const CLOSE_VBYTES = 200;
/** SPEC 3.2: both, spread over a year of our own volume, at least 1 M sat a day. */
const LIFE_VBYTES = OPEN_VBYTES + CLOSE_VBYTES;
const LEAST_VOLUME_SAT = 365_000_000;
/** SPEC 3.2: what a force-close risks, per sat/vB. */
const RISK_PPM = 3;
const PPM = 1_000_000;
/** SPEC 3.2. */
const REFILL_MARGIN = 1.2;
const REFILLS_KNOWN = 3;
/** SPEC 3.4. */
const VEGAS_PEAK = 2;

export type PriceBand = Band & {
  /** Which floor is the highest: 'min-fee-ppm', 'chain', 'refill' … */
  readonly floorName: string;
  readonly steps: readonly Step[];
};

type Floor = { readonly name: string; readonly rate: number; readonly because: string };

/** The floor and ceiling of rule 4 for one channel, whole ppm. */
export function priceBand(seen: FeeObservation, market: FeeMarket, law: FeeSettings): PriceBand {
  const bounds = effectiveBounds(seen.policy, law);
  const floors = [minimum(bounds), chain(market, law), refill(seen)];
  const highest = floors.reduce((best, one) => (one.rate > best.rate ? one : best));
  const steps: Step[] = floors.map(({ name, rate, because }) => ({
    rule: `floor: ${name}`,
    verdict: name === highest.name ? 'applies' : 'passes',
    value: rate,
    because,
  }));
  const floor = ppm(Math.min(highest.rate, bounds.ceiling));
  if (highest.rate > bounds.ceiling)
    steps.push({
      rule: 'ceiling',
      verdict: 'applies',
      value: bounds.ceiling,
      because: `warning: the ${highest.name} floor of ${plain(highest.rate)} ppm is above the ceiling of ${bounds.ceiling} ppm, which wins`,
    });
  return { floor, ceiling: bounds.ceiling, floorName: highest.name, steps };
}

const minimum = (bounds: Band): Floor => ({
  name: 'min-fee-ppm',
  rate: bounds.floor,
  because: `never below ${bounds.floor} ppm`,
});

/** What block space makes our sats worth. An estimate that was never known adds no term. */
function chain(market: FeeMarket, law: FeeSettings): Floor {
  const { satPerVbyte } = market;
  if (satPerVbyte === undefined || !Number.isFinite(satPerVbyte) || satPerVbyte < 0)
    return { name: 'chain', rate: 0, because: 'the feerate is unknown: no chain term' };
  const replacement = replacementPpm(satPerVbyte, market.ownOutVolume365);
  const risk = RISK_PPM * satPerVbyte;
  const vegas = law.vegasReflex ? vegasFactor(market.vegasIntensity) : 1;
  const stale = market.satPerVbyteStale ? ' (last known)' : '';
  return {
    name: 'chain',
    rate: Math.max(replacement, risk) * vegas,
    because: `at ${plain(satPerVbyte)} sat/vB${stale} replacing costs ${plain(replacement)} ppm, the risk is ${plain(risk)} ppm, mempool reflex ${factor(vegas)}`,
  };
}

/** Opening and closing a channel at `satPerVbyte`, as ppm of a year's own volume. */
function replacementPpm(satPerVbyte: number, ownOutVolume365: Msat): number {
  const volumeSat = Math.max(LEAST_VOLUME_SAT, Number(ownOutVolume365) / 1000);
  return (LIFE_VBYTES * satPerVbyte * PPM) / volumeSat;
}

/** 1 … 3 for an intensity of 0 … 1 (SPEC 3.4). */
export function vegasFactor(intensity: number): number {
  if (!Number.isFinite(intensity)) return 1;
  return 1 + VEGAS_PEAK * Math.sqrt(Math.min(1, Math.max(0, intensity)));
}

function refill({ refill: paid }: FeeObservation): Floor {
  if (paid === undefined || paid.count < REFILLS_KNOWN || !Number.isFinite(paid.ppm))
    return { name: 'refill', rate: 0, because: 'too few refills to know their price' };
  return {
    name: 'refill',
    rate: REFILL_MARGIN * paid.ppm,
    because: `${paid.count} refills cost ${plain(paid.ppm)} ppm, plus a fifth`,
  };
}
