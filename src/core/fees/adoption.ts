/**
 * Prices we did not set (SPEC 3.8): those found on first sight and those someone else sets later. They become the
 * anchor divided by the multipliers of the moment, so that adopting changes no price.
 */
import { DAY_MS, type Ppm, within } from '../units.ts';
import { priceBand } from './floor.ts';
import { isZeroedByHive } from './gossip.ts';
import { adoptPrice, anchorValue, startingProduct, startLearners } from './learner.ts';
import type { ChannelFeeState, FeeMarket, FeeObservation, FeeSettings } from './types.ts';

/** SPEC 3.8: two outside changes within a day, and the channel is yielded. */
const YIELD_AFTER = 2;
const CHANGES_KEPT = 10;
const FULL_BUCKET = 2;

/**
 * First sight of a channel. `found`: its price was set by someone before us and is kept. `opened`: it was opened
 * while we were running, its price is lightningd's default, and the learner's starting price takes its place.
 */
export function newFeeState(
  seen: FeeObservation,
  market: FeeMarket,
  law: FeeSettings,
  origin: 'found' | 'opened' = 'found',
): ChannelFeeState {
  const { at, channelId, onNode } = seen;
  const learners = startLearners(seen, law);
  const band = priceBand(seen, market, law);
  const anchor = anchorValue(learners, law, at);
  const product = startingProduct(seen, law);
  const started = within(anchor * product, band);
  const kept = origin === 'found' && !isZeroedByHive(seen);
  const price = kept ? within(onNode.ppm, band) : started;
  const state: ChannelFeeState = {
    channelId,
    firstSeenAt: at,
    baseline: { ppm: onNode.ppm, base: onNode.base, htlcMax: onNode.htlcMax },
    sent: { ppm: onNode.ppm, base: onNode.base, at },
    ruledBy: 'price',
    target: price,
    gossip: { tokens: FULL_BUCKET, at },
    dayOpen: { ppm: price, at },
    sends: [],
    anchorSent: onNode.ppm / product,
    pricedBy: law.learner,
    bargainRestUntil: undefined,
    outsideChanges: [],
    htlcMaxBefore: undefined,
    probe: undefined,
    probesEnded: [],
    unknownSince: undefined,
    ...learners,
  };
  return kept ? adoptPrice(state, price, seen, law) : state;
}

export type Adoption = {
  readonly state: ChannelFeeState;
  /** The channel must be left alone for 24 h: someone else sets its fee again and again. */
  readonly yield: boolean;
};

/**
 * Someone else changed what the node asks: their price is the new starting point. Call it when the node's ppm or
 * base differ from `state.sent` and no answer of ours is outstanding. A passive channel is theirs anyway: noted,
 * not counted.
 */
export function adoptOutside(
  state: ChannelFeeState,
  seen: FeeObservation,
  market: FeeMarket,
  law: FeeSettings,
): Adoption {
  const { at, onNode } = seen;
  if (!Number.isFinite(onNode.ppm)) return { state, yield: false };
  if (isZeroedByHive(seen))
    return { state: { ...state, sent: { ppm: onNode.ppm, base: onNode.base, at } }, yield: false };
  const ours = seen.policy.strategy !== 'passive';
  const recent = state.outsideChanges.filter((change) => change > at - DAY_MS);
  const outsideChanges = ours ? [...recent, at].slice(-CHANGES_KEPT) : recent;
  const price = within(onNode.ppm, priceBand(seen, market, law));
  const noted: ChannelFeeState = {
    ...state,
    sent: { ppm: onNode.ppm, base: onNode.base, at },
    outsideChanges,
  };
  const isPinned = seen.policy.strategy === 'static' || seen.policy.strategy === 'hive';
  return {
    state: isPinned ? noted : taken(noted, price, seen, law),
    yield: ours && outsideChanges.length >= YIELD_AFTER,
  };
}

/** A found price is rule 4's from now on, and the day of the first-week limit begins with it. */
const taken = (
  state: ChannelFeeState,
  price: Ppm,
  seen: FeeObservation,
  law: FeeSettings,
): ChannelFeeState => ({
  ...adoptPrice(state, price, seen, law),
  ruledBy: 'price',
  target: price,
  probe: undefined,
  dayOpen: { ppm: price, at: seen.at },
});

/**
 * An act of ours got no answer and the node has now been read: what it has is what was sent, by us either way.
 * When the act was not done after all, the price belongs to the rule that sent it before.
 */
export function afterUnknown(state: ChannelFeeState, seen: FeeObservation): ChannelFeeState {
  const { ppm, base } = seen.onNode;
  const read = { ...state, unknownSince: undefined };
  if (ppm === state.sent.ppm && base === state.sent.base) return read;
  const earlier = state.sends.slice(0, -1);
  const before = earlier.findLast((send) => send.ppm === ppm);
  return {
    ...read,
    sent: { ppm, base, at: seen.at },
    ruledBy: before?.rule ?? 'price',
    sends: state.sends,
  };
}
