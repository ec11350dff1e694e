/** What `observe` would have done: the report an operator reads before saying `authority fees` (SPEC 1). */

import type { ChannelFeeState } from '../core/fees/types.ts';
import { medianOf } from '../core/median.ts';
import { type Ppm, ppm } from '../core/units.ts';
import type { FirstDays } from './services.ts';

/** From the states alone: `target` is what rule 4 wants, `sent` what is on the node. */
export function firstDays(states: readonly ChannelFeeState[], unsent: number): FirstDays {
  const now = states.map(({ sent }) => sent.ppm);
  const wanted = states.map(({ target }) => target);
  return {
    since: states.map(({ firstSeenAt }) => firstSeenAt).toSorted((a, b) => a - b)[0],
    channels: states.length,
    raise: states.filter(({ target, sent }) => target > sent.ppm).length,
    lower: states.filter(({ target, sent }) => target < sent.ppm).length,
    medianNow: median(now),
    medianWanted: median(wanted),
    unsent,
  };
}

function median(rates: readonly Ppm[]): Ppm | undefined {
  const middle = medianOf(rates);
  return middle === undefined ? undefined : ppm(middle);
}
