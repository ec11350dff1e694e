/** In the first 7 days a price of rule 4 moves at most ×1.5 or ÷1.5 in any 24 h (SPEC 3.8). */
import { DAY_MS, type Ppm, ppm, type UnixMs } from '../units.ts';
import type { ChannelFeeState } from './types.ts';

const EARLY_MS = 7 * DAY_MS;
const MOST = 1.5;
/** Whole ppm: below 2 ppm a move of 1 is more than ×1.5, and without it nothing would ever move. */
const LEAST_MOVE = 1;

/**
 * The nearest price to `wanted` that is allowed; `wanted` itself when nothing limits it. After a floor has moved it
 * further than that already, it stays where it is.
 */
export function limitEarly(wanted: Ppm, state: ChannelFeeState, at: UnixMs): Ppm {
  if (at - state.firstSeenAt >= EARLY_MS) return wanted;
  const inForce = pricesOfLastDay(state, at);
  const [least, most] = [Math.min(...inForce), Math.max(...inForce)];
  const ceiling = Math.max(Math.floor(least * MOST), least + LEAST_MOVE);
  const floor = Math.min(Math.ceil(most / MOST), most - LEAST_MOVE);
  if (floor > ceiling) return inForce.at(-1) ?? wanted;
  return ppm(Math.min(ceiling, Math.max(floor, wanted)));
}

/** Prices of rule 4 that were asked at some moment of the last 24 h. */
function pricesOfLastDay(state: ChannelFeeState, at: UnixMs): readonly Ppm[] {
  const known = [
    state.dayOpen,
    ...state.sends.filter(({ rule, at: sent }) => rule === 'price' && sent > state.dayOpen.at),
  ];
  const opening = known.findLastIndex((price) => price.at <= at - DAY_MS);
  return known.slice(Math.max(0, opening)).map((price) => price.ppm);
}
