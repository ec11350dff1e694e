import { z } from 'zod';
import { RUNGS } from '../core/fees/ladder.ts';
import type { ChannelFeeState, FeeDecision } from '../core/fees/types.ts';
import type { ChannelId } from '../core/units.ts';
import {
  amountMsat,
  rate,
  seconds,
  secondsOrAbsent,
  step,
  stepAnswer,
  unixSeconds,
} from './answers.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { findChannel, labels } from './names.ts';
import { text, wholeNumber } from './parameters.ts';
import { pricedChannel, pricedChannels } from './priced-channel.ts';
import { reasonOf } from './reason.ts';
import { ratio } from './status-parts.ts';

const ROWS = 50;
const MOST_ROWS = 1000;
const RECENT = 20;

const change = z.strictObject({
  id: z.int().describe('for revenue-undo change='),
  short_channel_id: z.string(),
  at: unixSeconds,
  old_fee_ppm: rate,
  new_fee_ppm: rate,
  by: z.string().describe('the rule, manual, undo, outside or shutdown'),
  because: z.string().optional(),
});
const learners = z.strictObject({
  ladder: z.strictObject({
    rung_ppm: z.number().optional(),
    rungs_ppm: z.array(z.number()),
    sales: z.array(z.number()),
    exposure_days: z.array(z.number()),
    next_move_at: unixSeconds,
    drained: z.number(),
  }),
  climber: z.strictObject({
    anchor_ppm: z.number(),
    direction: z.int(),
    step_ppm: z.number(),
    window_hours: z.number(),
    window_fees_msat: z.number(),
    calm_windows: z.int(),
    sleep_until: unixSeconds.optional(),
  }),
});
const preview = z.strictObject({
  kind: z.enum(['set', 'hold', 'leave']),
  fee_ppm: rate,
  base_msat: amountMsat,
  ruled_by: z.string(),
  bound_by: z.string(),
  trail: z.array(step),
});

const answer = z.union([
  z.strictObject({
    total: z.int(),
    forwards: z.int().describe('settled, ever'),
    earned_msat: amountMsat.describe('their fees; closed channels included'),
    channels: z.array(pricedChannel).describe('what earned most first'),
    changes: z.array(change).describe('the latest fee changes, newest first'),
  }),
  z.strictObject({
    channel_id: z.string(),
    short_channel_id: z.string(),
    state: pricedChannel.optional().describe('absent: not priced yet'),
    learners: learners.optional(),
    preview: preview.optional().describe('what the rules say now; absent: not a managed channel'),
  }),
]);

const changesOf = (context: RpcContext): z.input<typeof change>[] => {
  const labelOf = labels(context);
  return context.fees.changes(RECENT).map(({ id, channelId, at, from, to, by, decisionId }) => {
    const decision = decisionId === undefined ? undefined : context.store.journal.get(decisionId);
    return {
      id,
      short_channel_id: labelOf(channelId).name,
      at: seconds(at),
      old_fee_ppm: from.ppm,
      new_fee_ppm: to.ppm,
      by,
      because: decision && reasonOf(decision),
    };
  });
};

function board(context: RpcContext, limit: number) {
  const { forwards, fees } = context.store.forwards.nodeTotals();
  const states = context.store.fees.states();
  return {
    total: states.size,
    forwards,
    earned_msat: fees,
    channels: bestEarners(context, [...states.values()], limit).map(pricedChannels(context)),
    changes: changesOf(context),
  };
}

function bestEarners(
  { store }: RpcContext,
  states: readonly ChannelFeeState[],
  limit: number,
): readonly ChannelFeeState[] {
  const totals = store.forwards.channelTotals();
  const fees = (state: ChannelFeeState): bigint => totals.get(state.channelId)?.fees ?? 0n;
  return states
    .toSorted((a, b) => (fees(a) < fees(b) ? 1 : fees(a) > fees(b) ? -1 : 0))
    .slice(0, limit);
}

const learnersOf = ({ ladder, climber }: ChannelFeeState): z.input<typeof learners> => ({
  ladder: {
    rung_ppm: RUNGS[ladder.rung],
    rungs_ppm: [...RUNGS],
    sales: ladder.sales.map(ratio),
    exposure_days: ladder.exposureDays.map(ratio),
    next_move_at: seconds(ladder.nextMoveAt),
    drained: ratio(ladder.drained),
  },
  climber: {
    anchor_ppm: ratio(climber.anchor),
    direction: climber.direction,
    step_ppm: ratio(climber.step),
    window_hours: ratio(climber.current.hours),
    window_fees_msat: ratio(climber.current.revenue),
    calm_windows: climber.calmWindows,
    sleep_until: secondsOrAbsent(climber.sleepUntil),
  },
});

const previewOf = (decision: FeeDecision): z.input<typeof preview> => ({
  kind: decision.kind,
  fee_ppm: decision.target.ppm,
  base_msat: decision.target.base,
  ruled_by: decision.ruledBy,
  bound_by: decision.binding,
  trail: decision.trail.map(stepAnswer),
});

/** The state behind the prices: for finding out why something is not as expected. */
export const revenueFeeDebug = defineMethod({
  name: 'revenue-fee-debug',
  description: 'State behind the prices; for one channel also what the rules say right now.',
  longDescription:
    'Without a channel: one row for each priced channel with its reason, and the latest fee changes. With one: its learners, and a preview that asks the node once and stores nothing.',
  effect: 'reads',
  examples: ['lightning-cli revenue-fee-debug', 'lightning-cli revenue-fee-debug 800148x28x0'],
  params: {
    channel_id: text('short channel id, alias, channel id, or a peer with one channel').optional(),
    limit: wholeNumber(0, MOST_ROWS, `rows, ${ROWS} unless given`).optional(),
  },
  answer,
  handle: async ({ channel_id: asked, limit = ROWS }, context) => {
    if (asked === undefined) return board(context, limit);
    const channelId: ChannelId = findChannel(context, 'channel_id', asked);
    const state = context.store.fees.state(channelId);
    const now = await context.fees.preview(channelId);
    return {
      channel_id: channelId,
      short_channel_id: labels(context)(channelId).name,
      state: state && pricedChannels(context)(state),
      learners: state && learnersOf(state),
      preview: now && previewOf(now.decision),
    };
  },
});
