/**
 * lightningd's `channel_moves` table (CLN ≥ 25.09; facts/cln-scale.md §4). Every settled forward and every settled
 * payment to ourselves leaves exactly two rows, so four bytes remember both: a million forwards take 4 MB.
 */
import type { UnixMs } from '../../core/units.ts';
import type { ForwardsTable } from '../forwards-table.ts';
import type { OwnPayment, OwnPayments } from './own-payments.ts';

/** Amounts in msat; `channel` is the market's index. */
export type ChannelMove = {
  readonly createdIndex: number;
  readonly channel: number | undefined;
  readonly credit: number;
  readonly debit: number;
  readonly fees: number;
  readonly at: UnixMs;
  readonly tag: 'routed' | 'invoice';
  readonly paymentHash: string;
  /** Both only on what we sent ourselves. */
  readonly partId: number | undefined;
  readonly groupId: bigint | undefined;
};

type Leg = Omit<ChannelMove, 'createdIndex'>;

const BLOCK_BITS = 16;
const BLOCK_PAIRS = 1 << BLOCK_BITS;

export class ChannelMoves {
  readonly #forwards: ForwardsTable;
  readonly #payments: OwnPayments;
  /** Per pair of rows: created_index of the forward, or that of the payment below zero. */
  readonly #blocks: Int32Array[] = [];
  #pairs = 0;

  constructor(forwards: ForwardsTable, payments: OwnPayments) {
    this.#forwards = forwards;
    this.#payments = payments;
  }

  /** The newest created_index; 0: nothing yet. */
  get last(): number {
    return 2 * this.#pairs;
  }

  /** A forward settled; the first of its two created_indexes. */
  routed(forward: number): number {
    return this.#push(forward);
  }

  /** A payment of ours came back; likewise. */
  circular(payment: number): number {
    return this.#push(-payment);
  }

  #push(cause: number): number {
    const pair = this.#pairs++;
    if (pair >>> BLOCK_BITS === this.#blocks.length) this.#blocks.push(new Int32Array(BLOCK_PAIRS));
    const block = this.#blocks[pair >>> BLOCK_BITS];
    if (block === undefined) throw new RangeError(`no block for move ${pair}`);
    block[pair & (BLOCK_PAIRS - 1)] = cause;
    return 2 * pair + 1;
  }

  /** Ascending by created_index, from `start` on. */
  *from(start: number): Iterable<ChannelMove> {
    for (let index = Math.max(1, start); index <= this.last; index++) yield this.#at(index);
  }

  page(start: number, limit: number): ChannelMove[] {
    const rows: ChannelMove[] = [];
    for (const move of this.from(start)) {
      if (rows.length >= limit) break;
      rows.push(move);
    }
    return rows;
  }

  #at(index: number): ChannelMove {
    const pair = (index - 1) >>> 1;
    const cause = this.#blocks[pair >>> BLOCK_BITS]?.[pair & (BLOCK_PAIRS - 1)] ?? 0;
    const [first, second] =
      cause > 0 ? this.#ofForward(cause) : ofPayment(this.#payments.at(-cause));
    return { createdIndex: index, ...(index % 2 === 1 ? first : second) };
  }

  /** What left comes first, and both carry the fee. */
  #ofForward(created: number): readonly [Leg, Leg] {
    const row = this.#forwards.at(created);
    const common = {
      fees: row.feeMsat ?? 0,
      at: row.resolvedAt ?? row.receivedAt,
      tag: 'routed' as const,
      paymentHash: row.paymentHash,
      partId: undefined,
      groupId: undefined,
    };
    return [
      { ...common, channel: row.outIndex, credit: 0, debit: row.outMsat ?? 0 },
      { ...common, channel: row.inIndex, credit: row.inMsat, debit: 0 },
    ];
  }
}

/** What came back comes first; only what left carries the fee, as it was meant when it was sent. */
function ofPayment(payment: OwnPayment): readonly [Leg, Leg] {
  const common = {
    at: payment.completedAt ?? payment.createdAt,
    tag: 'invoice' as const,
    paymentHash: payment.paymentHash,
  };
  const { fromIndex, toIndex, sent, amount, received, groupId, partId = 0 } = payment;
  const none = { partId: undefined, groupId: undefined };
  return [
    { ...common, channel: toIndex, credit: received, debit: 0, fees: 0, ...none },
    { ...common, channel: fromIndex, credit: 0, debit: sent, fees: sent - amount, partId, groupId },
  ];
}
