/** A price by hand (SPEC 3.9): always sent, always counted, whatever the bucket holds. */
import { type Msat, ppm } from '../units.ts';
import { withHtlcMaxBack } from './bargain.ts';
import { adoptPrice } from './learner.ts';
import { nextState } from './next-state.ts';
import type { ChannelFeeState, Fee, FeeDecision, FeeObservation, FeeSettings } from './types.ts';
import { targetOf, type Wish } from './verdict.ts';

/**
 * `manual` pins (a static policy holds it from now on, the learner is left as it is); `undo` restores a price that
 * rule 4 goes on from: it becomes the anchor, else the next cycle would take it back.
 */
export function decideManual(
  seen: FeeObservation,
  state: ChannelFeeState,
  fee: Fee & { readonly htlcMax: Msat | undefined },
  law: FeeSettings,
  because: string,
  by: 'manual' | 'undo',
): FeeDecision {
  const wish: Wish = withHtlcMaxBack(
    {
      rule: by === 'undo' ? 'price' : 'policy',
      ppm: ppm(fee.ppm),
      base: fee.base,
      htlcMax: fee.htlcMax === seen.onNode.htlcMax ? undefined : fee.htlcMax,
      enforceDelay: undefined,
      binding: by,
    },
    seen,
    state,
  );
  const asked = Number.isFinite(fee.ppm) && fee.ppm >= 0;
  const same =
    fee.ppm === seen.onNode.ppm && fee.base === seen.onNode.base && wish.htlcMax === undefined;
  const over = { ...state, probe: undefined };
  const adopted = by === 'undo' && asked ? undone(over, wish, seen, law) : over;
  return {
    kind: !asked || same ? 'hold' : 'set',
    target: targetOf(wish),
    ruledBy: wish.rule,
    binding: by,
    trail: [
      {
        rule: by,
        verdict: asked ? 'applies' : 'passes',
        ...(asked ? { value: wish.ppm } : {}),
        because: asked ? because : `${fee.ppm} is no price`,
      },
    ],
    next: asked ? nextState(seen, adopted, wish, same ? 'equal' : 'send') : state,
    lookAgainMs: undefined,
  };
}

const undone = (
  state: ChannelFeeState,
  wish: Wish,
  seen: FeeObservation,
  law: FeeSettings,
): ChannelFeeState => ({
  ...adoptPrice(state, wish.ppm, seen, law),
  dayOpen: { ppm: wish.ppm, at: seen.at },
});
