import { z } from 'zod';
import { missedRevenue } from '../core/flow/missed-revenue.ts';
import type { FlowMetrics } from '../core/flow/types.ts';
import { type ChannelId, DAY_MS, satFloor } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import { amountMsat } from './answers.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { findChannel, labels, openChannel } from './names.ts';
import { text } from './parameters.ts';
import { channelState, channelStateRow, ratio } from './status-parts.ts';

const analysis = channelState.omit({ updated_at: true }).extend({
  daily_volume: z.int().describe('sat'),
  velocity: z.number().describe('daily volume over capacity'),
  analysis_window_days: z.int(),
  htlc_min: amountMsat.optional(),
  htlc_max: amountMsat.optional(),
  active_htlcs: z.int().optional(),
  max_htlcs: z.int().optional(),
  is_congested: z.boolean().optional(),
  our_balance: z.int().optional().describe('spendable, sat'),
  in_msat: amountMsat,
  out_msat: amountMsat,
});

const missedRow = z.strictObject({
  day: z.string().describe('UTC'),
  in_channel: z.string(),
  out_channel: z.string(),
  attempts: z.int(),
  amount_msat: amountMsat.describe('asked for and refused for lack of our liquidity'),
  revenue_msat: amountMsat.optional().describe('at our present fee; absent: the channel is closed'),
});
const missed = z.array(missedRow).describe('last 7 days, the largest of a day first');

const answer = z.union([
  z.strictObject({
    status: z.literal('Flow analysis triggered'),
    channels: z.int().describe('channels analysed'),
    missed,
  }),
  z.strictObject({ channel: z.string(), analysis: analysis.nullable(), missed }),
]);

const MISSED_DAYS = 7;
const MISSED_ROWS = 20;

/** What we could not forward for lack of liquidity (SPEC 2.9); `only`: what wanted to leave by this channel. */
function missedRows(context: RpcContext, only?: ChannelId): z.input<typeof missed> {
  const sinceDay = Math.floor(context.clock.now() / DAY_MS) - MISSED_DAYS;
  const { store } = context;
  return store.forwards
    .missed(sinceDay, MISSED_ROWS)
    .map((row) => ({ row, channelId: store.channels.resolve(row.outChannel) }))
    .filter(({ channelId }) => only === undefined || channelId === only)
    .map(({ row, channelId }) => {
      const ours = channelId && openChannel(context, channelId)?.ours;
      return {
        day: new Date(row.day * DAY_MS).toISOString().slice(0, 10),
        in_channel: row.inChannel,
        out_channel: row.outChannel,
        attempts: row.count,
        amount_msat: row.amount,
        revenue_msat: ours && missedRevenue(row.amount, ours.ppm),
      };
    });
}

/** What only an open channel shows. */
function live(channel: PeerChannel | undefined, threshold: number) {
  if (!channel) return {};
  const pending = (direction: 'in' | 'out'): number =>
    channel.htlcs.filter((htlc) => htlc.direction === direction).length;
  const use = Math.max(pending('in'), pending('out')) / Math.max(1, channel.maxAcceptedHtlcs);
  return {
    htlc_min: channel.ours?.htlcMin,
    htlc_max: channel.ours?.htlcMax,
    active_htlcs: channel.htlcs.length,
    max_htlcs: channel.maxAcceptedHtlcs,
    is_congested: use > threshold,
    our_balance: satFloor(channel.spendable),
  };
}

/** Without a channel it runs the analysis of all now; with one it only reads. */
export const revenueAnalyze = defineMethod({
  name: 'revenue-analyze',
  description:
    'Flow of one channel and what it missed; without a channel, analyses all of them now.',
  longDescription:
    'With a channel it shows the last analysis and changes nothing; analysis is null while there is none yet. Without one it runs the flow analysis on what is stored; reputation does not decay by it.',
  effect: 'acts',
  examples: ['lightning-cli revenue-analyze', 'lightning-cli revenue-analyze 800148x28x0'],
  params: {
    channel_id: text('short channel id, alias, channel id, or a peer with one channel').optional(),
  },
  answer,
  handle: ({ channel_id: asked }, context, { check }) => {
    if (asked === undefined) {
      const channels = check ? 0 : context.flow.analyze().length;
      return {
        status: 'Flow analysis triggered' as const,
        channels,
        missed: missedRows(context),
      };
    }
    const channelId = findChannel(context, 'channel_id', asked);
    const label = labels(context)(channelId);
    const flow = context.flow.latest().find((one: FlowMetrics) => one.channelId === channelId);
    const missed = missedRows(context, channelId);
    if (!flow) return { channel: label.name, analysis: null, missed };
    const { updated_at: _, ...row } = channelStateRow(flow, label);
    const threshold = context.config.snapshot().htlc_congestion_threshold;
    return {
      channel: label.name,
      analysis: {
        ...row,
        daily_volume: satFloor(flow.dailyVolume),
        velocity: ratio(flow.velocity),
        analysis_window_days: flow.windowDays,
        ...live(openChannel(context, channelId), threshold),
        in_msat: flow.in,
        out_msat: flow.out,
      },
      missed,
    };
  },
});
