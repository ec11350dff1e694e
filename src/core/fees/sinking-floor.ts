/**
 * A floor that sinks is not followed down step by step (SPEC 3.8). A floor that rose is obeyed at once; if every fall
 * were followed too, block space that moves by a tenth every seven minutes would cost a channel at its floor four
 * channel updates a day for ever, the bucket would be empty when the floor rises, and the price would stand below it.
 * So what a chain floor made of a price stays until the floor has really gone, and then comes down half way.
 */
import { type Ppm, ppm } from '../units.ts';
import { factor, plain } from '../wording.ts';
import type { PriceBand } from './floor.ts';
import type { ChannelFeeState, FeeObservation, FeeSettings, Step } from './types.ts';

/** A learnt price this much above the floor will not be caught by it again soon: it is asked at once. */
const CLEAR_OF_FLOOR = 2;
/** A floor's price comes down when rule 4 wants this part of it or less: the mempool's spike is over … */
const GONE = 6;
/** … and then to this much above what is wanted, so that the next small rise costs nothing. */
const LANDING = 3;

/** The price rule 4 does not go below now, because a floor put it there; undefined: nothing holds it. */
export function sunkFloor(
  seen: FeeObservation,
  state: ChannelFeeState,
  law: FeeSettings,
  band: PriceBand,
  raw: number,
): { readonly ppm: Ppm; readonly step: Step } | undefined {
  const made = standingOnFloor(seen, state, law);
  const wanted = Math.max(raw, band.floor);
  if (made === undefined || !(wanted < made) || raw >= CLEAR_OF_FLOOR * band.floor)
    return undefined;
  const gone = wanted * GONE <= made;
  const held = ppm(Math.min(band.ceiling, gone ? Math.ceil(wanted * LANDING) : made));
  const sank = `a chain floor made it ${made} ppm and has sunk to ${plain(band.floor)} ppm`;
  const because = gone
    ? `${sank}: down to ${factor(LANDING)} of what is wanted`
    : `${sank}: it stays until ${factor(1 / GONE)} of it is wanted, or a price clear of the floor`;
  return { ppm: held, step: { rule: 'floor: sunk', verdict: 'applies', value: held, because } };
}

/** What a chain floor made of the price now on the node, under the settings of today; undefined: it is not a floor's. */
export function standingOnFloor(
  { onNode }: FeeObservation,
  { ruledBy, madeByFloor: made }: ChannelFeeState,
  law: FeeSettings,
): Ppm | undefined {
  if (ruledBy !== 'price' || made === undefined) return undefined;
  return made.ppm === onNode.ppm && made.configVersion === law.version ? made.ppm : undefined;
}
