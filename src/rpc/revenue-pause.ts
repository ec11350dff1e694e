import { z } from 'zod';
import { LOCK_SCOPES, type LockScope } from '../core/protections/trigger.ts';
import type { BrakeState, FeeService } from '../cycles/services.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import { seconds, unixSeconds } from './answers.ts';
import { sentenceOf, statusOf } from './fee-acts.ts';
import { defineMethod } from './method.ts';
import { flag, wholeNumber, word } from './parameters.ts';

/** A month; longer pauses are without a limit. */
const MOST_HOURS = 720;

export const brakeRow = z.strictObject({
  scope: z.enum(LOCK_SCOPES),
  since: unixSeconds,
  until: unixSeconds.optional().describe('absent: until revenue-resume'),
});
export const brakeRowOf = ({ scope, since, until }: BrakeState): z.input<typeof brakeRow> => ({
  scope,
  since: seconds(since),
  until: until === undefined ? undefined : seconds(until),
});

/** What becomes of rebalances that are under way; nothing is said where there are none. */
const jobsOf = (scope: LockScope, open: number, verb: string): string =>
  scope === 'fees' || open === 0 ? '' : `; open rebalances ${verb} stopped: ${open}`;

/** Whatever comes of it, the brake is put on afterwards: this is when a node may not answer. */
async function putBack(
  fees: Pick<FeeService, 'undo'>,
): Promise<{ readonly restored: number; readonly problem: string }> {
  try {
    const results = await fees.undo({ baseline: true, channelId: undefined }, false);
    const restored = results.filter(({ outcome }) => outcome === 'done').length;
    const isWhole = ['success', 'noop'].includes(statusOf(results));
    return { restored, problem: isWhole ? '' : `; baseline fees of ${sentenceOf(results, '')}` };
  } catch (error) {
    if (!(error instanceof RetryLater || error instanceof NodeRefused)) throw error;
    return { restored: 0, problem: `; the baseline fees were not put back: ${error.message}` };
  }
}

/** The brake (SPEC 1). */
export const revenuePause = defineMethod({
  name: 'revenue-pause',
  description:
    'Stops acting at once: fees, rebalance, or all; for some hours or until revenue-resume.',
  longDescription:
    "Prices stay as they are, but for those of congestion, probe and fire sale, which are replaced by the channel's ordinary price. restore=true first puts back the fees found at first start. Measuring and journaling go on. Commands of the operator (revenue-set-fee, revenue-undo) still work. With rebalance or all, no new rebalance is ordered, by hand neither, and every job of ours at sling is stopped; what it paid is settled, and its hold stays until that is done.",
  effect: 'acts',
  examples: [
    'lightning-cli revenue-pause',
    'lightning-cli revenue-pause fees 12',
    'lightning-cli revenue-pause -k scope=fees restore=true',
  ],
  params: {
    scope: word(LOCK_SCOPES, 'fees, rebalance, or all; all unless given').optional(),
    hours: wholeNumber(1, MOST_HOURS, 'until it ends by itself').optional(),
    restore: flag('put the baseline fees back first').optional(),
  },
  answer: z.strictObject({
    status: z.enum(['paused', 'would']),
    brakes: z.array(brakeRow),
    restored: z.int().describe('channels whose baseline fee was put back'),
    message: z.string(),
  }),
  handle: async (
    { scope = 'all', hours, restore = false },
    { brake, fees, rebalance },
    { check },
  ) => {
    if (check) {
      const message = `${scope} would stop${jobsOf(scope, rebalance.state().jobs.length, 'would be')}`;
      return {
        status: 'would' as const,
        brakes: brake.active().map(brakeRowOf),
        restored: 0,
        message,
      };
    }
    const back = restore ? await putBack(fees) : { restored: 0, problem: '' };
    const open = rebalance.state().jobs.length;
    const { until } = brake.pause(scope, hours);
    const end = until === undefined ? 'until revenue-resume' : `for ${hours} h`;
    return {
      status: 'paused' as const,
      brakes: brake.active().map(brakeRowOf),
      restored: back.restored,
      message: `${scope === 'all' ? 'everything' : scope} stands still ${end}${jobsOf(scope, open, 'are being')}${back.problem}`,
    };
  },
});
