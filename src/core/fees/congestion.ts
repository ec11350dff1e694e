/**
 * Rule 1: HTLC slots are running out, so the channel asks its maximum (SPEC 3, rule 1).
 * Entered on two looks 60 s apart, left as soon as one look finds it below the exit: an episode, never a latch.
 */
import type { Band } from '../units.ts';
import { percent } from '../wording.ts';
import type { ChannelFeeState, FeeObservation, FeeSettings } from './types.ts';
import { applies, passes, type Verdict } from './verdict.ts';

/** SPEC 3, rule 1: left below 0.7 … */
const EXIT = 0.7;
/** … or at the same distance below a threshold that the operator set lower. */
const EXIT_OF_THRESHOLD = 0.875;
const SECOND_LOOK_MS = 60_000;

export function congestion(
  seen: FeeObservation,
  state: ChannelFeeState,
  law: FeeSettings,
  band: Band,
): Verdict {
  const { use, secondLook } = seen.slots;
  const exit = Math.min(EXIT, law.congestionThreshold * EXIT_OF_THRESHOLD);
  const wish = {
    rule: 'congestion' as const,
    ppm: band.ceiling,
    base: law.base,
    htlcMax: undefined,
    enforceDelay: undefined,
    binding: 'congestion',
  };
  if (state.ruledBy === 'congestion') {
    if (use >= exit)
      return applies(wish, `${percent(use)} of the slots are in use, left below ${percent(exit)}`);
    return passes('congestion', `over: ${percent(use)} of the slots in use`);
  }
  if (!(use > law.congestionThreshold))
    return passes('congestion', `${percent(use)} of the slots in use`);
  if (secondLook) return applies(wish, `two looks found ${percent(use)} of the slots in use`);
  return {
    ...passes('congestion', `${percent(use)} of the slots in use, a second look will tell`),
    lookAgainMs: SECOND_LOOK_MS,
  };
}
