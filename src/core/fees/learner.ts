/**
 * Two learners behind one door (SPEC 3.1). Each turns evidence into an anchor and can say why in one line; the
 * operator's `fee-learner` says which one prices. Both states live side by side, so changing it loses nothing.
 */
import type { Ppm, UnixMs } from '../units.ts';
import { adoptIntoClimber, climb, climberReason, startClimber } from './hill-climbing.ts';
import { adoptIntoLadder, climbLadder, ladderAnchor, ladderReason, startLadder } from './ladder.ts';
import { multipliers } from './multipliers.ts';
import type { ChannelFeeState, Evidence, FeeMarket, FeeObservation, FeeSettings } from './types.ts';

export type Anchor = { readonly ppm: number; readonly because: string };
type Learned = Pick<ChannelFeeState, 'ladder' | 'climber'>;

/** The multipliers a first state is begun with; those of a malformed look count as 1 and nothing is priced on it. */
export function startingProduct(seen: FeeObservation, law: FeeSettings): number {
  const { product } = multipliers(seen, law);
  return Number.isFinite(product) && product > 0 ? product : 1;
}

/** Both learners at their starting points. */
export function startLearners(seen: FeeObservation, law: FeeSettings): Learned {
  return {
    ladder: startLadder(seen.channelId, seen.at, seen.onNode.ppm),
    climber: startClimber(law.housePpm, seen.at, startingProduct(seen, law), law),
  };
}

/** The anchor of the learner that prices, ppm (a real number), without its reason. */
export function anchorValue(state: Learned, law: FeeSettings, at: UnixMs): number {
  switch (law.learner) {
    case 'ladder':
      return ladderAnchor(state.ladder, law, at);
    case 'hill-climbing':
      return state.climber.anchor;
  }
}

/** The anchor of the learner that prices, and why. */
export function anchorOf(
  seen: FeeObservation,
  state: Learned,
  market: FeeMarket,
  law: FeeSettings,
): Anchor {
  const ppm = anchorValue(state, law, seen.at);
  switch (law.learner) {
    case 'ladder':
      return { ppm, because: ladderReason(state.ladder, seen, market, law) };
    case 'hill-climbing':
      return { ppm, because: climberReason(state.climber, law, seen.at) };
  }
}

/** Makes `price` the present price of the learner that prices: its anchor is the price without the multipliers. */
export function adoptPrice(
  state: ChannelFeeState,
  price: Ppm | number,
  seen: FeeObservation,
  law: FeeSettings,
): ChannelFeeState {
  const { product } = multipliers(seen, law);
  const anchor = price / product;
  if (!Number.isFinite(anchor)) return state;
  const adopted = { ...state, ...adoptAnchor(state, anchor, product, seen.at, law) };
  return { ...adopted, pricedBy: law.learner, anchorSent: anchorValue(adopted, law, seen.at) };
}

function adoptAnchor(
  { ladder, climber }: Learned,
  anchor: number,
  product: number,
  at: UnixMs,
  law: FeeSettings,
): Learned {
  switch (law.learner) {
    case 'ladder':
      return { climber, ladder: adoptIntoLadder(ladder, anchor, law, at) };
    case 'hill-climbing':
      return { ladder, climber: adoptIntoClimber(climber, anchor, at, product) };
  }
}

/** When the operator chose the other learner, it goes on from the price of the one before: switching moves nothing. */
export function handOver(
  state: ChannelFeeState,
  seen: FeeObservation,
  law: FeeSettings,
): ChannelFeeState {
  return state.pricedBy === law.learner ? state : adoptPrice(state, state.target, seen, law);
}

/**
 * What happened since the last cycle, before that cycle decides (SPEC 3.1). Only settled forwards teach, and only
 * under a price of rule 4 that stood for most of the time.
 */
export function learn(
  state: ChannelFeeState,
  evidence: Evidence,
  seen: FeeObservation,
  market: FeeMarket,
  law: FeeSettings,
): ChannelFeeState {
  if (seen.splicing || !isSound(evidence)) return state;
  const current = handOver(state, seen, law);
  const stood = state.sent.at <= (evidence.from + evidence.to) / 2;
  const taught = state.ruledBy === 'price' && stood && state.unknownSince === undefined;
  const broadcast = state.sent.ppm;
  const ladder = climbLadder(current.ladder, evidence, seen, market, { broadcast, taught });
  if (law.learner === 'ladder') return { ...current, ladder };
  const look = {
    product: multipliers(seen, law).product,
    ruled: !taught,
    inForce: current.anchorSent === current.climber.anchor,
    shielded: seen.books.class === 'PROFITABLE',
  };
  return { ...current, ladder, climber: climb(current.climber, evidence, look, law) };
}

const isSound = ({ from, to, routableHours, uptime }: Evidence): boolean =>
  [from, to, routableHours, uptime].every(Number.isFinite) && to >= from;
