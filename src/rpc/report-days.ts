/** One row a UTC day, and what the node's own ledger says of it. */
import { z } from 'zod';
import type { UtcDay } from '../core/books/period.ts';
import type { Reconciliation } from '../core/books/reconciliation.ts';
import { msat } from '../core/units.ts';
import type { BookDay, Snapshot } from '../ports/books.ts';
import { amountMsat, seconds, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { costColumns, moneyColumns } from './money-columns.ts';
import { costFields, costsOf, moneyFields, moneyOf, satsOurs } from './period-money.ts';
import { dayName } from './report-period.ts';
import { type Column, type Report, sheetOf } from './report-sheet.ts';
import { type Span, spanFields, spanHeading, spanOf } from './report-span.ts';

const snapshotRow = z
  .strictObject({
    at: unixSeconds,
    tlv_sats: z.int().describe('net worth, rounded down'),
    tlv_msat: amountMsat,
    onchain_msat: amountMsat.describe('confirmed'),
    local_msat: amountMsat,
    remote_msat: amountMsat,
    capacity_msat: amountMsat,
    pending_costs_msat: amountMsat.describe('held for rebalances that were not settled'),
    channels: z.int(),
  })
  .describe('what the node was worth at one moment of the day; absent: nobody looked');

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
  snapshot: snapshotRow.optional(),
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
  const taken = new Map(
    books.snapshots(span.from, span.to).map(({ day, snapshot }) => [day, snapshot]),
  );
  const days = books
    .days(span.from, span.to)
    .map((one) => rowOf(one, compared.get(one.day), taken.get(one.day)));
  return {
    answer: { type: 'days', ...spanOf(span), days },
    sheet: sheetOf(COLUMNS, days, [spanHeading('Days', span), '']),
  };
}

const rowOf = (
  { day, closed, sums, late }: BookDay,
  told: Reconciliation | undefined,
  taken: Snapshot | undefined,
): DayRow => ({
  day: dayName(day),
  closed,
  ...moneyOf(sums),
  ...costsOf(sums.costs),
  late_msat: late,
  reconciled_by: told?.node?.source,
  unexplained_msat: told?.unexplained,
  because: told?.because,
  snapshot: taken && snapshotOf(taken),
});

function snapshotOf(taken: Snapshot): z.input<typeof snapshotRow> {
  const worth = msat(taken.onchain + taken.local - taken.pendingCosts);
  return {
    at: seconds(taken.at),
    tlv_sats: satsOurs(worth),
    tlv_msat: worth,
    onchain_msat: taken.onchain,
    local_msat: taken.local,
    remote_msat: taken.remote,
    capacity_msat: taken.capacity,
    pending_costs_msat: taken.pendingCosts,
    channels: taken.channels,
  };
}

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
  { csv: 'tlv_msat', of: (row) => row.snapshot?.tlv_msat },
  { title: 'net worth sat', of: (row) => row.snapshot?.tlv_sats },
  { csv: 'onchain_balance_msat', of: (row) => row.snapshot?.onchain_msat },
  { csv: 'local_msat', of: (row) => row.snapshot?.local_msat },
  { csv: 'remote_msat', of: (row) => row.snapshot?.remote_msat },
  { csv: 'capacity_msat', of: (row) => row.snapshot?.capacity_msat },
  { csv: 'channels', of: (row) => row.snapshot?.channels },
];
