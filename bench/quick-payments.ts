/** A node that answers at once what it recorded of our payments, and what others ask for coming in. */
import { fromSat, msat, type NodeId, type Ppm, ppm } from '../src/core/units.ts';
import type { ChannelMove, PaymentRecords, SendPay, Wallet } from '../src/ports/payments.ts';
import { channelOf } from './synthetic-forwards.ts';

const CONFIRMED_SAT = 100_000_000;
const MEDIAN_PPM = 40;
type InboundFees = Awaited<ReturnType<PaymentRecords['inboundFees']>>;

export class QuickPayments implements PaymentRecords {
  readonly #inbound = new Map<NodeId, Map<PeerChannelId, { base: typeof FREE; ppm: Ppm }>>();

  constructor(channels: number) {
    for (let index = 0; index < channels; index += 1) {
      const { peerId, channelId } = channelOf(index);
      const fees = this.#inbound.get(peerId) ?? new Map();
      fees.set(channelId, { base: FREE, ppm: ppm(index % 60) });
      this.#inbound.set(peerId, fees);
    }
  }

  async hasChannelMoves(): Promise<boolean> {
    return true;
  }
  async channelMoves(): Promise<readonly ChannelMove[]> {
    return [];
  }
  async sendPays(): Promise<readonly SendPay[]> {
    return [];
  }
  async pendingSendPays(): Promise<readonly SendPay[]> {
    return [];
  }
  async wallet(): Promise<Wallet> {
    return { confirmed: fromSat(CONFIRMED_SAT) };
  }
  async inboundFees(peerId: NodeId): Promise<InboundFees> {
    return this.#inbound.get(peerId) ?? new Map();
  }
  async networkMedianPpm(): Promise<number> {
    return MEDIAN_PPM;
  }
}

const FREE = msat(0n);
type PeerChannelId = ReturnType<typeof channelOf>['channelId'];
