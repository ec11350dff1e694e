/**
 * lightningd's `payments` table as far as we pay ourselves: what `listsendpays` pages over
 * (facts/cln-scale.md §4). Few rows; amounts in msat.
 */
import { type UnixMs, unixMs } from '../../core/units.ts';
import type { ForwardIndex } from '../../ports/node.ts';
import type { CircularEvent } from '../market/circular.ts';

type PaymentStatus = 'pending' | 'complete' | 'failed';

export type OwnPayment = {
  readonly createdIndex: number;
  readonly updatedIndex: number | undefined;
  readonly status: PaymentStatus;
  readonly paymentHash: string;
  readonly groupId: bigint;
  /** undefined: it never left us (an invoice of ours paid by ourselves). */
  readonly fromIndex: number | undefined;
  /** Where it came back, or was to come back. */
  readonly toIndex: number | undefined;
  /** What was asked to arrive; what arrives can be less. */
  readonly amount: number;
  readonly sent: number;
  readonly received: number;
  readonly createdAt: UnixMs;
  readonly completedAt: UnixMs | undefined;
  /** sling's have none of these. */
  readonly partId: number | undefined;
  readonly label: string | undefined;
  readonly bolt11: string | undefined;
};

/** A payment to ourselves that somebody else made, done already; msat. Without channels it never left us. */
export type ForeignPayment = {
  readonly paymentHash: string;
  readonly amount: number;
  readonly sent: number;
  readonly way?: { readonly from: number; readonly to: number };
  /** 1 unless told: what lightningd gives to the first try. */
  readonly groupId?: bigint;
  readonly partId?: number;
  readonly label?: string;
  readonly bolt11?: string;
};

type Filter = {
  readonly status?: PaymentStatus | undefined;
  readonly hash?: string | undefined;
  readonly bolt11?: string | undefined;
};

/** Above 2^53, where a double loses digits; below 2^63. */
const groupOf = (hash: string): bigint => BigInt(`0x5${hash.slice(0, 15)}`);

export class OwnPayments {
  readonly #rows: OwnPayment[] = [];
  /** created_index of each updated_index − 1. */
  readonly #ended: number[] = [];
  readonly #pending = new Map<string, number>();

  /** The present value of a sequence; 0: nothing yet. */
  lastIndex(index: ForwardIndex): number {
    return index === 'created' ? this.#rows.length : this.#ended.length;
  }

  /** Throws RangeError beyond the end. */
  at(createdIndex: number): OwnPayment {
    const row = this.#rows[createdIndex - 1];
    if (row === undefined) throw new RangeError(`no payment ${createdIndex}`);
    return row;
  }

  /** A new row, or the end of the pending one. An end never offered makes a whole row. */
  append(event: CircularEvent): OwnPayment {
    const created = this.#pending.get(event.paymentHash) ?? this.#offered(event);
    return event.phase === 'offered' ? this.at(created) : this.#over(created, event);
  }

  #offered(event: CircularEvent): number {
    const created = this.#rows.push({
      createdIndex: this.#rows.length + 1,
      updatedIndex: undefined,
      status: 'pending',
      paymentHash: event.paymentHash,
      groupId: groupOf(event.paymentHash),
      fromIndex: event.fromIndex,
      toIndex: event.toIndex,
      amount: event.amountMsat,
      sent: event.sentMsat,
      received: event.receivedMsat,
      createdAt: unixMs(event.startedAt),
      completedAt: undefined,
      partId: undefined,
      label: undefined,
      bolt11: undefined,
    });
    this.#pending.set(event.paymentHash, created);
    return created;
  }

  foreign(payment: ForeignPayment, at: UnixMs): OwnPayment {
    const { paymentHash, amount, sent, way, partId, label, bolt11 } = payment;
    const row: OwnPayment = {
      createdIndex: this.#rows.length + 1,
      updatedIndex: this.#ended.push(this.#rows.length + 1),
      status: 'complete',
      paymentHash,
      groupId: payment.groupId ?? 1n,
      fromIndex: way?.from,
      toIndex: way?.to,
      amount,
      sent,
      received: amount,
      createdAt: at,
      completedAt: at,
      partId,
      label,
      bolt11,
    };
    this.#rows.push(row);
    return row;
  }

  #over(created: number, event: CircularEvent): OwnPayment {
    const ended: OwnPayment = {
      ...this.at(created),
      updatedIndex: this.#ended.push(created),
      status: event.phase === 'settled' ? 'complete' : 'failed',
      toIndex: event.toIndex,
      received: event.receivedMsat,
      completedAt: unixMs(event.at),
    };
    this.#rows[created - 1] = ended;
    this.#pending.delete(event.paymentHash);
    return ended;
  }

  /** Ascending. As with forwards, index updated from 0 begins with the rows that have no updated_index. */
  page(index: ForwardIndex, start: number, limit: number, filter: Filter = {}): OwnPayment[] {
    return this.#from(index, start)
      .filter(({ status }) => filter.status === undefined || status === filter.status)
      .filter(({ paymentHash }) => filter.hash === undefined || paymentHash === filter.hash)
      .filter(({ bolt11 }) => filter.bolt11 === undefined || bolt11 === filter.bolt11)
      .slice(0, limit);
  }

  #from(index: ForwardIndex, start: number): OwnPayment[] {
    const skipped = Math.max(0, start - 1);
    if (index === 'created') return this.#rows.slice(skipped);
    const pending = start === 0 ? this.#rows.filter((row) => row.updatedIndex === undefined) : [];
    return [...pending, ...this.#ended.slice(skipped).map((created) => this.at(created))];
  }
}
