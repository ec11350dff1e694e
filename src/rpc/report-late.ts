/** Facts that became known after their day was closed (SPEC 6.3). */
import { z } from 'zod';
import { netOf } from '../core/books/period.ts';
import { amountMsat } from './answers.ts';
import type { RpcContext } from './context.ts';
import { costColumns } from './money-columns.ts';
import { costFields, costsOf } from './period-money.ts';
import { dayName } from './report-period.ts';
import { type Column, type Report, sheetOf } from './report-sheet.ts';
import {
  type Span,
  spanFields,
  spanHeading,
  spanOf,
  whoColumns,
  whoFields,
  whoIn,
} from './report-span.ts';

const lateRow = z.strictObject({
  booked_on: z.string().describe('UTC day whose sums it is in'),
  belongs_to: z.string().describe('UTC day on which it happened'),
  ...whoFields,
  revenue_msat: amountMsat.describe('below zero: it takes back what an earlier day said'),
  assisted_msat: amountMsat,
  ...costFields,
  net_msat: amountMsat,
});
type LateRow = z.input<typeof lateRow>;

export const lateAnswer = z.strictObject({
  type: z.literal('late'),
  ...spanFields,
  late: z.array(lateRow).describe('by the day they are booked on, oldest first'),
});

export function lateReport(context: RpcContext, span: Span): Report<z.input<typeof lateAnswer>> {
  const who = whoIn(context, span);
  const late = context.books.late(span.from, span.to).map((fact) => ({
    booked_on: dayName(fact.bookedOn),
    belongs_to: dayName(fact.belongsTo),
    ...who(fact.channelId),
    revenue_msat: fact.revenue,
    assisted_msat: fact.assisted,
    ...costsOf(fact.costs),
    net_msat: netOf(fact),
  }));
  return {
    answer: { type: 'late', ...spanOf(span), late },
    sheet: sheetOf(COLUMNS, late, [spanHeading('Late facts', span), '']),
  };
}

const COLUMNS: readonly Column<LateRow>[] = [
  { csv: 'booked_on', title: 'booked on', of: (row) => row.booked_on },
  { csv: 'belongs_to', title: 'belongs to', of: (row) => row.belongs_to },
  ...whoColumns,
  { csv: 'revenue_msat', title: 'revenue msat', of: (row) => row.revenue_msat },
  { csv: 'assisted_msat', of: (row) => row.assisted_msat },
  ...costColumns,
  { csv: 'net_msat', title: 'net msat', of: (row) => row.net_msat },
];
