import { type Band, type Ppm, ppm, within } from '../units.ts';
import type { Policy } from './policy.ts';

/** A bound that is a number; anything else is no bound. */
export const known = (rate: Ppm | undefined): Ppm | undefined =>
  rate !== undefined && Number.isFinite(rate) ? rate : undefined;

/** The node's own band. A minimum above the maximum raises the maximum: never the other way (SPEC 3.2). */
export const nodeBand = (law: { readonly minPpm: Ppm; readonly maxPpm: Ppm }): Band => ({
  floor: law.minPpm,
  ceiling: ppm(Math.max(law.minPpm, law.maxPpm)),
});

/** The peer's own bounds inside the node's, ppm (SPEC 5). Expired policies never come here. */
export function effectiveBounds(
  policy: Policy,
  law: { readonly minPpm: Ppm; readonly maxPpm: Ppm },
): Band {
  const node = nodeBand(law);
  const floor = within(known(policy.minPpm) ?? node.floor, node);
  const ceiling = within(known(policy.maxPpm) ?? node.ceiling, node);
  return { floor, ceiling: ppm(Math.max(floor, ceiling)) };
}
