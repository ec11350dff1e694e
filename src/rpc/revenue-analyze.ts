import { z } from 'zod';
import type { FlowMetrics } from '../core/flow/types.ts';
import { satFloor } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import { amountMsat } from './answers.ts';
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

const answer = z.union([
  z.strictObject({
    status: z.literal('Flow analysis triggered'),
    channels: z.int().describe('channels analysed'),
  }),
  z.strictObject({ channel: z.string(), analysis: analysis.nullable() }),
]);

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
  description: 'Flow of one channel; without a channel, analyses all of them now.',
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
      return { status: 'Flow analysis triggered' as const, channels };
    }
    const channelId = findChannel(context, 'channel_id', asked);
    const label = labels(context)(channelId);
    const flow = context.flow.latest().find((one: FlowMetrics) => one.channelId === channelId);
    if (!flow) return { channel: label.name, analysis: null };
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
    };
  },
});
