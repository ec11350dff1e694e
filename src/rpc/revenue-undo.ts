import { z } from 'zod';
import { unixMs } from '../core/units.ts';
import type { UndoRequest } from '../cycles/services.ts';
import { BadRequest } from '../ports/errors.ts';
import type { RpcContext } from './context.ts';
import { actRow, actRowOf, actStatus, sentenceOf, statusOf } from './fee-acts.ts';
import { defineMethod } from './method.ts';
import { findChannel, labels } from './names.ts';
import { type Moment, moment, text, wholeNumber, word } from './parameters.ts';

const answer = z.strictObject({
  status: actStatus,
  message: z.string(),
  results: z.array(actRow),
});

type Asked = {
  readonly baseline?: string | undefined;
  readonly channel_id?: string | undefined;
  readonly change?: number | undefined;
  readonly cycle?: number | undefined;
  readonly since?: Moment | undefined;
};

/** Exactly one way of saying what to undo. */
function requestOf(asked: Asked, context: RpcContext): UndoRequest {
  const { baseline, channel_id: channel, change, cycle, since } = asked;
  const ways = Object.entries({ baseline, change, cycle, since }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  const [way, second] = ways;
  if (way === undefined)
    throw new BadRequest('change', 'say what to undo: change=, cycle=, since= or baseline');
  if (second !== undefined) throw new BadRequest(second, `cannot be combined with ${way}`);
  if (channel !== undefined && baseline === undefined)
    throw new BadRequest('channel_id', 'goes with baseline only');
  if (change !== undefined) return { change };
  if (cycle !== undefined) return { cycle };
  if (since !== undefined) return { since: past(since, context) };
  const channelId = channel === undefined ? undefined : findChannel(context, 'channel_id', channel);
  return { baseline: true, channelId };
}

function past(since: Moment, { clock }: RpcContext) {
  const now = clock.now();
  const at = 'at' in since ? since.at : now - since.agoMs;
  if (at > now) throw new BadRequest('since', 'lies in the future');
  return unixMs(at);
}

/** Puts prices back to what they were (SPEC 3.9). */
export const revenueUndo = defineMethod({
  name: 'revenue-undo',
  description: 'Puts fees back: one change, one cycle, everything since a time, or the baseline.',
  longDescription:
    'baseline are the fees found at the first start; without a channel, those of passive channels that somebody else has priced since stay. Ids are in recent_fee_changes of revenue-status. Undo does not pin: the next cycle decides on from the restored price.',
  effect: 'acts',
  examples: [
    'lightning-cli revenue-undo change=17',
    'lightning-cli revenue-undo since=6h',
    'lightning-cli revenue-undo baseline',
    'lightning-cli check revenue-undo baseline 800148x28x0',
  ],
  params: {
    baseline: word(
      ['baseline', 'true'],
      'the word baseline: the fees found at first start',
    ).optional(),
    channel_id: text('with baseline: only this channel').optional(),
    change: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'id of a fee change').optional(),
    cycle: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'id of a cycle: all its changes').optional(),
    since: moment('everything changed since then').optional(),
  },
  answer,
  handle: async (params, context, { check }) => {
    const results = await context.fees.undo(requestOf(params, context), check);
    const labelOf = labels(context);
    return {
      status: statusOf(results),
      message: sentenceOf(results, 'put back'),
      results: results.map((result) => actRowOf(result, labelOf(result.channelId))),
    };
  },
});
