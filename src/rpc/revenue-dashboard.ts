import { z } from 'zod';
import { movingCost, totalCost } from '../core/books/period.ts';
import type { ChannelStatement } from '../cycles/books-services.ts';
import { amountMsat, asText, plainText } from './answers.ts';
import type { RpcContext } from './context.ts';
import { tableFormat } from './formats.ts';
import { defineMethod } from './method.ts';
import { wholeNumber } from './parameters.ts';
import { satsOurs, satsPaid, unexplainedOf } from './period-money.ts';
import { asPercent } from './rates.ts';
import { sheetOf } from './report-sheet.ts';
import { activeChannels, headingOf, netWorthAnswer, netWorthOf } from './report-summary.ts';
import { grouped } from './wording.ts';

const DEFAULT_DAYS = 30;
const MAX_DAYS = 3650;
/** The worst are enough for one look; bleeder_count says how many there are. */
const MOST_BLEEDERS = 50;

const bleeder = z.strictObject({
  channel_id: z.string().describe('short channel id, else the channel id'),
  peer_id: z.string().optional(),
  spent_sats: z.int().describe('all costs of 30 days, rounded up'),
  earned_sats: z.int().describe('fees of 30 days, rounded down'),
  net_sats: z.int(),
  net_msat: amountMsat,
  forwards: z.int().describe('out, 30 days'),
});
type Bleeder = z.input<typeof bleeder>;

const data = z.strictObject({
  financial_health: z.strictObject({
    tlv_sats: z
      .int()
      .nullable()
      .describe('confirmed on-chain + our balances − pending costs; null: a part is not known yet'),
    net_profit_sats: z.int().describe('of the window, rounded down'),
    net_profit_msat: amountMsat,
    operating_margin_pct: z
      .number()
      .nullable()
      .describe('(revenue − rebalance cost) of the revenue; null: no revenue'),
    annualized_roc_pct: z
      .number()
      .nullable()
      .describe('net of the last 30 days over capacity, for a year; null: no capacity'),
  }),
  period: z.strictObject({
    window_days: z.int().describe('whole UTC days, today included'),
    gross_revenue_sats: z.int().describe('rounded down'),
    gross_revenue_msat: amountMsat,
    opex_sats: z.int().describe('all costs, on-chain ones included, rounded up'),
    opex_msat: amountMsat,
    rebalance_cost_sats: z.int().describe('refills, shocks and refills for the fleet, rounded up'),
    rebalance_cost_msat: amountMsat,
    total_forwards: z.int(),
    routed_sats: z.int(),
    unexplained_msat: amountMsat
      .optional()
      .describe("what the node's own ledger has beyond ours; absent: no day was compared"),
    unreconciled_days: z.int().describe('days that could not be compared with it'),
  }),
  net_worth: netWorthAnswer,
  active_channels: activeChannels,
  bleeder_count: z.int(),
  bleeders: z
    .array(bleeder)
    .describe(`channels that lost money in 30 days though they routed, at most ${MOST_BLEEDERS}`),
  warnings: z.array(z.string()).describe('one sentence a bleeder'),
  behind: z.string().optional().describe('why the newest days are not closed yet'),
});

/** The node's health in money (SPEC 6.4). */
export const revenueDashboard = defineMethod({
  name: 'revenue-dashboard',
  description:
    'Net worth, profit, margin and return of the node, and the channels that lose money.',
  longDescription:
    'A bleeder is a channel whose net of the last 30 days is below zero though something was routed through it. What is not known is null, never zero.',
  effect: 'reads',
  examples: [
    'lightning-cli revenue-dashboard',
    'lightning-cli revenue-dashboard 7',
    'lightning-cli revenue-dashboard 7 format=table',
  ],
  params: {
    window_days: wholeNumber(
      1,
      MAX_DAYS,
      `UTC days, today included; ${DEFAULT_DAYS} unless given`,
    ).optional(),
    format: tableFormat,
  },
  answer: z.union([data, plainText]),
  handle: ({ window_days = DEFAULT_DAYS, format }, context) => {
    const answer = lookOver(window_days, context);
    return format === 'table' ? asText(tableOf(answer)) : answer;
  },
});

