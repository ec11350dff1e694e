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
import { defineMethod } from './method.ts';
import { findChannel, labels } from './names.ts';
import { text, wholeNumber } from './parameters.ts';
import { ratio } from './status-parts.ts';

const ROWS = 50;
const MOST_ROWS = 1000;

const row = z.strictObject({
  channel_id: z.string(),
  short_channel_id: z.string(),
  peer_id: z.string().optional(),
  sent_ppm: rate.describe('last price known to be on the node by our doing or adoption'),
  sent_base_msat: amountMsat,
  sent_at: unixSeconds,
  target_ppm: rate,
  ruled_by: z.string(),
  learner: z.string(),
  anchor_ppm: z.number().describe('the anchor behind the price on the node'),
  gossip_tokens: z.number(),
  baseline_ppm: rate.describe('the price found at first start'),
  probe_since: unixSeconds.optional(),
  htlc_max_before_msat: amountMsat.optional(),
  unknown_since: unixSeconds
    .optional()
    .describe('an act got no answer; read again before deciding'),
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
  z.strictObject({ total: z.int(), channels: z.array(row) }),
  z.strictObject({
    channel_id: z.string(),
    short_channel_id: z.string(),
    state: row.optional().describe('absent: not priced yet'),
    learners: learners.optional(),
    preview: preview.optional().describe('what the rules say now; absent: not a managed channel'),
  }),
]);

const rowOf = (
  state: ChannelFeeState,
  { name, peerId }: ReturnType<ReturnType<typeof labels>>,
): z.input<typeof row> => ({
  channel_id: state.channelId,
  short_channel_id: name,
  peer_id: peerId,
  sent_ppm: state.sent.ppm,
  sent_base_msat: state.sent.base,
  sent_at: seconds(state.sent.at),
  target_ppm: state.target,
  ruled_by: state.ruledBy,
  learner: state.pricedBy,
  anchor_ppm: ratio(state.anchorSent),
  gossip_tokens: ratio(state.gossip.tokens),
  baseline_ppm: state.baseline.ppm,
  probe_since: secondsOrAbsent(state.probe?.since),
  htlc_max_before_msat: state.htlcMaxBefore,
  unknown_since: secondsOrAbsent(state.unknownSince),
});

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
    'Without a channel: one row for each priced channel. With one: its learners, and a preview that asks the node once and stores nothing.',
  effect: 'reads',
  examples: ['lightning-cli revenue-fee-debug', 'lightning-cli revenue-fee-debug 800148x28x0'],
  params: {
    channel_id: text('short channel id, alias, channel id, or a peer with one channel').optional(),
    limit: wholeNumber(0, MOST_ROWS, `rows, ${ROWS} unless given`).optional(),
  },
  answer,
  handle: async ({ channel_id: asked, limit = ROWS }, context) => {
    const labelOf = labels(context);
    if (asked === undefined) {
      const states = [...context.store.fees.states().values()];
      const rows = states.slice(0, limit).map((state) => rowOf(state, labelOf(state.channelId)));
      return { total: states.length, channels: rows };
    }
    const channelId: ChannelId = findChannel(context, 'channel_id', asked);
    const label = labelOf(channelId);
    const state = context.store.fees.state(channelId);
    const now = await context.fees.preview(channelId);
    return {
      channel_id: channelId,
      short_channel_id: label.name,
      state: state && rowOf(state, label),
      learners: state && learnersOf(state),
      preview: now && previewOf(now.decision),
    };
  },
});
