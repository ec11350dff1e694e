/**
 * What lightningd would have recorded about our own payments, straight from a market. One shortening: all forwards of a
 * day are one channel move (`routed`), written when the day is over, so that a dense year stays cheap; the embedded
 * node has them all.
 */

import { utcDay } from '../core/books/period.ts';
import {
  type ChannelId,
  type Msat,
  msat,
  type NodeId,
  type Ppm,
  ppm,
  type UnixMs,
  unixMs,
} from '../core/units.ts';
import type { ChannelMove, PaymentRecords, SendPay, Wallet } from '../ports/payments.ts';
import { nodeIdFrom } from './identities.ts';
import type { CircularEvent } from './market/circular.ts';
import type { Market, MarketEvent } from './market/market.ts';
import { MEDIAN_PPM } from './market/route-costs.ts';

type ForwardEvent = Extract<MarketEvent, { readonly kind: 'forward' }>;

/** 5,000,000 sat, confirmed. */
const WALLET = msat(5_000_000_000n);

/** lightningd writes times of payments in whole seconds. */
const wholeSecond = (at: number) => unixMs(Math.floor(at / 1000) * 1000);
const amount = (value: number): Msat => msat(BigInt(value));

export class MarketPayments implements PaymentRecords {
  #market: Market;
  #self: NodeId;
  #channelIds: readonly ChannelId[];
  #moves: ChannelMove[] = [];
  #sendPays: SendPay[] = [];
  /** Row of each payment on its way. */
  #pending = new Map<string, number>();
  /** Forwards of the day that is not written yet, msat. */
  #routed: { readonly at: UnixMs; in: number; out: number } | undefined;

  constructor(market: Market) {
    this.#market = market;
    this.#self = nodeIdFrom(`us/${market.seed}`);
    this.#channelIds = market.channels().map(({ channelId }) => channelId);
  }

  /** A forward settled. */
  settled({ at, inMsat, outMsat }: Pick<ForwardEvent, 'at' | 'inMsat' | 'outMsat'>): void {
    this.#writeDays(at);
    this.#routed ??= { at: wholeSecond(at), in: 0, out: 0 };
    this.#routed.in += inMsat;
    this.#routed.out += outMsat ?? 0;
  }

  /** Takes what happened into the tables. */
  record(event: CircularEvent): void {
    if (event.phase === 'offered') {
      this.#offered(event);
      return;
    }
    const row = this.#pending.get(event.paymentHash);
    this.#pending.delete(event.paymentHash);
    const before = row === undefined ? undefined : this.#sendPays[row];
    if (row === undefined || before === undefined) throw new RangeError('it never left');
    const status = event.phase === 'settled' ? 'complete' : 'failed';
    this.#sendPays[row] = { ...before, status, completedAt: wholeSecond(event.at) };
    if (event.phase === 'settled') this.#moved(event);
  }

  #offered(event: CircularEvent): void {
    this.#pending.set(event.paymentHash, this.#sendPays.length);
    this.#sendPays.push({
      index: this.#sendPays.length + 1,
      paymentHash: event.paymentHash,
      status: 'pending',
      destination: this.#self,
      amount: amount(event.amountMsat),
      sent: amount(event.sentMsat),
      createdAt: wholeSecond(event.at),
      completedAt: undefined,
      label: undefined,
      invoice: false,
    });
  }

  /** The credit comes first: it is known before the news of it travelled back. */
  #moved(event: CircularEvent): void {
    const nothing = msat(0n);
    const credit = amount(event.receivedMsat);
    this.#push(event, { channel: event.toIndex, credit, debit: nothing, fees: nothing });
    const fees = amount(event.sentMsat - event.amountMsat);
    const debit = amount(event.sentMsat);
    this.#push(event, { channel: event.fromIndex, credit: nothing, debit, fees });
  }

  #push(
    event: CircularEvent,
    leg: Pick<ChannelMove, 'credit' | 'debit' | 'fees'> & { readonly channel: number },
  ): void {
    const { channel, ...money } = leg;
    this.#writeDays(event.at);
    this.#moves.push({
      ...money,
      index: this.#moves.length + 1,
      channelId: this.#channelIds[channel],
      at: wholeSecond(event.at),
      tag: 'invoice',
      paymentHash: event.paymentHash,
    });
  }

  /** The forwards of a day that is over by then. */
  #writeDays(by: UnixMs): void {
    const day = this.#routed;
    if (!day || utcDay(day.at) === utcDay(by)) return;
    this.#routed = undefined;
    this.#moves.push({
      index: this.#moves.length + 1,
      channelId: this.#channelIds[0],
      credit: amount(day.in),
      debit: amount(day.out),
      fees: amount(day.in - day.out),
      at: day.at,
      tag: 'routed',
      paymentHash: undefined,
    });
  }

  async hasChannelMoves(): Promise<boolean> {
    return true;
  }

  async channelMoves(start: number, limit: number): Promise<readonly ChannelMove[]> {
    this.#writeDays(this.#market.now());
    return page(this.#moves, start, limit);
  }

  async sendPays(start: number, limit: number): Promise<readonly SendPay[]> {
    return page(this.#sendPays, start, limit);
  }

  async pendingSendPays(): Promise<readonly SendPay[]> {
    return [...this.#pending.values()].flatMap((row) => this.#sendPays[row] ?? []);
  }

  async wallet(): Promise<Wallet> {
    return { confirmed: WALLET };
  }

  async inboundFees(
    peerId: NodeId,
  ): Promise<ReadonlyMap<ChannelId, { readonly base: Msat; readonly ppm: Ppm }>> {
    const channels = this.#market.channels().filter((one) => one.peerId === peerId && !one.closed);
    return new Map(
      channels.map(({ channelId, theirs }) => [
        channelId,
        { base: amount(theirs.base), ppm: ppm(theirs.ppm) },
      ]),
    );
  }

  async networkMedianPpm(): Promise<number | undefined> {
    return MEDIAN_PPM;
  }
}

const page = <Row>(rows: readonly Row[], start: number, limit: number): readonly Row[] =>
  rows.slice(Math.max(0, start - 1), Math.max(0, start - 1) + limit);
