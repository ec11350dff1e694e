/** The day book: one row a channel and UTC day with anything in it. Added up by day or by channel it is the node. */
import { z } from 'zod';
import { netOf, totalCost } from '../core/books/period.ts';
import { type ChannelId, msat } from '../core/units.ts';
import type { ChannelDay } from '../ports/books.ts';
import { BadRequest } from '../ports/errors.ts';
import { amountMsat } from './answers.ts';
import type { RpcContext } from './context.ts';
import { costColumns } from './money-columns.ts';
import { costFields, costsOf, satsOurs, satsPaid } from './period-money.ts';
import { didAnything } from './report-channels.ts';
import { dayName } from './report-period.ts';
import { type Column, type Report, sheetOf } from './report-sheet.ts';
import { type Span, spanFields, spanHeading, spanOf } from './report-span.ts';

/** Rows of one answer. */
const MOST_ROWS = 10_000;
/** How a row names what is of no channel of ours. */
const WALLET = 'wallet';

const ledgerRow = z.strictObject({
  day: z.string().describe('UTC'),
  closed: z.boolean().describe('the rows of this day never change any more'),
  channel_id: z.string().describe('64 digits; wallet: of no channel of ours'),
  forwards: z.int().describe('settled, that left by it'),
  routed_msat: amountMsat,
  revenue_msat: amountMsat,
  ...costFields,
  total_cost_msat: amountMsat,
  net_msat: amountMsat.describe('revenue less all costs'),
  forwards_in: z.int(),
  in_msat: amountMsat,
  assisted_msat: amountMsat.describe('fees of what came in by it: no income of its own'),
});
type LedgerRow = z.input<typeof ledgerRow>;

export const ledgerAnswer = z.strictObject({
  type: z.literal('ledger'),
  ...spanFields,
  ledger: z
    .array(ledgerRow)
    .describe('oldest first, then by channel_id; late facts on the day they are booked on'),
});

/** Throws BadRequest where the days have more rows than one answer: it is whole or none. */
export function ledgerReport(
  { books }: RpcContext,
  span: Span,
): Report<z.input<typeof ledgerAnswer>> {
  const found = books.channelDays(span.from, span.to, MOST_ROWS + 1);
  if (found.length > MOST_ROWS) throw tooMany(span, found);
  const some = found.filter(({ sums }) => didAnything(sums));
  const byDay = Map.groupBy(some, ({ day }) => day);
  const ledger = books.days(span.from, span.to).flatMap(({ day, closed }) => {
    const of = { day: dayName(day), closed };
    return (byDay.get(day) ?? []).toSorted(byName).map((one) => rowOf(of, one));
  });
  return {
    answer: { type: 'ledger', ...spanOf(span), ledger },
    sheet: sheetOf(COLUMNS, ledger, [spanHeading('Day book', span), '']),
  };
}

/** By nothing but the rows, so that a final period is the same text again. */
const byName = (one: ChannelDay, other: ChannelDay): number =>
  nameOf(one.channelId) < nameOf(other.channelId) ? -1 : 1;

const nameOf = (channelId: ChannelId | undefined): string => channelId ?? WALLET;

/** Says which days do fit: those before the one at which the bound is passed. */
function tooMany({ from }: Span, found: readonly ChannelDay[]): BadRequest {
  const fits = (found.at(-1)?.day ?? from) - 1;
  const many = `has more than ${MOST_ROWS} rows, the most in one answer`;
  return fits < from
    ? new BadRequest('from', `${dayName(from)} alone ${many}: see channels for that day`)
    : new BadRequest(
        'to',
        `the ledger of these days ${many}: ask from=${dayName(from)} to=${dayName(fits)}, then from=${dayName(fits + 1)}`,
      );
}

function rowOf(
  { day, closed }: Pick<LedgerRow, 'day' | 'closed'>,
  { channelId, sums }: ChannelDay,
): LedgerRow {
  return {
    day,
    closed,
    channel_id: nameOf(channelId),
    forwards: sums.outCount,
    routed_msat: sums.out,
    revenue_msat: sums.revenue,
    ...costsOf(sums.costs),
    total_cost_msat: totalCost(sums.costs),
    net_msat: netOf(sums),
    forwards_in: sums.inCount,
    in_msat: sums.in,
    assisted_msat: sums.assisted,
  };
}

const COLUMNS: readonly Column<LedgerRow>[] = [
  { csv: 'day', title: 'UTC day', of: (row) => row.day },
  { csv: 'closed', of: (row) => row.closed },
  { title: 'closed', of: (row) => (row.closed ? 'yes' : 'no') },
  { csv: 'channel_id', title: 'channel', of: (row) => row.channel_id },
  { csv: 'forwards', title: 'forwards', of: (row) => row.forwards },
  { csv: 'routed_msat', of: (row) => row.routed_msat },
  { title: 'routed sat', of: (row) => satsOurs(msat(row.routed_msat)) },
  { csv: 'revenue_msat', of: (row) => row.revenue_msat },
  { title: 'earned sat', of: (row) => satsOurs(msat(row.revenue_msat)) },
  ...costColumns,
  { csv: 'total_cost_msat', of: (row) => row.total_cost_msat },
  { title: 'costs sat', of: (row) => satsPaid(msat(row.total_cost_msat)) },
  { csv: 'net_msat', of: (row) => row.net_msat },
  { title: 'net sat', of: (row) => satsOurs(msat(row.net_msat)) },
  { csv: 'forwards_in', title: 'in', of: (row) => row.forwards_in },
  { csv: 'in_msat', of: (row) => row.in_msat },
  { csv: 'assisted_msat', of: (row) => row.assisted_msat },
  { title: 'assisted sat', of: (row) => satsOurs(msat(row.assisted_msat)) },
];
