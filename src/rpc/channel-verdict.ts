/** How a channel is judged (SPEC 6.1, 6.2), as every method shows it. */
import { z } from 'zod';
import type { ChannelClass } from '../core/books/types.ts';
import { satFloor } from '../core/units.ts';
import type { ChannelStatement } from '../cycles/books-services.ts';
import { secondsOrAbsent, unixSeconds } from './answers.ts';
import { satsPaid } from './period-money.ts';
import { asPercent } from './rates.ts';

/** In the words of the Python plugin. */
export const CLASS_WORD = {
  PROFITABLE: 'profitable',
  BREAK_EVEN: 'break_even',
  UNDERWATER: 'underwater',
  STAGNANT_CANDIDATE: 'stagnant_candidate',
  ZOMBIE: 'zombie',
  NEW: 'new',
} as const satisfies Record<ChannelClass, string>;
export type ClassWord = (typeof CLASS_WORD)[ChannelClass];

export const channelVerdictFields = {
  channel_id: z.string().describe('short channel id, else the channel id'),
  full_channel_id: z.string().describe('64 digits'),
  peer_id: z.string().optional(),
  closed: z.boolean(),
  opened_by_peer: z.boolean().optional().describe('absent: not known'),
  capacity_sats: z.int(),
  days_active: z.int().nullable().describe('whole days since it opened; null: not known'),
  class: z.enum(CLASS_WORD).optional().describe('absent: closed'),
  roi_percentage: z
    .number()
    .describe('the better of what left and what came in, against all costs, whole life'),
  marginal_roi_percentage: z.number().describe('fees against refills, 30 days'),
  open_cost_estimate_sats: z
    .int()
    .optional()
    .describe('stands in for an unknown cost of opening in roi_percentage; in no sum'),
  bleeder: z.boolean().describe('it lost money in 30 days though it routed'),
  last_settled: unixSeconds.optional().describe('last forward in or out'),
};

export const channelVerdictOf = (
  one: ChannelStatement,
): z.input<z.ZodObject<typeof channelVerdictFields>> => ({
  channel_id: one.name ?? one.channelId,
  full_channel_id: one.channelId,
  peer_id: one.peerId,
  closed: one.closed,
  opened_by_peer: one.openedByPeer,
  capacity_sats: satFloor(one.capacity),
  days_active: daysActive(one),
  class: one.class === undefined ? undefined : CLASS_WORD[one.class],
  roi_percentage: asPercent(one.roi),
  marginal_roi_percentage: asPercent(one.marginalRoi),
  open_cost_estimate_sats: one.openEstimate === undefined ? undefined : satsPaid(one.openEstimate),
  bleeder: one.bleeder,
  last_settled: secondsOrAbsent(one.lastSettled),
});

export const daysActive = ({ ageDays }: Pick<ChannelStatement, 'ageDays'>): number | null =>
  ageDays === undefined ? null : Math.floor(ageDays);
