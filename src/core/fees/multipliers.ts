/** Everything that stands between an anchor and a price. It acts on the anchor, so nothing compounds (SPEC 3, rule 4). */
import { holdSurcharge, penalty } from './penalty.ts';
import { scarcity } from './scarcity.ts';
import type { FeeObservation, FeeSettings, Step } from './types.ts';

export type Multipliers = { readonly product: number; readonly steps: readonly Step[] };

/** All factors of this moment. The product of a malformed observation is not finite, and nothing is priced on it. */
export function multipliers(seen: FeeObservation, law: FeeSettings): Multipliers {
  const factors = [scarcity(seen, law), penalty(seen, law), holdSurcharge(seen)];
  return {
    product: factors.reduce((product, { value }) => product * value, 1),
    steps: factors.map(({ step }) => step),
  };
}
