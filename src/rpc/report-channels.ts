/** One row a channel over some days, the best first. Together they are the node. */
import { z } from 'zod';
import type { PeriodSums } from '../core/books/period.ts';
import type { RpcContext } from './context.ts';
import { assistedColumns, costColumns, moneyColumns } from './money-columns.ts';
import { channelMoneyFields, channelMoneyOf, costFields, costsOf } from './period-money.ts';
import { type Column, type Report, sheetOf } from './report-sheet.ts';
import {
  type Span,
  spanFields,
  spanHeading,
  spanOf,
  type Who,
  whoColumns,
  whoFields,
  whoIn,
} from './report-span.ts';

export const channelPeriodRow = z.strictObject({
  ...whoFields,
  ...channelMoneyFields,
  ...costFields,
});
type ChannelRow = z.input<typeof channelPeriodRow>;

export const channelsAnswer = z.strictObject({
  type: z.literal('channels'),
  ...spanFields,
  channels: z
    .array(channelPeriodRow)
    .describe('closed ones too; channels that did nothing are left out'),
});

export function channelsReport(
  context: RpcContext,
  span: Span,
): Report<z.input<typeof channelsAnswer>> {
  const who = whoIn(context, span);
  const channels = bestFirst(
    [...context.books.channelsOver(span.from, span.to)]
      .filter(([, sums]) => didAnything(sums))
      .map(([id, sums]) => channelPeriodRowOf(who(id), sums)),
  );
  return {
    answer: { type: 'channels', ...spanOf(span), channels },
    sheet: sheetOf(channelColumns, channels, [spanHeading('Channels', span), '']),
  };
}

export const channelPeriodRowOf = (who: Who, sums: PeriodSums): ChannelRow => ({
  ...who,
  ...channelMoneyOf(sums),
  ...costsOf(sums.costs),
});

/** Ties go by channel id: the order depends on nothing but the rows. */
export const bestFirst = (rows: readonly ChannelRow[]): ChannelRow[] =>
  rows.toSorted((one, other) => {
    if (one.net_msat !== other.net_msat) return one.net_msat > other.net_msat ? -1 : 1;
    return (one.channel_id ?? '') < (other.channel_id ?? '') ? -1 : 1;
  });

export const didAnything = ({ inCount, outCount, costs, ...sums }: PeriodSums): boolean =>
  inCount !== 0 ||
  outCount !== 0 ||
  [sums.in, sums.out, sums.assisted, sums.revenue, ...Object.values(costs)].some(
    (amount) => amount !== 0n,
  );

export const channelColumns: readonly Column<ChannelRow>[] = [
  ...whoColumns,
  ...moneyColumns,
  ...assistedColumns,
  ...costColumns,
];
