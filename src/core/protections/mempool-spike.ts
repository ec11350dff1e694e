/**
 * Block space is suddenly dear (SPEC 7.6): peers reprice, channels close and routes fail, and a rebalance that hangs
 * is dear to enforce. Nothing is moved until it is over; the price of our liquidity is the Vegas reflex's (SPEC 3.4).
 */
import { medianOf } from '../median.ts';
import { HOUR_MS } from '../units.ts';
import { plain } from '../wording.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6: times the median of 24 h, and sat/vB. */
const TIMES_THE_MEDIAN = 3;
const LEAST_SAT_PER_VBYTE = 20;
/** As for the reflex (SPEC 3.4). */
const LEAST_SAMPLES = 12;
/** Two samples' time: an older estimate says nothing about now. */
const FRESH_MS = 840_000;
const HOLDS_MS = 6 * HOUR_MS;

export type MempoolFacts = {
  /** The newest estimate; undefined: none is known. */
  readonly latest: { readonly satPerVbyte: number; readonly ageMs: number } | undefined;
  /** sat/vB of the 24 h before it, in any order. */
  readonly preceding: readonly number[];
};

export function mempoolSpike({ latest, preceding }: MempoolFacts): Trigger | undefined {
  if (!latest || !(latest.ageMs <= FRESH_MS) || !Number.isFinite(latest.satPerVbyte))
    return undefined;
  const known = preceding.filter((one) => Number.isFinite(one) && one > 0);
  if (known.length < LEAST_SAMPLES || latest.satPerVbyte <= LEAST_SAT_PER_VBYTE) return undefined;
  const median = medianOf(known);
  if (median === undefined || !(latest.satPerVbyte > TIMES_THE_MEDIAN * median)) return undefined;
  return trigger({
    name: 'mempool spike',
    scope: 'rebalance',
    cause: `block space costs more than ${TIMES_THE_MEDIAN} times the median of 24 h`,
    numbers: `${plain(latest.satPerVbyte, 1)} sat/vB now, ${plain(median, 1)} the median`,
    holdsMs: HOLDS_MS,
  });
}
