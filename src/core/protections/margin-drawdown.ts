/** Rebalancing eats what the node earns (SPEC 7.6): it rests for a day, and what is sold meanwhile may pay for it. */
import { DAY_MS, fromSat, type Msat } from '../units.ts';
import { sats } from '../wording.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6: cost of seven days above this part of their revenue, in hundredths. */
const MOST_HUNDREDTHS = 80n;
/** Below this a week's cost says nothing about the margin. */
const LEAST_COST = fromSat(1000);

/** Both of the same seven days, msat; undefined: not known. */
export type MarginFacts = { readonly cost: Msat | undefined; readonly revenue: Msat | undefined };

export function marginDrawdown({ cost, revenue }: MarginFacts): Trigger | undefined {
  if (cost === undefined || revenue === undefined || revenue < 0n) return undefined;
  if (cost <= LEAST_COST || cost * 100n <= revenue * MOST_HUNDREDTHS) return undefined;
  return trigger({
    name: 'margin drawdown',
    scope: 'rebalance',
    cause: `rebalancing cost more than ${MOST_HUNDREDTHS} % of what was earned in seven days`,
    numbers: `${sats(cost)} paid, ${sats(revenue)} earned`,
    holdsMs: DAY_MS,
  });
}
