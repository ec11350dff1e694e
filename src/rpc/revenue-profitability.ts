import { z } from 'zod';
import { sumOf, totalCost } from '../core/books/period.ts';
import { msat, type Ppm } from '../core/units.ts';
import type { ChannelStatement } from '../cycles/books-services.ts';
import { amountMsat, plainText, rate } from './answers.ts';
import {
  CLASS_WORD,
  type ClassWord,
  channelVerdictFields,
  channelVerdictOf,
  daysActive,
} from './channel-verdict.ts';
import type { RpcContext } from './context.ts';
import { rowsFormat, shownAs } from './formats.ts';
import { defineMethod } from './method.ts';
import { findChannel, isUnknownName } from './names.ts';
import { text } from './parameters.ts';
import { satsOurs, satsPaid } from './period-money.ts';
import { asPercent, returnPercent } from './rates.ts';
import { type Column, sheetOf } from './report-sheet.ts';

const shared = {
  net_profit_sats: z.int().describe('fees of what left, less all costs; rounded down'),
  roi_percentage: z.number(),
  days_active: z.int().nullable().describe('whole days since it opened; null: not known'),
};
const inClass = z.strictObject({ channel_id: z.string(), ...shared });

const channelRow = z.strictObject({
  ...channelVerdictFields,
  our_fee_ppm: rate.optional().describe('what it asks now; absent: closed, or not known'),
  net_profit_sats: z.int(),
  net_profit_msat: amountMsat,
  total_revenue_sats: z.int(),
  total_costs_sats: z.int(),
  assisted_revenue_sats: z.int().describe('fees of what came in by it, earned on other channels'),
  net_profit_30d_sats: z.int(),
  forward_count: z.int().describe('out'),
  volume_routed_sats: z.int().describe('out'),
});
type ChannelRow = z.input<typeof channelRow>;

const all = z.strictObject({
  summary: z.strictObject({
    total_channels: z.int().describe('open ones'),
    profitable_count: z.int(),
    break_even_count: z.int(),
    underwater_count: z.int(),
    stagnant_candidate_count: z.int(),
    zombie_count: z.int(),
    new_count: z.int(),
    bleeder_count: z.int(),
    estimated_count: z.int().describe('channels judged with an estimated cost of opening'),
    total_profit_sats: z.int().describe('of the open channels; revenue-history has the node'),
    total_revenue_sats: z.int(),
    total_costs_sats: z.int(),
    total_profit_msat: amountMsat,
    overall_roi_pct: z.number(),
  }),
  channels_by_class: z
    .strictObject({
      profitable: z.array(inClass),
      break_even: z.array(inClass),
      underwater: z.array(inClass),
      stagnant_candidate: z.array(inClass),
      zombie: z.array(inClass),
      new: z.array(inClass),
    })
    .describe('best first'),
  channels: z.array(channelRow).describe('open ones, best first'),
});

const one = z.strictObject({
  channel_id: z.string(),
  profitability: z.strictObject({
    total_costs_sats: z.int().describe('rounded up'),
    total_revenue_sats: z.int().describe('fees of what left by it, rounded down'),
    net_profit_sats: z.int().describe('rounded down'),
    roi_percentage: channelVerdictFields.roi_percentage,
    profitability_class: z.enum([...Object.values(CLASS_WORD), 'closed']),
    days_active: channelVerdictFields.days_active,
    volume_routed_sats: z.int().describe('out'),
    forward_count: z.int().describe('out'),
    fee_multiplier: z
      .number()
      .describe('the price that was sent over the anchor behind it; 1: nothing was sent yet'),
    marginal_roi_percentage: channelVerdictFields.marginal_roi_percentage,
    assisted_revenue_sats: z.int().describe('fees of what came in by it, rounded down'),
    net_profit_30d_sats: z.int(),
    open_cost_estimated: z.boolean().describe('roi_percentage stands on an estimate'),
    open_cost_estimate_sats: channelVerdictFields.open_cost_estimate_sats,
    bleeder: channelVerdictFields.bleeder,
    peer_id: z.string().optional(),
    our_fee_ppm: rate.optional(),
    total_costs_msat: amountMsat,
    total_revenue_msat: amountMsat,
    net_profit_msat: amountMsat,
    assisted_revenue_msat: amountMsat,
  }),
});
const none = z.strictObject({ channel_id: z.string(), error: z.literal('No data available') });

