/** One row a UTC day, and what the node's own ledger says of it. */
import { z } from 'zod';
import type { UtcDay } from '../core/books/period.ts';
import type { Reconciliation } from '../core/books/reconciliation.ts';
import type { BookDay } from '../ports/books.ts';
import { amountMsat } from './answers.ts';
import type { RpcContext } from './context.ts';
import { costColumns, moneyColumns } from './money-columns.ts';
import { costFields, costsOf, moneyFields, moneyOf } from './period-money.ts';
import { dayName } from './report-period.ts';
import { type Column, type Report, sheetOf } from './report-sheet.ts';
import { type Span, spanFields, spanHeading, spanOf } from './report-span.ts';

const dayRow = z.strictObject({
  day: z.string().describe('UTC'),
  closed: z.boolean().describe('it never changes any more'),
  ...moneyFields,
  ...costFields,
  late_msat: amountMsat.describe('of net: what belongs to earlier days and became known here'),
  reconciled_by: z
    .enum(['moves', 'income'])
    .optional()
    .describe('listchannelmoves or bkpr-listincome of the node; absent: not compared'),
  unexplained_msat: amountMsat.optional().describe('what the node has beyond ours'),
  because: z.string().optional().describe('why it could not be compared'),
});
type DayRow = z.input<typeof dayRow>;

export const daysAnswer = z.strictObject({
  type: z.literal('days'),
  ...spanFields,
  days: z.array(dayRow).describe('oldest first, quiet days included'),
});

export function daysReport({ books }: RpcContext, span: Span): Report<z.input<typeof daysAnswer>> {
  const compared = new Map<UtcDay, Reconciliation>(
    books.reconciliations(span.from, span.to).map((one) => [one.day, one]),
  );
  const days = books.days(span.from, span.to).map((one) => rowOf(one, compared.get(one.day)));
  return {
    answer: { type: 'days', ...spanOf(span), days },
    sheet: sheetOf(COLUMNS, days, [spanHeading('Days', span), '']),
  };
}

const rowOf = ({ day, closed, sums, late }: BookDay, told: Reconciliation | undefined): DayRow => ({
  day: dayName(day),
  closed,
  ...moneyOf(sums),
  ...costsOf(sums.costs),
  late_msat: late,
  reconciled_by: told?.node?.source,
  unexplained_msat: told?.unexplained,
  because: told?.because,
});

const COLUMNS: readonly Column<DayRow>[] = [
  { csv: 'day', title: 'UTC day', of: (row) => row.day },
  { csv: 'closed', of: (row) => row.closed },
  { title: 'closed', of: (row) => (row.closed ? 'yes' : 'no') },
  ...moneyColumns,
  ...costColumns,
  { csv: 'late_msat', title: 'late msat', of: (row) => row.late_msat },
  { csv: 'reconciled_by', title: 'compared by', of: (row) => row.reconciled_by },
  { csv: 'unexplained_msat', title: 'unexplained msat', of: (row) => row.unexplained_msat },
  { csv: 'because', of: (row) => row.because },
];