function lookOver(window_days: number, context: RpcContext): z.input<typeof data> {
  const { books } = context;
  const window = books.window(window_days);
  const { sums, net, margin, unreconciledDays } = window;
  const roc = books.returnOnCapital();
  const [opex, moving] = [totalCost(sums.costs), movingCost(sums.costs)];
  const net_worth = netWorthOf(context);
  const bleeders = bleedersOf(books.channels());
  return {
    financial_health: {
      tlv_sats: net_worth.tlv_sats,
      net_profit_sats: satsOurs(net),
      net_profit_msat: net,
      operating_margin_pct: margin === undefined ? null : asPercent(margin),
      annualized_roc_pct: roc === undefined ? null : asPercent(roc),
    },
    period: {
      window_days,
      gross_revenue_sats: satsOurs(sums.revenue),
      gross_revenue_msat: sums.revenue,
      opex_sats: satsPaid(opex),
      opex_msat: opex,
      rebalance_cost_sats: satsPaid(moving),
      rebalance_cost_msat: moving,
      total_forwards: sums.outCount,
      routed_sats: satsOurs(sums.out),
      unexplained_msat: unexplainedOf(window),
      unreconciled_days: unreconciledDays,
    },
    net_worth,
    active_channels: books.netWorth().activeChannels ?? null,
    bleeder_count: bleeders.length,
    bleeders: bleeders.slice(0, MOST_BLEEDERS),
    warnings: bleeders.slice(0, MOST_BLEEDERS).map(warningOf),
    behind: books.behind(),
  };
}

/** The node in a few lines, and what loses money. */
function tableOf(answer: z.input<typeof data>): string {
  const { financial_health: health, period, bleeders, bleeder_count } = answer;
  const sat = (amount: number): string => `${grouped(amount)} sat`;
  const heading = [
    ...headingOf(
      { ...answer, ...health, margin_pct: health.operating_margin_pct },
      period.window_days,
    ),
    `${period.window_days} UTC days, today included: earned ${sat(period.gross_revenue_sats)}, paid ${sat(period.opex_sats)} (${sat(period.rebalance_cost_sats)} of it for rebalances), net ${sat(health.net_profit_sats)}; ${grouped(period.total_forwards)} forwards, ${sat(period.routed_sats)} routed`,
    bleeder_count === 0
      ? 'No channel lost money in 30 days though it routed.'
      : `${bleeder_count} channels lost money in 30 days though they routed${bleeder_count > bleeders.length ? `; the worst ${bleeders.length}` : ''}:`,
  ];
  if (bleeder_count === 0) return heading.join('\n');
  return sheetOf<Bleeder>(
    [
      { title: 'channel', of: (row) => row.channel_id },
      { title: 'earned sat', of: (row) => row.earned_sats },
      { title: 'spent sat', of: (row) => row.spent_sats },
      { title: 'net sat', of: (row) => row.net_sats },
      { title: 'forwards', of: (row) => row.forwards },
    ],
    bleeders,
    heading,
  ).table();
}

/** The largest loss first. */
const bleedersOf = (channels: readonly ChannelStatement[]): readonly Bleeder[] =>
  channels
    .filter((channel) => channel.bleeder)
    .toSorted((one, other) => (one.net30d < other.net30d ? -1 : one.net30d > other.net30d ? 1 : 0))
    .map(({ channelId, name, peerId, month, net30d }) => ({
      channel_id: name ?? channelId,
      peer_id: peerId,
      spent_sats: satsPaid(totalCost(month.costs)),
      earned_sats: satsOurs(month.revenue),
      net_sats: satsOurs(net30d),
      net_msat: net30d,
      forwards: month.outCount,
    }));

const warningOf = (one: Bleeder): string =>
  `Channel ${one.channel_id} is bleeding: spent ${grouped(one.spent_sats)} sat, earned ${grouped(one.earned_sats)} sat in 30 days`;
