import { z } from 'zod';
import { sumOf, totalCost } from '../core/books/period.ts';
import { amountMsat, plainText } from './answers.ts';
import type { RpcContext } from './context.ts';
import { rowsFormat, shownAs } from './formats.ts';
import { defineMethod } from './method.ts';
import { moneyColumns } from './money-columns.ts';
import { wholeNumber } from './parameters.ts';
import { moneyFields, moneyOf, satsOurs, satsPaid } from './period-money.ts';
import { returnPercent } from './rates.ts';
import { dayName } from './report-period.ts';
import { type Sheet, sheetOf } from './report-sheet.ts';
import { grouped } from './wording.ts';

const DEFAULT_ROWS = 100;
const MAX_ROWS = 10_000;

const paid = z.int().describe('rounded up');
const closedRow = z.strictObject({
  channel_id: z.string().describe('short channel id, else the channel id'),
  full_channel_id: z.string(),
  peer_id: z.string().optional(),
  ...moneyFields,
});

type ClosedRow = z.input<typeof closedRow>;

const data = z.strictObject({
  lifetime_revenue_sats: z.int().describe('rounded down'),
  lifetime_opening_costs_sats: paid,
  lifetime_closure_costs_sats: paid,
  lifetime_splice_costs_sats: paid,
  lifetime_onchain_costs_sats: paid.describe('every other on-chain fee, rounded up'),
  lifetime_rebalance_costs_sats: paid.describe('refills that have to pay, rounded up'),
  lifetime_diagnostic_costs_sats: paid.describe('shocks for silent channels, rounded up'),
  lifetime_hive_costs_sats: paid.describe('refills that may lose money, rounded up'),
  lifetime_total_costs_sats: paid,
  lifetime_net_profit_sats: z.int().describe('rounded down'),
  lifetime_roi_percent: z.number().describe('100 with revenue and no costs, 0 with neither'),
  lifetime_forward_count: z.int(),
  lifetime_revenue_msat: amountMsat,
  lifetime_total_costs_msat: amountMsat,
  lifetime_net_profit_msat: amountMsat,
  since: z.string().describe('oldest UTC day of the books'),
  closed_channels: z.strictObject({
    count: z.int(),
    ...moneyFields,
    channels: z.array(closedRow).describe('those that earned most first, at most limit'),
  }),
});

/** The whole life of the node, closed channels included (SPEC 6.1). */
export const revenueHistory = defineMethod({
  name: 'revenue-history',
  description: 'What the node earned and paid in its whole life, closed channels included.',
  longDescription:
    'A channel that closes keeps its books: what it earned and cost stays in every sum here. Node totals count each forward once, by the channel it left by.',
  effect: 'reads',
  examples: [
    'lightning-cli revenue-history',
    'lightning-cli revenue-history 500',
    'lightning-cli revenue-history format=table',
  ],
  params: {
    limit: wholeNumber(
      0,
      MAX_ROWS,
      `rows of closed channels; ${DEFAULT_ROWS} unless given, all in CSV`,
    ).optional(),
    format: rowsFormat,
  },
  answer: z.union([data, plainText]),
  // A file that silently ends at the hundredth channel would be taken for all of them.
  handle: ({ format, limit = format === 'csv' ? MAX_ROWS : DEFAULT_ROWS }, context) => {
    const answer = wholeLife(limit, context);
    return shownAs({ answer, sheet: closedSheet(answer) }, format);
  },
});

function wholeLife(limit: number, { books }: RpcContext): z.input<typeof data> {
  const { sums, net, from } = books.lifetime();
  const { revenue, costs } = sums;
  const total = totalCost(costs);
  const closed = books.channels().filter((channel) => channel.closed);
  return {
    lifetime_revenue_sats: satsOurs(revenue),
    lifetime_opening_costs_sats: satsPaid(costs.open),
    lifetime_closure_costs_sats: satsPaid(costs.close),
    lifetime_splice_costs_sats: satsPaid(costs.splice),
    lifetime_onchain_costs_sats: satsPaid(costs.onchain),
    lifetime_rebalance_costs_sats: satsPaid(costs.rebalance),
    lifetime_diagnostic_costs_sats: satsPaid(costs.diagnostic),
    lifetime_hive_costs_sats: satsPaid(costs.hive),
    lifetime_total_costs_sats: satsPaid(total),
    lifetime_net_profit_sats: satsOurs(net),
    lifetime_roi_percent: returnPercent(revenue, total),
    lifetime_forward_count: sums.outCount,
    lifetime_revenue_msat: revenue,
    lifetime_total_costs_msat: total,
    lifetime_net_profit_msat: net,
    since: dayName(from),
    closed_channels: {
      count: closed.length,
      ...moneyOf(sumOf(closed.map(({ life }) => life))),
      channels: closed
        .toSorted((one, other) => order(other.life.revenue, one.life.revenue))
        .slice(0, limit)
        .map(({ channelId, name, peerId, life }) => ({
          channel_id: name ?? channelId,
          full_channel_id: channelId,
          peer_id: peerId,
          ...moneyOf(life),
        })),
    },
  };
}

/** Closed channels as rows, the whole life above them. */
function closedSheet(answer: z.input<typeof data>): Sheet {
  const { closed_channels: closed } = answer;
  const sat = (amount: number): string => `${grouped(amount)} sat`;
  const costs = [
    ['opening', answer.lifetime_opening_costs_sats],
    ['closing', answer.lifetime_closure_costs_sats],
    ['splicing', answer.lifetime_splice_costs_sats],
    ['other on-chain', answer.lifetime_onchain_costs_sats],
    ['rebalances', answer.lifetime_rebalance_costs_sats],
    ['diagnostic', answer.lifetime_diagnostic_costs_sats],
    ['hive', answer.lifetime_hive_costs_sats],
  ] as const;
  return sheetOf<ClosedRow>(
    [
      { csv: 'channel_id', of: (row) => row.full_channel_id },
      { csv: 'peer_id', of: (row) => row.peer_id },
      { csv: 'short_channel_id', title: 'closed channel', of: (row) => row.channel_id },
      ...moneyColumns,
    ],
    closed.channels,
    [
      `Since ${answer.since}: ${grouped(answer.lifetime_forward_count)} forwards earned ${sat(answer.lifetime_revenue_sats)}, all costs ${sat(answer.lifetime_total_costs_sats)}, net ${sat(answer.lifetime_net_profit_sats)}, return on costs ${answer.lifetime_roi_percent} %`,
      `Costs: ${costs.map(([name, paid]) => `${name} ${sat(paid)}`).join(', ')}`,
      `${closed.count} closed channels, net ${sat(closed.net_sats)} together${closed.count > closed.channels.length ? `; ${closed.channels.length} of them` : ''}`,
      '',
    ],
  );
}

const order = (one: bigint, other: bigint): number => (one < other ? -1 : one > other ? 1 : 0);
