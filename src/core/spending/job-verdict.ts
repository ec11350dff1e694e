/**
 * What an open job deserves at this look (SPEC 4.7): it is left alone, or it is stopped, and why. Only what the node
 * itself recorded counts; what the backend says of its success does not.
 */
import type { ChannelId, Msat, Ppm, UnixMs } from '../units.ts';
import { sats } from '../wording.ts';

/** The part of a job that is judged; money is msat, times are the ledger's. */
export type JudgedJob = {
  readonly destination: ChannelId;
  readonly amount: Msat;
  readonly chunk: Msat;
  readonly maxPpm: Ppm;
  readonly cap: Msat;
  readonly moved: Msat;
  readonly spent: Msat;
  readonly heldAt: UnixMs;
  readonly deadlineMs: number;
};
/** One recorded payment of it, msat. */
export type JobPayment = {
  readonly paymentHash: string;
  /** undefined: not recorded where it arrived. */
  readonly in: ChannelId | undefined;
  readonly sent: Msat;
  readonly received: Msat;
  readonly cost: Msat;
};
export type JobSight = {
  readonly job: JudgedJob;
  readonly payments: readonly JobPayment[];
  /** The backend lists it. */
  readonly listed: boolean;
  /** A lock, the brake, start-up hygiene: why nothing of ours may run on; undefined: nothing. */
  readonly heldBack: string | undefined;
  readonly at: UnixMs;
};

/** `shortchanged`, `strayed` and `too dear` are alarms; the others are how jobs end. */
export type StopCause =
  | 'shortchanged'
  | 'strayed'
  | 'too dear'
  | 'done'
  | 'overdue'
  | 'held back'
  | 'gone';
export type JobVerdict =
  | { readonly kind: 'keep' }
  | { readonly kind: 'stop'; readonly cause: StopCause; readonly because: string };
export type Alarm = {
  readonly cause: 'shortchanged' | 'strayed' | 'too dear';
  readonly because: string;
};

/** Begins the reason of every job that had all its time: only those count as tried and failed (SPEC 4.3). */
export const OVERDUE = 'its deadline passed';
const MILLION = 1_000_000n;
/** A backend that rounds each hop up may be over by this, msat. */
const ROUNDING = 1000n;

export function judgeJob({ job, payments, listed, heldBack, at }: JobSight): JobVerdict {
  const [alarm] = alarmsOf(job, payments);
  if (alarm) return { kind: 'stop', ...alarm };
  if (job.moved >= job.amount) return stop('done', `all of ${sats(job.amount)} arrived`);
  if (at - job.heldAt >= job.deadlineMs) return stop('overdue', OVERDUE);
  if (heldBack !== undefined) return stop('held back', heldBack);
  if (!listed) return stop('gone', 'sling does not have it any more');
  return { kind: 'keep' };
}

/** What must not happen, worst first. */
export function alarmsOf(
  job: Pick<JudgedJob, 'destination' | 'chunk' | 'maxPpm' | 'cap' | 'spent'>,
  payments: readonly JobPayment[],
): readonly Alarm[] {
  const alarms: Alarm[] = [];
  const short = payments.find((one) => isShort(job, one));
  if (short)
    alarms.push({
      cause: 'shortchanged',
      because: `payment ${short.paymentHash} arrived short: ${sats(short.sent)} left, ${sats(short.received)} came back`,
    });
  const astray = payments.find((one) => one.in !== undefined && one.in !== job.destination);
  if (astray)
    alarms.push({
      cause: 'strayed',
      because: `payment ${astray.paymentHash} arrived on ${astray.in} and not on its destination`,
    });
  if (job.spent > job.cap)
    alarms.push({
      cause: 'too dear',
      because: `it cost ${sats(job.spent)}, ${sats(job.cap)} were held for it`,
    });
  return alarms;
}

/**
 * Every payment is one whole chunk: sent whole and come back smaller, somebody on the way or our own end gave money
 * away. A smaller payment is measured by its price, which the backend may never exceed.
 */
function isShort(job: Pick<JudgedJob, 'chunk' | 'maxPpm'>, one: JobPayment): boolean {
  // Nothing recorded as received: it is not known what arrived.
  if (one.received <= 0n) return false;
  if (one.received < job.chunk && one.sent >= job.chunk) return true;
  return (one.cost - ROUNDING) * MILLION > one.received * BigInt(job.maxPpm);
}

const stop = (cause: StopCause, because: string): JobVerdict => ({ kind: 'stop', cause, because });
