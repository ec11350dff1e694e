/**
 * Books what the node recorded: each payment hash once, on the job that ordered it, if there is one. Within the
 * caller's transaction.
 */
import { attribute, attributeBlind } from '../core/spending/attribution.ts';
import { type UnixMs, unixMs } from '../core/units.ts';
import type { CircularPayment } from '../ports/spending.ts';
import type { ChannelKeys } from './channel-keys.ts';
import type { Booked, CircularPayments } from './circular-payments.ts';
import type { Circle } from './invoice-moves.ts';
import type { JobLedger } from './job-ledger.ts';
import type { RebalanceCostBook } from './rebalance-costs.ts';
import type { OwnPayment } from './send-parts.ts';
import type { SpendLedgerTime } from './spend-ledger-time.ts';

type Parts = {
  readonly keys: ChannelKeys;
  readonly jobs: JobLedger;
  readonly payments: CircularPayments;
  readonly costs: RebalanceCostBook;
  readonly time: SpendLedgerTime;
};

export class PaymentBooking {
  readonly #keys: ChannelKeys;
  readonly #jobs: JobLedger;
  readonly #payments: CircularPayments;
  readonly #costs: RebalanceCostBook;
  readonly #time: SpendLedgerTime;

  constructor(parts: Parts) {
    this.#keys = parts.keys;
    this.#jobs = parts.jobs;
    this.#payments = parts.payments;
    this.#costs = parts.costs;
    this.#time = parts.time;
  }

  /** undefined: nothing about it is new. */
  bookCircle(circle: Circle, ledger: UnixMs): CircularPayment | undefined {
    const before = this.#payments.one(circle.paymentHash);
    if (!before && this.#time.mayBeDropped(circle.at)) return undefined;
    const jobId = before?.jobId ?? this.#ordererOf(circle, ledger);
    return this.#book(circle, before, jobId, ledger);
  }

  /** From `listsendpays`: where it went is known only through the job. undefined: nothing new, or no payment. */
  bookSend(payment: OwnPayment, ledger: UnixMs): CircularPayment | undefined {
    const before = this.#payments.one(payment.paymentHash);
    if (!before && this.#time.mayBeDropped(payment.at)) return undefined;
    const jobId = before?.jobId ?? (payment.labelled ? undefined : this.#blindly(payment, ledger));
    // Without what arrived its cost is the whole of it: only a job's, which must not go uncounted.
    if (jobId === undefined && !payment.complete) return undefined;
    const job = jobId === undefined ? undefined : this.#jobs.one(jobId);
    const out = before?.out ?? (job?.sources.length === 1 ? job.sources[0] : undefined);
    const circle = { ...payment, out, in: before?.in ?? job?.destination };
    return this.#book(circle, before, jobId, ledger);
  }

  #ordererOf(circle: Circle, ledger: UnixMs): number | undefined {
    const inKey = circle.in && this.#keys.keyOfChannel(circle.in);
    const inPeer = inKey === undefined ? undefined : this.#keys.peerOf(inKey);
    const jobs = this.#jobs.orderers('moves', circle.at, ledger);
    return attribute({ ...circle, inPeer }, jobs, ledger);
  }
  #blindly(payment: OwnPayment, ledger: UnixMs): number | undefined {
    return attributeBlind(payment, this.#jobs.orderers('sends', payment.at, ledger), ledger);
  }

  #book(
    circle: Circle,
    before: Booked | undefined,
    jobId: number | undefined,
    ledger: UnixMs,
  ): CircularPayment | undefined {
    if (before && isSame(before, circle) && before.jobId === jobId) return undefined;
    const { paymentHash, out, in: back, sent, received, cost, at } = circle;
    const payment = { paymentHash, out, in: back, sent, received, cost, at, jobId };
    const forgotten = jobId === undefined && (before?.counts ?? this.#time.mayBeForgotten(at));
    const rose = before === undefined || cost > before.cost || before.jobId !== jobId;
    const bookedAt = !rose ? before.bookedAt : forgotten ? earlier(at, ledger) : ledger;
    if (before) this.#move(before, -1n);
    this.#payments.put({ ...payment, bookedAt, counts: jobId !== undefined || forgotten });
    this.#move(payment, 1n);
    return payment;
  }

  /** Adds a payment to its job's sums and to the books, or takes it out again. */
  #move({ jobId, received, cost, in: back, at }: CircularPayment, sign: 1n | -1n): void {
    const job = jobId === undefined ? undefined : this.#jobs.one(jobId);
    if (jobId === undefined || !job) {
      this.#costs.book(sign * cost, undefined, back, at);
      return;
    }
    const said = this.#jobs.correction(jobId);
    const delta = { moved: sign * received, spent: sign * cost, payments: Number(sign) };
    this.#jobs.addTo(jobId, delta);
    // The operator's word stands for what was not recorded: what is recorded now takes its place.
    const change = this.#jobs.correction(jobId) - said;
    this.#costs.book(sign * cost, job, back, at);
    this.#costs.book(change, job, back, this.#jobs.correctedAt(jobId) ?? at);
  }
}

const earlier = (one: UnixMs, other: UnixMs): UnixMs => unixMs(Math.min(one, other));

const isSame = (before: CircularPayment, circle: Circle): boolean =>
  before.out === circle.out &&
  before.in === circle.in &&
  before.sent === circle.sent &&
  before.received === circle.received &&
  before.cost === circle.cost &&
  before.at === circle.at;
