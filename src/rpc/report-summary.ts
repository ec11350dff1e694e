/** What the node is worth and what it earned: the table operators open first, or one period of it. */
import { z } from 'zod';
import type { Msat } from '../core/units.ts';
import type { PeriodStatement } from '../cycles/books-services.ts';
import { amountMsat, seconds, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { moneyColumns } from './money-columns.ts';
import { satsOurs, satsPaid, statementFields, statementOf } from './period-money.ts';
import { asPercent } from './rates.ts';
import { policyCountFields, policyCounts } from './report-policies.ts';
import { type Column, type Report, sheetOf } from './report-sheet.ts';
import { type Span, spanHeading } from './report-span.ts';
import { grouped } from './wording.ts';

const WINDOWS = [1, 7, 30, 90, 365] as const;

const periodRow = z.strictObject({
  window: z.string().describe('1d is today so far; lifetime since the oldest day of the books'),
  ...statementFields,
});
type PeriodRow = z.input<typeof periodRow>;

export const netWorthAnswer = z.strictObject({
  tlv_sats: z
    .int()
    .nullable()
    .describe('confirmed on-chain + our balances − pending costs; null: a part is not known yet'),
  tlv_msat: amountMsat.optional(),
  onchain_sats: z.int().optional().describe('confirmed; absent: not known yet'),
  local_sats: z.int().optional().describe('ours in channels; absent: not all channels were read'),
  remote_sats: z.int().optional(),
  capacity_sats: z.int().optional(),
  pending_costs_sats: z.int().describe('held for rebalances that are not settled, rounded up'),
});
export function netWorthOf({ books }: RpcContext): z.input<typeof netWorthAnswer> {
  const worth = books.netWorth();
  const ours = (amount: Msat | undefined) => (amount === undefined ? undefined : satsOurs(amount));
  return {
    tlv_sats: ours(worth.total) ?? null,
    tlv_msat: worth.total,
    onchain_sats: ours(worth.onchain),
    local_sats: ours(worth.local),
    remote_sats: ours(worth.remote),
    capacity_sats: ours(worth.capacity),
    pending_costs_sats: satsPaid(worth.pendingCosts),
  };
}

export const activeChannels = z
  .int()
  .nullable()
  .describe('that can route; null: not all channels were read');

export const summaryAnswer = z.strictObject({
  type: z.literal('summary'),
  policies: z.strictObject(policyCountFields),
  generated_at: unixSeconds,
  net_worth: netWorthAnswer,
  margin_pct: z
    .number()
    .nullable()
    .describe('of 30 days: (revenue − cost of moving liquidity) of the revenue; null: no revenue'),
  annualized_roc_pct: z
    .number()
    .nullable()
    .describe('net of 30 days over capacity, for a year; null: no capacity'),
  active_channels: activeChannels,
  periods: z.array(periodRow).describe('whole UTC days, today included'),
  behind: z.string().optional().describe('why the newest days are not closed yet'),
});
export const summaryPeriodAnswer = z.strictObject({
  type: z.literal('summary'),
  ...statementFields,
});

export function summaryReport(context: RpcContext): Report<z.input<typeof summaryAnswer>> {
  const { books, clock } = context;
  const month = books.window(30).margin;
  const roc = books.returnOnCapital();
  const periods = [
    ...WINDOWS.map((days) => rowOf(`${days}d`, books.window(days))),
    rowOf('lifetime', books.lifetime()),
  ];
  const answer = {
    type: 'summary' as const,
    policies: policyCounts(context),
    generated_at: seconds(clock.now()),
    net_worth: netWorthOf(context),
    margin_pct: month === undefined ? null : asPercent(month),
    annualized_roc_pct: roc === undefined ? null : asPercent(roc),
    active_channels: books.netWorth().activeChannels ?? null,
    periods,
    behind: books.behind(),
  };
  const columns: readonly Column<PeriodRow>[] = [
    { csv: 'window', title: 'UTC days', of: (row) => row.window },
    ...statementColumns,
  ];
  return { answer, sheet: sheetOf(columns, periods, headingOf(answer)) };
}

const rowOf = (window: string, one: PeriodStatement): PeriodRow => ({
  window,
  ...statementOf(one),
});

const statementColumns: readonly Column<Omit<PeriodRow, 'window'>>[] = [
  { csv: 'from', of: (row) => row.from },
  { csv: 'to', of: (row) => row.to },
  { csv: 'final', of: (row) => row.final },
  ...moneyColumns,
  { csv: 'unexplained_msat', title: 'unexplained msat', of: (row) => row.unexplained_msat },
  { csv: 'reconciled_days', title: 'days compared', of: (row) => row.reconciled_days },
  { csv: 'unreconciled_days', title: 'not compared', of: (row) => row.unreconciled_days },
];

/** How the node stands; the margin is of that many days. */
export function headingOf(
  answer: Pick<
    z.input<typeof summaryAnswer>,
    'net_worth' | 'margin_pct' | 'annualized_roc_pct' | 'active_channels' | 'behind'
  >,
  days = 30,
): readonly string[] {
  const known = (value: number | null, unit: string): string =>
    value === null ? 'not known yet' : `${grouped(value)} ${unit}`;
  return [
    `Net worth ${known(answer.net_worth.tlv_sats, 'sat')}, margin of ${days} days ${known(answer.margin_pct, '%')}, return on capital ${known(answer.annualized_roc_pct, '% a year')}, channels ${known(answer.active_channels, 'active')}`,
    ...(answer.behind === undefined ? [] : [`Closing of days: ${answer.behind}`]),
    '',
  ];
}

/** One period, and nothing of today in it. */
export function summaryPeriodReport(
  { books }: RpcContext,
  span: Span,
): Report<z.input<typeof summaryPeriodAnswer>> {
  const answer = { type: 'summary' as const, ...statementOf(books.period(span.from, span.to)) };
  return {
    answer,
    sheet: sheetOf(statementColumns, [answer], [spanHeading('Summary', span), '']),
  };
}
