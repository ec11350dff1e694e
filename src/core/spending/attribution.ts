/**
 * Whose a recorded payment is (SPEC 4.7, 6.1). The backend never says what a job paid, so a payment is a job's when
 * it left by one of the job's sources, came back through the destination's peer, and was recorded after the job was
 * opened. "After" is asked of the node's own count of its records, not of the clock: a clock that was set back during
 * a job would else turn its payments into somebody else's, and nobody would count them.
 */
import { type ChannelId, HOUR_MS, type NodeId, type UnixMs } from '../units.ts';

/** Between our note of an order and the node's own time stamps, which are whole seconds. */
export const SLACK_MS = 5_000;
/** A fact that becomes known after the job was settled is its own for so long. */
export const LATE_MS = HOUR_MS;

/** A payment as the node recorded it. */
export type Recorded = {
  /** undefined: not recorded; then nothing can be said against it. */
  readonly out: ChannelId | undefined;
  readonly in: ChannelId | undefined;
  /** The peer `in` belongs to; undefined: not known. */
  readonly inPeer: NodeId | undefined;
  /** The node's time. */
  readonly at: UnixMs;
  /** Newest index of its records. */
  readonly index: number;
};

export type Orderer = {
  readonly id: number;
  readonly destination: ChannelId;
  readonly destinationPeer: NodeId;
  readonly sources: readonly ChannelId[];
  /** Newest index of the node's records that was known when it was opened. */
  readonly openedIndex: number;
  /** Wall clock. */
  readonly createdAt: UnixMs;
  /** undefined: open. */
  readonly ended: { readonly wall: UnixMs; readonly ledger: UnixMs } | undefined;
};

/**
 * The id of the job that ordered it; undefined: none of `jobs`. An open job comes before a settled one, the newer
 * before the older. `ledger`: now.
 */
export function attribute(
  payment: Recorded,
  jobs: readonly Orderer[],
  ledger: UnixMs,
): number | undefined {
  const since = jobs.filter(({ openedIndex }) => payment.index > openedIndex);
  const fitting = since.filter((job) => isPair(payment, job));
  const open = fitting.filter(({ ended }) => ended === undefined);
  const late = fitting.filter((job) => isLateFact(payment, job, ledger));
  return newest(open) ?? newest(late) ?? newest(since.filter((job) => mayBeOf(payment, job)));
}

/**
 * The same where the node recorded no channels. Two jobs open at once could not be told apart, so at most one is
 * opened there; should there be two, it is booked to the newer one rather than to nobody.
 */
export function attributeBlind(
  payment: Pick<Recorded, 'at' | 'index'>,
  jobs: readonly Orderer[],
  ledger: UnixMs,
): number | undefined {
  const fitting = jobs.filter(({ openedIndex }) => payment.index > openedIndex);
  const open = fitting.filter(({ ended }) => ended === undefined);
  const late = fitting.filter((job) => isLateFact(payment, job, ledger));
  return newest(open) ?? newest(late);
}

/** The backend may deliver on another channel of the destination's peer: it is the job's all the same. */
const isPair = (payment: Recorded, job: Orderer): boolean =>
  isOutOf(payment, job) &&
  (payment.in === job.destination || payment.inPeer === job.destinationPeer);

/**
 * Whose channel it came in by is not known while that is too new to be learned: rather an open job's than nobody's,
 * whose money no budget counts.
 */
const mayBeOf = (payment: Recorded, job: Orderer): boolean =>
  isOutOf(payment, job) && payment.inPeer === undefined && job.ended === undefined;

const isOutOf = ({ out }: Recorded, { sources }: Orderer): boolean =>
  out !== undefined && sources.includes(out);

/** By the node's time stamp, or, should the clock have been moved meanwhile, by the time that really passed. */
function isLateFact(
  { at }: Pick<Recorded, 'at'>,
  { createdAt, ended }: Orderer,
  ledger: UnixMs,
): boolean {
  if (ended === undefined) return false;
  const stamped = at >= createdAt - SLACK_MS && at <= ended.wall + LATE_MS;
  return stamped || ledger <= ended.ledger + LATE_MS;
}

const newest = (jobs: readonly Orderer[]): number | undefined =>
  jobs.reduce<number | undefined>(
    (best, { id }) => (best === undefined || id > best ? id : best),
    undefined,
  );
