/** What a node recorded of its own payments; it can fall silent, and a payment may end later or in parts. */
import {
  type ChannelId,
  fromSat,
  type Msat,
  msat,
  type NodeId,
  type UnixMs,
} from '../../src/core/units.ts';
import { RetryLater } from '../../src/ports/errors.ts';
import type { ChannelMove, PaymentRecords, SendPay, Wallet } from '../../src/ports/payments.ts';
import { nodeId } from './peer-channel.ts';

export type PaymentAsked = {
  readonly out: ChannelId;
  readonly in: ChannelId;
  readonly amount: Msat;
  readonly fee: Msat;
  readonly at: UnixMs;
  /** What is missing on arrival, msat. */
  readonly short?: Msat;
  readonly label?: string;
};

export class RecordedPayments implements PaymentRecords {
  readonly own: NodeId = nodeId(999);
  moves: readonly ChannelMove[] = [];
  sends: readonly SendPay[] = [];
  hasMoves = true;
  /** Calls that get no answer. */
  readonly silent = new Set<keyof PaymentRecords>();
  confirmed = fromSat(10_000_000);
  readonly asked: string[] = [];

  /** Starts a payment; its end is told by `settle`, `fail` or `record`. */
  begin({ amount, fee, at, label }: PaymentAsked): string {
    const index = this.sends.length + 1;
    const paymentHash = index.toString(16).padStart(64, '0');
    const row: SendPay = {
      index,
      paymentHash,
      status: 'pending',
      destination: this.own,
      amount,
      sent: msat(amount + fee),
      createdAt: at,
      completedAt: undefined,
      label,
      invoice: false,
    };
    this.sends = [...this.sends, row];
    return paymentHash;
  }
  end(paymentHash: string, status: 'complete' | 'failed'): void {
    this.sends = this.sends.map((row) =>
      row.paymentHash === paymentHash ? { ...row, status } : row,
    );
  }
  /** The credit comes first, as lightningd writes it. */
  record(paymentHash: string, { out, in: into, amount, fee, at, short }: PaymentAsked): void {
    const move = (change: Partial<ChannelMove>): ChannelMove => ({
      index: this.moves.length + 1,
      channelId: into,
      credit: msat(0n),
      debit: msat(0n),
      fees: msat(0n),
      at,
      tag: 'invoice',
      paymentHash,
      ...change,
    });
    this.moves = [...this.moves, move({ credit: msat(amount - (short ?? 0n)) })];
    this.moves = [...this.moves, move({ channelId: out, debit: msat(amount + fee), fees: fee })];
  }
  /** Sent, arrived and recorded at once. */
  pay(asked: PaymentAsked): string {
    const hash = this.begin(asked);
    this.end(hash, 'complete');
    this.record(hash, asked);
    return hash;
  }

  async hasChannelMoves(): Promise<boolean> {
    this.#hear('hasChannelMoves');
    return this.hasMoves;
  }
  async channelMoves(start: number, limit: number): Promise<readonly ChannelMove[]> {
    this.#hear('channelMoves');
    return this.moves.filter(({ index }) => index >= start).slice(0, limit);
  }
  async sendPays(start: number, limit: number): Promise<readonly SendPay[]> {
    this.#hear('sendPays');
    return this.sends.filter(({ index }) => index >= start).slice(0, limit);
  }
  async pendingSendPays(): Promise<readonly SendPay[]> {
    this.#hear('pendingSendPays');
    return this.sends.filter(({ status }) => status === 'pending');
  }
  async wallet(): Promise<Wallet> {
    this.#hear('wallet');
    return { confirmed: this.confirmed };
  }
  async inboundFees(): Promise<Awaited<ReturnType<PaymentRecords['inboundFees']>>> {
    return new Map();
  }
  async networkMedianPpm(): Promise<number | undefined> {
    return undefined;
  }

  #hear(name: keyof PaymentRecords): void {
    this.asked.push(name);
    if (this.silent.has(name)) throw new RetryLater(`${name}: no answer`);
  }
}