/** What each channel is to us (SPEC 6.2). */
export const revenueProfitability = defineMethod({
  name: 'revenue-profitability',
  description: 'Return and class of every channel, or of one.',
  longDescription:
    'A channel is judged by the better of what left and what came in by it; profit counts what left only. Classes: zombie (tried and dead), profitable (return above 10 %), new (open less than 30 days), stagnant_candidate (silent for a week), underwater (below −10 %), break_even.',
  effect: 'reads',
  examples: [
    'lightning-cli revenue-profitability',
    'lightning-cli revenue-profitability 800148x28x0',
    'lightning-cli revenue-profitability format=table',
  ],
  params: {
    channel_id: text('short channel id, alias, channel id, or a peer with one channel').optional(),
    format: rowsFormat,
  },
  answer: z.union([all, one, none, plainText]),
  handle: ({ channel_id: asked, format }, context) => {
    if (asked === undefined) {
      const answer = ofAll(context);
      return shownAs({ answer, sheet: sheetOf(COLUMNS, answer.channels) }, format);
    }
    if (isUnknownName(context, asked))
      return { channel_id: asked, error: 'No data available' as const };
    const channelId = findChannel(context, 'channel_id', asked);
    const statement = context.books.channels().find((each) => each.channelId === channelId);
    if (statement === undefined) return { channel_id: asked, error: 'No data available' as const };
    const row = rowOf(statement, feesOf(context)(statement));
    return shownAs({ answer: ofOne(statement, context), sheet: sheetOf(COLUMNS, [row]) }, format);
  },
});

/** Rates for people without their decimals, rounded down. */
const COLUMNS: readonly Column<ChannelRow>[] = [
  { csv: 'channel_id', of: (row) => row.full_channel_id },
  { csv: 'peer_id', of: (row) => row.peer_id },
  { csv: 'short_channel_id', title: 'channel', of: (row) => row.channel_id },
  { csv: 'class', title: 'class', of: (row) => row.class ?? 'closed' },
  { csv: 'days_active', title: 'days', of: (row) => row.days_active ?? undefined },
  { csv: 'capacity_sats', title: 'capacity sat', of: (row) => row.capacity_sats },
  { csv: 'our_fee_ppm', title: 'fee ppm', of: (row) => row.our_fee_ppm },
  { csv: 'forward_count', title: 'forwards', of: (row) => row.forward_count },
  { csv: 'volume_routed_sats', title: 'routed sat', of: (row) => row.volume_routed_sats },
  { csv: 'total_revenue_sats', title: 'earned sat', of: (row) => row.total_revenue_sats },
  { csv: 'assisted_revenue_sats', title: 'assisted sat', of: (row) => row.assisted_revenue_sats },
  { csv: 'total_costs_sats', title: 'costs sat', of: (row) => row.total_costs_sats },
  { csv: 'net_profit_msat', of: (row) => row.net_profit_msat },
  { title: 'net sat', of: (row) => row.net_profit_sats },
  { csv: 'net_profit_30d_sats', title: '30 days sat', of: (row) => row.net_profit_30d_sats },
  { csv: 'roi_percentage', of: (row) => row.roi_percentage },
  { title: 'ROI %', of: (row) => Math.floor(row.roi_percentage) },
  { csv: 'marginal_roi_percentage', of: (row) => row.marginal_roi_percentage },
  { title: '30 days ROI %', of: (row) => Math.floor(row.marginal_roi_percentage) },
  { csv: 'open_cost_estimate_sats', of: (row) => row.open_cost_estimate_sats },
  {
    title: 'note',
    of: (row) =>
      [
        row.bleeder ? 'bleeder' : '',
        row.open_cost_estimate_sats === undefined ? '' : 'cost of opening estimated',
      ]
        .filter(Boolean)
        .join(', '),
  },
];

