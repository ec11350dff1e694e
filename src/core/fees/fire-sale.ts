/**
 * Rule 3: capital that is dead or loses money asks 1 ppm, so that somebody takes it away (SPEC 3, rule 3).
 * Bounded by `bargain.ts`; a young channel that has begun to earn is left in peace (momentum guard).
 */
import { ppm } from '../units.ts';
import { percent, plain } from '../wording.ts';
import { bargainHtlcMax, bargainRests } from './bargain.ts';
import type { ChannelFeeState, FeeObservation, FeeSettings } from './types.ts';
import { applies, passes, type Verdict } from './verdict.ts';

/** SPEC 3, rule 3. */
const IDLE_DAYS = 30;
const LOSS_ROI = -0.5;
const LOSS_AGE_DAYS = 90;
const MOMENTUM_ROI = 0.05;
const MOMENTUM_AGE_DAYS = 180;
const PRICE = ppm(1);

export function fireSale(seen: FeeObservation, state: ChannelFeeState, law: FeeSettings): Verdict {
  const hopeless = isHopeless(seen);
  if (!hopeless.yes) return passes('fire-sale', hopeless.because);
  const rests = bargainRests(seen, state);
  if (rests) return passes('fire-sale', rests.because, rests.memory);
  return applies(
    {
      rule: 'fire-sale',
      ppm: PRICE,
      base: law.base,
      htlcMax: bargainHtlcMax(seen),
      enforceDelay: undefined,
      binding: 'fire-sale',
    },
    hopeless.because,
  );
}

/** What a channel is judged by. */
export type Prospects = Pick<FeeObservation, 'idleDays' | 'ageDays' | 'books' | 'watched'>;

/** Whether rule 3 holds for it, were nothing above it in the way. */
export function isHopeless(seen: Prospects): { readonly yes: boolean; readonly because: string } {
  const { idleDays, ageDays, books } = seen;
  if (idleDays === undefined || !(idleDays >= IDLE_DAYS))
    return {
      yes: false,
      because: `idle for ${idleDays === undefined ? 'an unknown time' : `${plain(idleDays, 1)} days`}`,
    };
  const loses =
    books.class === 'UNDERWATER' &&
    books.roi < LOSS_ROI &&
    ageDays !== undefined &&
    ageDays > LOSS_AGE_DAYS;
  if (books.class !== 'ZOMBIE' && !loses)
    return {
      yes: false,
      because: `${books.class} with ROI ${percent(books.roi)} is no loss to clear`,
    };
  // What is silent beside a steady peer is stagnant, never for sale: whether it is steady nobody knows yet.
  if (books.class !== 'ZOMBIE' && !seen.watched)
    return { yes: false, because: 'its peer has not been watched for a week' };
  if (books.marginalRoi > MOMENTUM_ROI && !(ageDays !== undefined && ageDays >= MOMENTUM_AGE_DAYS))
    return { yes: false, because: `momentum: it earned ${percent(books.marginalRoi)} in 30 days` };
  return {
    yes: true,
    because: `${books.class}, ROI ${percent(books.roi)}, idle for ${plain(idleDays, 1)} days`,
  };
}
