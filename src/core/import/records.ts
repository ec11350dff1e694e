/**
 * What the ancestor wrote down of its rebalances and fee changes. Its costs are estimates (amount times the highest
 * rate it allowed), so they stand in the books only for days from before lightningd's own records, and nothing is
 * learnt from them.
 */
import type { Msat, Ppm, UnixMs } from '../units.ts';
import {
  amountSat,
  type Cells,
  channelName,
  pastMoment,
  ratePpm,
  shownCell,
  whole,
} from './cells.ts';
import { skip, type Verdict } from './verdict.ts';

/** What refilling a channel cost, as it was booked then. */
export type PastCost = {
  readonly channel: string;
  readonly at: UnixMs;
  readonly cost: Msat;
  readonly moved: Msat;
};
const KINDS = ['normal', 'diagnostic', 'manual'] as const;
const ENDS = ['success', 'partial', 'failed', 'timeout'] as const;
/** One try, as it was said to have ended. */
export type PastRebalance = {
  readonly source: string;
  readonly destination: string;
  readonly at: UnixMs;
  readonly kind: (typeof KINDS)[number];
  readonly end: (typeof ENDS)[number];
  readonly amount: Msat;
  readonly cap: Msat;
  /** undefined: none was booked. */
  readonly fee: Msat | undefined;
};
export type PastFeeChange = {
  readonly channel: string;
  readonly at: UnixMs;
  readonly from: Ppm;
  readonly to: Ppm;
  readonly reason: string;
  readonly manual: boolean;
};

const UNREADABLE = 'a channel, an amount or a time cannot be read';
/** Of a free text, as much as explains anything. */
const MOST_REASON = 200;

export function judgeCost(row: Cells, now: UnixMs): Verdict<PastCost> {
  const name = `${shownCell(row.channel_id)} at ${shownCell(row.timestamp)}`;
  const channel = channelName(row.channel_id);
  const at = pastMoment(row.timestamp, now);
  const [cost, moved] = [amountSat(row.cost_sats), amountSat(row.amount_sats)];
  if (channel === undefined || at === undefined || cost === undefined || moved === undefined)
    return skip(UNREADABLE, name);
  if (cost === 0n) return skip('it cost nothing', name);
  if (cost > moved) return skip('it cost more than it moved', name);
  return { take: { channel, at, cost, moved } };
}

export function judgeRebalance(row: Cells, now: UnixMs): Verdict<PastRebalance> {
  const name = `${shownCell(row.from_channel)} → ${shownCell(row.to_channel)} at ${shownCell(row.timestamp)}`;
  const [source, destination] = [channelName(row.from_channel), channelName(row.to_channel)];
  const at = pastMoment(row.timestamp, now);
  const [amount, cap] = [amountSat(row.amount_sats), amountSat(row.max_fee_sats)];
  const fee = row.actual_fee_sats === null ? undefined : amountSat(row.actual_fee_sats);
  const isFeeRead = row.actual_fee_sats === null || fee !== undefined;
  if (source === undefined || destination === undefined || at === undefined)
    return skip(UNREADABLE, name);
  if (amount === undefined || cap === undefined || !isFeeRead) return skip(UNREADABLE, name);
  const kind = KINDS.find((one) => one === row.rebalance_type);
  const end = ENDS.find((one) => one === row.status);
  if (kind === undefined) return skip('a kind of rebalance that is not known', name);
  if (end === undefined) return skip('it never came to an end', name);
  return { take: { source, destination, at, kind, end, amount, cap, fee } };
}

export function judgeFeeChange(row: Cells, now: UnixMs): Verdict<PastFeeChange> {
  const name = `${shownCell(row.channel_id)} at ${shownCell(row.timestamp)}`;
  const channel = channelName(row.channel_id);
  const at = pastMoment(row.timestamp, now);
  const [from, to] = [ratePpm(row.old_fee_ppm), ratePpm(row.new_fee_ppm)];
  const manual = whole(row.manual, 0n, 1n);
  if (channel === undefined || at === undefined || from === undefined || to === undefined)
    return skip('a channel, a rate or a time cannot be read', name);
  const reason = typeof row.reason === 'string' ? row.reason.slice(0, MOST_REASON) : '';
  return { take: { channel, at, from, to, reason, manual: manual === 1n } };
}
