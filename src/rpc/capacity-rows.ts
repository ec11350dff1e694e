/** How winners, losers and steps of the capacity planner are shown. Money in sats, rounded against ourselves. */
import { z } from 'zod';
import type { Payback } from '../core/capacity/payback.ts';
import { type PlanStep, STEP_ACTIONS } from '../core/capacity/steps.ts';
import type { CapacityChannel, Loser, Winner } from '../core/capacity/types.ts';
import { DAY_MS, satFloor, type UnixMs } from '../core/units.ts';
import { asPercent } from './rates.ts';
import { satCeil, wholeSats } from './rebalance-rows.ts';
import { ratio } from './status-parts.ts';

const common = {
  scid: z.string(),
  peer_id: z.string(),
  roi: z.number().describe('per cent, whole life'),
  marginal_roi: z.number().describe('per cent, 30 days'),
  classification: z.string(),
  capacity: z.int().describe('sat'),
  our_balance: z.int().describe('sat: what comes out when it closes'),
};
const commonOf = (channel: CapacityChannel) => ({
  scid: channel.name,
  peer_id: channel.peerId,
  roi: asPercent(channel.roi),
  marginal_roi: asPercent(channel.marginalRoi),
  classification: channel.class.toLowerCase(),
  capacity: satFloor(channel.capacity),
  our_balance: satFloor(channel.toUs),
});

export const winnerRow = z.strictObject({
  ...common,
  flow_ratio: z.number().describe('−1 only fills … +1 only drains'),
  turnover: z.number().describe('volume of 30 days over capacity'),
  peer_supports_splice: z.boolean().optional().describe('absent: not known, the peer is away'),
});
export const winnerRowOf = ({ channel, turnover }: Winner): z.input<typeof winnerRow> => ({
  ...commonOf(channel),
  flow_ratio: ratio(channel.direction ?? 0),
  turnover: ratio(turnover),
  peer_supports_splice: channel.splices,
});

const SUFFIX = {
  CLOSE: ' (ZOMBIE)',
  DEFIBRILLATE: ' (NEEDS DEFIBRILLATOR)',
  REBALANCE: ' (BALANCED, HARDLY USED)',
} as const;
export const loserRow = z.strictObject({
  ...common,
  reason: z.string(),
  action: z
    .enum(['CLOSE', 'DEFIBRILLATE', 'REBALANCE'])
    .describe('CLOSE only when the defibrillator has run its course'),
  because: z.string(),
  idle_days: z.number().optional().describe('absent: not known'),
  attempts: z.int().describe('to wake it, in 14 days and since its last forward'),
});
export const loserRowOf = ({
  channel,
  reason,
  action,
  because,
}: Loser): z.input<typeof loserRow> => ({
  ...commonOf(channel),
  reason: `${reason}${SUFFIX[action]}`,
  action,
  because,
  idle_days: channel.idleDays === undefined ? undefined : Number(channel.idleDays.toFixed(1)),
  attempts: channel.attempts,
});

const paybackFields = {
  verdict: z.enum(['days', 'never', 'unknown']),
  days: z.number().optional().describe('until what it costs is earned back'),
  date: z.string().optional().describe('that day, UTC'),
  because: z.string().optional(),
  cost_sats: z.int().optional().describe("close and splice, or open, at today's feerate"),
  monthly_gain_sats: z
    .int()
    .describe('earned more in 30 days, were the next sat as good there as the others'),
  break_even_sat_per_vbyte: z
    .number()
    .optional()
    .describe('the highest feerate at which a year earns it back; absent: at none'),
};
export const paybackRow = z.strictObject(paybackFields);
export const paybackRowOf = (one: Payback, now: UnixMs): z.input<typeof paybackRow> => ({
  verdict: one.kind,
  ...(one.kind === 'days'
    ? { days: one.days, date: dateIn(one.days, now) }
    : { because: one.because }),
  cost_sats: one.cost === undefined ? undefined : satCeil(one.cost),
  monthly_gain_sats: wholeSats(one.monthlyGain),
  break_even_sat_per_vbyte: one.breakEvenSatPerVbyte,
});

/** The day on which it is earned back. */
const dateIn = (days: number, now: UnixMs): string =>
  new Date(now + Math.ceil(days * DAY_MS)).toISOString().slice(0, 10);

export const stepRow = z.strictObject({
  step: z.int(),
  action: z.enum(STEP_ACTIONS),
  scid: z.string().optional(),
  peer_id: z.string().optional(),
  amount_sats: z.int().optional().describe('what comes out, or goes in less the fees'),
  payback: paybackRow.optional().describe('of the whole move: a close and what follows it'),
  because: z.string(),
});
export const stepRowOf = (
  { action, channel, amount, payback, because }: PlanStep,
  index: number,
  now: UnixMs,
): z.input<typeof stepRow> => ({
  step: index + 1,
  action,
  scid: channel?.name,
  peer_id: channel?.peerId,
  amount_sats: amount === undefined ? undefined : satFloor(amount),
  payback: payback && paybackRowOf(payback, now),
  because,
});
