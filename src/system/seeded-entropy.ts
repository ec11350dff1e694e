import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Entropy } from '../ports/entropy.ts';

/** The same seed gives the same numbers: for simulations and tests. */
export function seededEntropy(seed: number): Entropy {
  const generator = xoroshiro128plus(seed);
  return { uniform: () => uniformFloat64(generator) };
}
