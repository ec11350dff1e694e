/** The two small surcharges on what leaves towards a peer: spam that loses money (SPEC 3.5), and long holds (2.8). */

import { plain } from '../wording.ts';
import type { Factor } from './scarcity.ts';
import type { FeeObservation, FeeSettings } from './types.ts';

/** SPEC 3.5. */
const PENALTY = 1.15;
/** SPEC 2.6: the least weight a spammy peer's volume has. */
const LEAST_WEIGHT = 0.5;

/** 1.15 for peers both spammy and UNDERWATER; a PROFITABLE spammer is immune. */
export function penalty(seen: FeeObservation, law: FeeSettings): Factor {
  const spammy = law.reputation && seen.peerWeight <= LEAST_WEIGHT;
  const value = spammy && seen.books.class === 'UNDERWATER' ? PENALTY : 1;
  const because = `volume weight ${plain(seen.peerWeight)}, ${seen.books.class}`;
  return {
    value,
    step: { rule: 'penalty', verdict: value === 1 ? 'passes' : 'applies', value, because },
  };
}

/** 1.2 where forwards to the peer are held long; unknown counts as 1 and says so. */
export function holdSurcharge({ hold }: FeeObservation): Factor {
  const value = hold ?? 1;
  const because = hold === undefined ? 'hold times unknown' : 'hold times of the last 7 days';
  return {
    value,
    step: { rule: 'hold', verdict: value === 1 ? 'passes' : 'applies', value, because },
  };
}
