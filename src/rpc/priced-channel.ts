/** One priced channel as a row: what it asks, why, and the state behind the price. */
import { z } from 'zod';
import type { ChannelFeeState } from '../core/fees/types.ts';
import { ourShare } from '../core/flow/share.ts';
import { amountMsat, rate, seconds, secondsOrAbsent, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { latestFee } from './latest-fee.ts';
import { labels } from './names.ts';
import { reasonOf } from './reason.ts';
import { ratio, STATE_WORD } from './status-parts.ts';

export const pricedChannel = z.strictObject({
  channel_id: z.string(),
  short_channel_id: z.string(),
  peer_id: z.string().optional(),
  fee_ppm: rate.optional().describe('what the node asked at the last look'),
  share: z.number().optional().describe('our part of what can move, 0 … 1, at the last look'),
  flow: z.enum(['source', 'sink', 'balanced', 'new']).optional(),
  earned_msat: amountMsat.describe('fees of all that ever left by it'),
  because: z.string().optional().describe('what fixed the latest decision, and its words'),
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

/** Sums and flow are read once, for however many rows. */
export function pricedChannels(
  context: RpcContext,
): (state: ChannelFeeState) => z.input<typeof pricedChannel> {
  const labelOf = labels(context);
  const open = new Map(context.board.channels().map((channel) => [channel.channelId, channel]));
  const flows = new Map(context.flow.latest().map((flow) => [flow.channelId, flow.state]));
  const totals = context.store.forwards.channelTotals();
  return (state) => {
    const { channelId } = state;
    const { name, peerId } = labelOf(channelId);
    const channel = open.get(channelId);
    const share = channel && ourShare(channel);
    const flow = flows.get(channelId);
    const latest = latestFee(context, channelId);
    return {
      channel_id: channelId,
      short_channel_id: name,
      peer_id: peerId,
      fee_ppm: channel?.ours?.ppm,
      share: share === undefined ? undefined : ratio(share),
      flow: flow && STATE_WORD[flow],
      earned_msat: totals.get(channelId)?.fees ?? 0n,
      because: latest && reasonOf(latest),
      ...stateFields(state),
    };
  };
}

const stateFields = (state: ChannelFeeState) => ({
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
