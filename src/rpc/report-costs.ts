/** What was paid, by kind: over the usual windows, or over one period. */
import { z } from 'zod';
import { COST_KINDS, type CostKind, type Costs, totalCost } from '../core/books/period.ts';
import { type Msat, msat } from '../core/units.ts';
import { amountMsat, seconds, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { costFields, costsOf, satsPaid } from './period-money.ts';
import { type Report, sheetOf } from './report-sheet.ts';
import { type Span, spanFields, spanHeading, spanOf } from './report-span.ts';

const costWindows = z.strictObject({
  last_24h_sats: z.int().describe('the UTC day so far'),
  last_7d_sats: z.int().describe('UTC days, today included; rounded up'),
  last_30d_sats: z.int(),
  total_sats: z.int(),
  last_24h_msat: amountMsat,
  last_7d_msat: amountMsat,
  last_30d_msat: amountMsat,
  total_msat: amountMsat,
});
type CostWindows = z.input<typeof costWindows>;

export const costsAnswer = z.strictObject({
  type: z.literal('costs'),
  opening_costs: costWindows,
  closure_costs: costWindows,
  splice_costs: costWindows,
  rebalance_costs: costWindows.describe('refills that have to pay'),
  diagnostic_costs: costWindows.describe('shocks for silent channels'),
  hive_costs: costWindows.describe('refills that may lose money for the fleet'),
  onchain_costs: costWindows.describe('every other on-chain fee'),
  all_costs: costWindows,
  estimated_defaults: z
    .strictObject({
      channels: z.int().describe('whose cost of opening is not known'),
      open_cost_sats: z.int().describe('all their estimates together'),
      open_cost_msat: amountMsat,
    })
    .describe('used to judge channels; in no sum above'),
  odd_transactions: z
    .array(
      z.strictObject({
        txid: z.string(),
        timestamp: unixSeconds,
        residual_msat: amountMsat.describe('what went in less what came out, as recorded'),
        because: z.string(),
      }),
    )
    .describe(
      'their moves do not add up to a fee that can be believed, or are not complete after a week: in no sum above',
    ),
  generated_at: unixSeconds,
});
export const costsPeriodAnswer = z.strictObject({
  type: z.literal('costs'),
  ...spanFields,
  ...costFields,
  total_msat: amountMsat,
  total_sats: z.int().describe('rounded up'),
});

/** How the answer calls each kind. */
const NAMES = {
  open: 'opening_costs',
  close: 'closure_costs',
  splice: 'splice_costs',
  rebalance: 'rebalance_costs',
  diagnostic: 'diagnostic_costs',
  hive: 'hive_costs',
  onchain: 'onchain_costs',
} as const satisfies Record<CostKind, keyof z.input<typeof costsAnswer>>;

export function costsReport(context: RpcContext): Report<z.input<typeof costsAnswer>> {
  const { books, clock } = context;
  const spans = [books.window(1), books.window(7), books.window(30), books.lifetime()] as const;
  const [day, week, month, life] = spans;
  const over = (of: (costs: Costs) => Msat): CostWindows =>
    windowsOf(of(day.sums.costs), of(week.sums.costs), of(month.sums.costs), of(life.sums.costs));
  const answer = {
    type: 'costs' as const,
    opening_costs: over(({ open }) => open),
    closure_costs: over(({ close }) => close),
    splice_costs: over(({ splice }) => splice),
    rebalance_costs: over(({ rebalance }) => rebalance),
    diagnostic_costs: over(({ diagnostic }) => diagnostic),
    hive_costs: over(({ hive }) => hive),
    onchain_costs: over(({ onchain }) => onchain),
    all_costs: over(totalCost),
    estimated_defaults: estimatesOf(context),
    odd_transactions: books.oddTransactions().map(({ txid, at, residual, because }) => ({
      txid,
      timestamp: seconds(at),
      residual_msat: residual,
      because,
    })),
    generated_at: seconds(clock.now()),
  };
  const rows = [...COST_KINDS.map((kind) => NAMES[kind]), 'all_costs' as const].map((name) => ({
    name,
    ...answer[name],
  }));
  return { answer, sheet: sheetOf(COLUMNS, rows) };
}

const COLUMNS = [
  { csv: 'cost', of: (row: CostRow) => row.name },
  { title: 'cost', of: (row: CostRow) => row.name.replace('_costs', '') },
  { csv: 'last_24h_msat', of: (row: CostRow) => row.last_24h_msat },
  { title: 'today sat', of: (row: CostRow) => row.last_24h_sats },
  { csv: 'last_7d_msat', of: (row: CostRow) => row.last_7d_msat },
  { title: '7 days sat', of: (row: CostRow) => row.last_7d_sats },
  { csv: 'last_30d_msat', of: (row: CostRow) => row.last_30d_msat },
  { title: '30 days sat', of: (row: CostRow) => row.last_30d_sats },
  { csv: 'total_msat', of: (row: CostRow) => row.total_msat },
  { title: 'lifetime sat', of: (row: CostRow) => row.total_sats },
];
type CostRow = CostWindows & { readonly name: string };

const windowsOf = (day: Msat, week: Msat, month: Msat, life: Msat): CostWindows => ({
  last_24h_sats: satsPaid(day),
  last_7d_sats: satsPaid(week),
  last_30d_sats: satsPaid(month),
  total_sats: satsPaid(life),
  last_24h_msat: day,
  last_7d_msat: week,
  last_30d_msat: month,
  total_msat: life,
});

function estimatesOf({ books }: RpcContext) {
  const estimates = books.channels().flatMap(({ openEstimate }) => openEstimate ?? []);
  const together = msat(estimates.reduce((sum, one) => sum + one, 0n));
  return {
    channels: estimates.length,
    open_cost_sats: satsPaid(together),
    open_cost_msat: together,
  };
}

export function costsPeriodReport(
  { books }: RpcContext,
  span: Span,
): Report<z.input<typeof costsPeriodAnswer>> {
  const { costs } = books.period(span.from, span.to).sums;
  const total = totalCost(costs);
  const answer = {
    type: 'costs' as const,
    ...spanOf(span),
    ...costsOf(costs),
    total_msat: total,
    total_sats: satsPaid(total),
  };
  const rows: readonly { readonly cost: string; readonly paid: Msat }[] = [
    ...COST_KINDS.map((kind) => ({ cost: kind, paid: costs[kind] })),
    { cost: 'all', paid: total },
  ];
  const sheet = sheetOf<(typeof rows)[number]>(
    [
      { csv: 'cost', title: 'cost', of: (row) => row.cost },
      { csv: 'msat', title: 'msat', of: (row) => row.paid },
    ],
    rows,
    [spanHeading('Costs', span), ''],
  );
  return { answer, sheet };
}
