/** Rule 4: what the channel is worth, from the learnt anchor (SPEC 3, rule 4). */
import { type Ppm, within } from '../units.ts';
import { factor, plain } from '../wording.ts';
import { limitEarly } from './early-days.ts';
import type { PriceBand } from './floor.ts';
import { isWorthSending } from './gossip.ts';
import { anchorOf } from './learner.ts';
import { multipliers } from './multipliers.ts';
import { standingOnFloor, sunkFloor } from './sinking-floor.ts';
import type { ChannelFeeState, FeeMarket, FeeObservation, FeeSettings, Step } from './types.ts';
import type { Verdict, Wish } from './verdict.ts';

/** clamp(anchor × scarcity × penalty × hold, floor, ceiling), in the first days at most ×1.5 a day. */
export function price(
  seen: FeeObservation,
  state: ChannelFeeState,
  market: FeeMarket,
  law: FeeSettings,
  band: PriceBand,
): Verdict {
  const anchor = anchorOf(seen, state, market, law);
  const { product, steps } = multipliers(seen, law);
  const raw = anchor.ppm * product;
  const trail: Step[] = [
    { rule: 'anchor', verdict: 'applies', value: anchor.ppm, because: anchor.because },
    ...steps,
    ...band.steps,
  ];
  const sunk = sunkFloor(seen, state, law, band, raw);
  if (sunk) trail.push(sunk.step);
  const banded = within(raw, sunk ? { floor: sunk.ppm, ceiling: band.ceiling } : band);
  const rate = within(limitEarly(banded, state, seen.at), band);
  if (!Number.isFinite(rate) || !Number.isFinite(raw))
    return { steps: [...trail, unknown(anchor.ppm, product)], wish: undefined };
  if (rate !== banded) trail.push(limited(banded, rate));
  // What the anchor behind the price on the node would make of this moment: is it the learner that moves the price?
  const floored = standingOnFloor(seen, state, law) ?? 0;
  const unlearnt = within(Math.max(floored, state.anchorSent * product), band);
  const wish: Wish = {
    rule: 'price',
    ppm: rate,
    base: law.base,
    htlcMax: undefined,
    enforceDelay: undefined,
    binding: bindingOf(raw, banded, rate, sunk ? { ...band, floorName: 'sunk' } : band),
    anchor: anchor.ppm,
    madeByFloor:
      raw < banded && (sunk || band.floorName === 'chain')
        ? { ppm: rate, configVersion: law.version }
        : undefined,
    learning: !isWorthSending(seen.onNode.ppm, unlearnt),
  };
  const because = `${plain(anchor.ppm)} ppm ${factor(product)} is ${plain(raw)} ppm, inside ${band.floor} … ${band.ceiling}: ${rate} ppm`;
  return { steps: [...trail, { rule: 'price', verdict: 'applies', value: rate, because }], wish };
}

function bindingOf(raw: number, banded: Ppm, rate: Ppm, band: PriceBand): string {
  if (rate !== banded) return 'early days';
  if (raw > band.ceiling) return 'ceiling';
  if (raw < banded) return `floor: ${band.floorName}`;
  return 'anchor';
}

const limited = (wanted: Ppm, rate: Ppm): Step => ({
  rule: 'early days',
  verdict: 'applies',
  value: rate,
  because: `${wanted} ppm would be more than ×1.5 within a day of the first week`,
});

const unknown = (anchor: number, product: number): Step => ({
  rule: 'price',
  verdict: 'passes',
  because: `something seen is not a number (anchor ${anchor}, multipliers ${product}): the price stays`,
});
