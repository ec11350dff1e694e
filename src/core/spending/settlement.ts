/**
 * When a stopped job can be settled, and as what (SPEC 4.7). Its cost is exact only when no payment of it is under
 * way and every one that succeeded is in the books; until then the hold stays.
 */
import { type ChannelId, HOUR_MS, type Msat, type UnixMs, unixMs } from '../units.ts';
import { SLACK_MS } from './attribution.ts';
import { alarmsOf, type JobPayment, type JudgedJob, OVERDUE } from './job-verdict.ts';

/** Longer than the longest call to the backend, which every other one waits for: no order takes effect later. */
const LATE_ORDER_MS = 180_000;

/** A payment of ours to ourselves that no invoice asked for, as the node recorded it. */
export type OwnPayment = { readonly paymentHash: string; readonly createdAt: UnixMs };
export type Evidence = {
  /** Not decided yet, and the channels an HTLC of that hash leaves by; empty: no channel shows one. */
  readonly pending: readonly (OwnPayment & { readonly leaving: readonly ChannelId[] })[];
  /** Succeeded, and not booked yet. */
  readonly unbooked: readonly OwnPayment[];
  /** The node's records were read to their end after that. */
  readonly recordsRead: boolean;
};
export type StoppedJob = {
  readonly sources: readonly ChannelId[];
  /** The backend said that it took the order. */
  readonly acknowledged: boolean;
  readonly heldAt: UnixMs;
  /** Wall clock. */
  readonly createdAt: UnixMs;
};
/** The same instant on both clocks. */
export type TwoClocks = { readonly wall: UnixMs; readonly ledger: UnixMs };

/**
 * The earliest date the node can have given a payment of this job. When the wall clock went back since, what the
 * ledger counted is taken off the present date.
 */
export const earliestOf = (job: Pick<StoppedJob, 'createdAt' | 'heldAt'>, now: TwoClocks): UnixMs =>
  unixMs(Math.min(job.createdAt, now.wall - Math.max(0, now.ledger - job.heldAt)) - SLACK_MS);

/** Why it cannot be settled yet; undefined: what is booked is all there is. */
export function waitsFor(job: StoppedJob, evidence: Evidence, now: TwoClocks): string | undefined {
  if (!job.acknowledged && now.ledger - job.heldAt < LATE_ORDER_MS)
    return 'the order was not answered and may still take effect';
  if (!evidence.recordsRead) return 'the records of the node are not read to their end';
  const since = earliestOf(job, now);
  const pending = evidence.pending.find((one) =>
    one.leaving.length > 0
      ? one.leaving.some((channelId) => job.sources.includes(channelId))
      : one.createdAt >= since,
  );
  if (pending) return `payment ${pending.paymentHash} is still under way`;
  const unbooked = evidence.unbooked.find((one) => one.createdAt >= since);
  return unbooked && `payment ${unbooked.paymentHash} succeeded and is not booked yet`;
}

export type Settled = {
  readonly outcome: 'moved' | 'nothing moved' | 'not tried' | 'strayed';
  readonly because: string;
};

/** What it came to; `because`: why it was stopped. */
export function outcomeOf(
  job: JudgedJob,
  payments: readonly JobPayment[],
  because: string | undefined,
): Settled {
  const why = because ?? 'it ended';
  const alarm = alarmsOf(job, payments).find(({ cause }) => cause !== 'too dear');
  if (alarm) return { outcome: 'strayed', because: alarm.because };
  if (job.moved > 0n) return { outcome: 'moved', because: why };
  return { outcome: why.startsWith(OVERDUE) ? 'nothing moved' : 'not tried', because: why };
}

/** SPEC 4.6: how long a stopped job may stay without its exact cost before its outcome is called unknown. */
export const UNKNOWN_AFTER_MS = HOUR_MS / 6;

/** What a source keeps: one number for all of them, so that the smallest may still give everything alone (msat). */
export function keptBySources(balances: readonly Msat[], amount: Msat): bigint {
  const [first, ...rest] = balances.map((balance) => balance - amount);
  if (first === undefined) return 0n;
  const least = rest.reduce((low, one) => (one < low ? one : low), first);
  return least > 0n ? least - (least % 1000n) : 0n;
}
