/** What a channel remembers after a decision: nothing is spent or taken as sent unless it is sent. */
import { DAY_MS, type UnixMs } from '../units.ts';
import type { GossipVerdict } from './gossip.ts';
import { tokensAt } from './gossip.ts';
import type { ChannelFeeState, FeeObservation, Send } from './types.ts';
import type { Wish } from './verdict.ts';

/** Bound of the list; leaves and commands are not limited by the 4 a day. */
const SENDS_KEPT = 16;

/** The state after the wish was sent, held back, or found on the node. */
export function nextState(
  seen: FeeObservation,
  state: ChannelFeeState,
  wish: Wish,
  verdict: GossipVerdict['kind'],
): ChannelFeeState {
  const target = wish.rule === 'price' ? wish.ppm : state.target;
  switch (verdict) {
    case 'wait':
      return { ...state, target };
    case 'near':
      return { ...state, target, anchorSent: wish.anchor ?? state.anchorSent };
    case 'equal':
      return inForce({ ...state, target }, seen, wish);
    case 'send':
      return sent({ ...inForce({ ...state, target }, seen, wish) }, seen, wish);
  }
}

/** The wish is what the node has, or will have. */
function inForce(state: ChannelFeeState, seen: FeeObservation, wish: Wish): ChannelFeeState {
  const bargain = wish.rule === 'probe' || wish.rule === 'fire-sale';
  const lowered = bargain && wish.htlcMax !== undefined ? seen.onNode.htlcMax : undefined;
  return {
    ...state,
    ruledBy: wish.rule,
    anchorSent: wish.anchor ?? state.anchorSent,
    madeByFloor: wish.madeByFloor,
    htlcMaxBefore: bargain ? (state.htlcMaxBefore ?? lowered) : undefined,
  };
}

function sent(state: ChannelFeeState, seen: FeeObservation, wish: Wish): ChannelFeeState {
  const { at, announced } = seen;
  const send: Send = { at, ppm: wish.ppm, rule: wish.rule, gossip: announced };
  const { recent, dayOpen } = ofLastDay(state, at);
  return {
    ...state,
    sent: { ppm: wish.ppm, base: wish.base, at },
    gossip: announced ? { tokens: tokensAt(state, at) - 1, at } : state.gossip,
    sends: [...recent, send].slice(-SENDS_KEPT),
    dayOpen,
  };
}

/** Forgets sends older than a day; the last price of rule 4 among them opens the day. */
function ofLastDay(
  state: ChannelFeeState,
  at: UnixMs,
): Pick<ChannelFeeState, 'dayOpen'> & { readonly recent: readonly Send[] } {
  const old = state.sends.filter((send) => send.at <= at - DAY_MS);
  const recent = state.sends.filter((send) => send.at > at - DAY_MS);
  const last = old.findLast((send) => send.rule === 'price' && send.at > state.dayOpen.at);
  return { recent, dayOpen: last ? { ppm: last.ppm, at: last.at } : state.dayOpen };
}
