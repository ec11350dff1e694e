/**
 * Leaving nothing behind that nobody decided (SPEC 3.9): on stop, and first thing after a crash, every price of
 * rules 1 to 3 is replaced by rule 4's. It never waits for a token or a peer.
 */
import { withHtlcMaxBack } from './bargain.ts';
import { priceBand } from './floor.ts';
import { nextState } from './next-state.ts';
import { price } from './price.ts';
import type {
  ChannelFeeState,
  FeeDecision,
  FeeMarket,
  FeeObservation,
  FeeSettings,
  FeeTarget,
  Step,
} from './types.ts';
import { isEpisode, targetOf } from './verdict.ts';

/** Rule 4's price for a channel now under rules 1 to 3; every other is left as it is. `why` opens the trail. */
export function withoutSpecials(
  seen: FeeObservation,
  state: ChannelFeeState,
  market: FeeMarket,
  law: FeeSettings,
  why: readonly Step[] = [],
): FeeDecision {
  const { onNode } = seen;
  const kept: FeeTarget = {
    ppm: onNode.ppm,
    base: onNode.base,
    htlcMax: undefined,
    enforceDelay: undefined,
  };
  const decision = (
    kind: FeeDecision['kind'],
    target: FeeTarget,
    trail: readonly Step[],
    next: ChannelFeeState,
  ): FeeDecision => ({
    kind,
    target,
    ruledBy: next.ruledBy,
    binding: 'restore',
    trail: [...why, ...trail],
    next,
    lookAgainMs: undefined,
  });
  const leave = (because: string): FeeDecision =>
    decision('leave', kept, [{ rule: 'restore', verdict: 'passes', because }], state);
  if (!isEpisode(state.ruledBy)) return leave(`the price is of rule ${state.ruledBy}`);
  if (onNode.ppm !== state.sent.ppm) return leave('someone else has set the price since');
  const over = { ...state, probe: undefined };
  const ruled = price(seen, over, market, law, priceBand(seen, market, law));
  if (!ruled.wish) return leave('rule 4 has no price now');
  const wish = withHtlcMaxBack(ruled.wish, seen, state);
  const same = wish.ppm === onNode.ppm && wish.base === onNode.base && wish.htlcMax === undefined;
  const because = `${state.ruledBy} ends with us: ${onNode.ppm} → ${wish.ppm} ppm`;
  return decision(
    same ? 'hold' : 'set',
    targetOf(wish),
    [...ruled.steps, { rule: 'restore', verdict: 'applies', value: wish.ppm, because }],
    nextState(seen, over, wish, same ? 'equal' : 'send'),
  );
}
