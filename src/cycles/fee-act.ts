/**
 * Acting on a decided price: send it, compare lightningd's answer with the intention, and say which of three
 * things happened: done, failed, unknown (SPEC 3.8). Below authority `fees` there is no setter, so nothing can
 * be sent: the outcome is `would`.
 */
import type { FeeDecision, FeeObservation, FeeTarget } from '../core/fees/types.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { FeeSetter, SetChannelAnswer } from '../ports/node.ts';
import type { Outcome } from '../ports/store.ts';

export type ActResult = { readonly outcome: Outcome; readonly error: string | undefined };

const NOTHING: ActResult = { outcome: 'none', error: undefined };

/** Sends what was decided. Never throws for what lightningd does; a defect of ours passes through. */
export async function act(
  setter: FeeSetter | undefined,
  seen: FeeObservation,
  decision: FeeDecision,
): Promise<ActResult> {
  if (decision.kind !== 'set') return NOTHING;
  if (!setter) return { outcome: 'would', error: undefined };
  const { target } = decision;
  try {
    const answer = await setter.setChannel({
      channelId: seen.channelId,
      base: target.base,
      ppm: target.ppm,
      htlcMax: target.htlcMax,
      enforceDelay: target.enforceDelay,
    });
    return compare(target, answer);
  } catch (error) {
    if (error instanceof NodeRefused) return { outcome: 'failed', error: error.message };
    if (error instanceof RetryLater) return { outcome: 'unknown', error: error.message };
    throw error;
  }
}

/** lightningd may lower htlcmax to what the channel can hold, so only the price is compared. */
function compare(target: FeeTarget, answer: SetChannelAnswer): ActResult {
  if (answer.ppm === target.ppm && answer.base === target.base)
    return { outcome: 'done', error: undefined };
  const error = `asked for ${target.ppm} ppm + ${target.base} msat, lightningd answered ${answer.ppm} ppm + ${answer.base} msat`;
  return { outcome: 'failed', error };
}