function ofAll(context: RpcContext): z.input<typeof all> {
  const open = context.books
    .channels()
    .filter((channel) => !channel.closed)
    .toSorted((a, b) => (a.net > b.net ? -1 : a.net < b.net ? 1 : 0));
  const feeOf = feesOf(context);
  const life = sumOf(open.map((channel) => channel.life));
  const total = totalCost(life.costs);
  const byClass = (name: ClassWord): readonly ChannelStatement[] =>
    open.filter((channel) => channel.class !== undefined && CLASS_WORD[channel.class] === name);
  const rows = (name: ClassWord) => byClass(name).map(inClassOf);
  return {
    summary: {
      total_channels: open.length,
      profitable_count: byClass('profitable').length,
      break_even_count: byClass('break_even').length,
      underwater_count: byClass('underwater').length,
      stagnant_candidate_count: byClass('stagnant_candidate').length,
      zombie_count: byClass('zombie').length,
      new_count: byClass('new').length,
      bleeder_count: open.filter((channel) => channel.bleeder).length,
      estimated_count: open.filter((channel) => channel.openEstimate !== undefined).length,
      total_profit_sats: satsOurs(profitOf(open)),
      total_revenue_sats: satsOurs(life.revenue),
      total_costs_sats: satsPaid(total),
      total_profit_msat: profitOf(open),
      overall_roi_pct: returnPercent(life.revenue, total),
    },
    channels_by_class: {
      profitable: rows('profitable'),
      break_even: rows('break_even'),
      underwater: rows('underwater'),
      stagnant_candidate: rows('stagnant_candidate'),
      zombie: rows('zombie'),
      new: rows('new'),
    },
    channels: open.map((channel) => rowOf(channel, feeOf(channel))),
  };
}

const profitOf = (channels: readonly ChannelStatement[]) =>
  msat(channels.reduce((sum, { net }) => sum + net, 0n));

type FeeOf = (channel: ChannelStatement) => Ppm | undefined;
function feesOf({ board }: RpcContext): FeeOf {
  const asks = new Map(board.channels().map(({ channelId, ours }) => [channelId, ours?.ppm]));
  return ({ channelId }) => asks.get(channelId);
}

const inClassOf = (channel: ChannelStatement): z.input<typeof inClass> => ({
  channel_id: channel.name ?? channel.channelId,
  net_profit_sats: satsOurs(channel.net),
  roi_percentage: asPercent(channel.roi),
  days_active: daysActive(channel),
});

const rowOf = (channel: ChannelStatement, fee: Ppm | undefined): z.input<typeof channelRow> => ({
  ...channelVerdictOf(channel),
  our_fee_ppm: fee,
  net_profit_sats: satsOurs(channel.net),
  net_profit_msat: channel.net,
  total_revenue_sats: satsOurs(channel.life.revenue),
  total_costs_sats: satsPaid(totalCost(channel.life.costs)),
  assisted_revenue_sats: satsOurs(channel.life.assisted),
  net_profit_30d_sats: satsOurs(channel.net30d),
  forward_count: channel.life.outCount,
  volume_routed_sats: satsOurs(channel.life.out),
});

function ofOne(channel: ChannelStatement, context: RpcContext): z.input<typeof one> {
  const { life, net, net30d } = channel;
  const verdict = channelVerdictOf(channel);
  const total = totalCost(life.costs);
  return {
    channel_id: verdict.channel_id,
    profitability: {
      total_costs_sats: satsPaid(total),
      total_revenue_sats: satsOurs(life.revenue),
      net_profit_sats: satsOurs(net),
      roi_percentage: verdict.roi_percentage,
      profitability_class: verdict.class ?? 'closed',
      days_active: verdict.days_active,
      volume_routed_sats: satsOurs(life.out),
      forward_count: life.outCount,
      fee_multiplier: multiplierOf(channel, context),
      marginal_roi_percentage: verdict.marginal_roi_percentage,
      assisted_revenue_sats: satsOurs(life.assisted),
      net_profit_30d_sats: satsOurs(net30d),
      open_cost_estimated: channel.openEstimate !== undefined,
      open_cost_estimate_sats: verdict.open_cost_estimate_sats,
      bleeder: verdict.bleeder,
      peer_id: verdict.peer_id,
      our_fee_ppm: feesOf(context)(channel),
      total_costs_msat: total,
      total_revenue_msat: life.revenue,
      net_profit_msat: net,
      assisted_revenue_msat: life.assisted,
    },
  };
}

/** Three decimals. A price that no rule made has no anchor behind it. */
function multiplierOf({ channelId }: ChannelStatement, { store }: RpcContext): number {
  const state = store.fees.state(channelId);
  if (state === undefined || state.ruledBy !== 'price' || state.anchorSent <= 0) return 1;
  return Number((state.sent.ppm / state.anchorSent).toFixed(3));
}
