/** The days of a report as its answer and its heading name them. */
import { z } from 'zod';
import type { UtcDay } from '../core/books/period.ts';
import type { ChannelId } from '../core/units.ts';
import type { RpcContext } from './context.ts';
import { labels } from './names.ts';
import { dayName } from './report-period.ts';

/** Whole UTC days, both ends included. */
export type Span = { readonly from: UtcDay; readonly to: UtcDay; readonly final: boolean };

export const spanFields = {
  from: z.string().describe('first UTC day'),
  to: z.string().describe('last UTC day, included'),
  final: z.boolean().describe('every day of it is closed: asked again it answers the same'),
};
export const spanOf = ({ from, to, final }: Span): z.input<z.ZodObject<typeof spanFields>> => ({
  from: dayName(from),
  to: dayName(to),
  final,
});
export const spanHeading = (what: string, { from, to, final }: Span): string =>
  `${what}, ${dayName(from)} to ${dayName(to)} UTC${final ? ', final' : ', not final: days are still open'}`;

export const whoFields = {
  channel_id: z.string().optional().describe('64 digits; absent: of no channel of ours'),
  peer_id: z.string().optional(),
  short_channel_id: z
    .string()
    .optional()
    .describe('only while the report is not final: a splice gives a channel another one'),
};
export type Who = z.input<z.ZodObject<typeof whoFields>>;

/** How rows name their channel: by nothing that may change, once the days are final. */
export function whoIn(
  context: RpcContext,
  { final }: Pick<Span, 'final'>,
): (channelId: ChannelId | undefined) => Who {
  const labelOf = labels(context);
  return (channelId) => {
    if (channelId === undefined) return {};
    const { name, peerId } = labelOf(channelId);
    return {
      channel_id: channelId,
      peer_id: peerId,
      ...(final || name === channelId ? {} : { short_channel_id: name }),
    };
  };
}

export const whoColumns: readonly {
  readonly csv?: string;
  readonly title?: string;
  readonly of: (row: Who) => string | undefined;
}[] = [
  { csv: 'channel_id', of: (row) => row.channel_id },
  { csv: 'peer_id', of: (row) => row.peer_id },
  { csv: 'short_channel_id', of: (row) => row.short_channel_id },
  {
    title: 'channel',
    of: (row) => row.short_channel_id ?? row.channel_id ?? 'no channel of ours',
  },
];
