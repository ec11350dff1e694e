import type { ChannelId, Msat, NodeId, Ppm, Scid } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChannelMove, PaymentRecords, SendPay, Wallet } from '../ports/payments.ts';
import { askOnce } from './ask-once.ts';
import { askIdentity } from './calls/getinfo.ts';
import { askCommands } from './calls/help.ts';
import { askChannelMoves, LIST_CHANNEL_MOVES } from './calls/listchannelmoves.ts';
import { askChannelsFrom } from './calls/listchannels.ts';
import { askWallet } from './calls/listfunds.ts';
import { askPendingSendPays, askSendPays } from './calls/listsendpays.ts';
import { NetworkPrice } from './network-price.ts';
import type { NodeCaller } from './rpc-client.ts';

/** What lightningd recorded about our own payments, and what gossip says others ask. It only reads. */
export class ClnPayments implements PaymentRecords {
  readonly #node: NodeCaller;
  readonly #channelOf: (scid: Scid) => ChannelId | undefined;
  readonly #price: NetworkPrice;
  readonly #self: () => Promise<NodeId>;
  readonly #hasMoves: () => Promise<boolean>;

  /** `channelOf` says which of our channels has that name now. */
  constructor(
    node: NodeCaller,
    channelOf: (scid: Scid) => ChannelId | undefined,
    clock: Pick<Clock, 'elapsed'>,
  ) {
    this.#node = node;
    this.#channelOf = channelOf;
    this.#price = new NetworkPrice(node, clock);
    this.#self = askOnce(async () => (await askIdentity(node)).id);
    // lightningd restarts us with itself, so its commands stay what they are.
    this.#hasMoves = askOnce(async () => (await askCommands(node)).has(LIST_CHANNEL_MOVES));
  }

  hasChannelMoves(): Promise<boolean> {
    return this.#hasMoves();
  }
  channelMoves(start: number, limit: number): Promise<readonly ChannelMove[]> {
    return askChannelMoves(this.#node, start, limit);
  }
  sendPays(start: number, limit: number): Promise<readonly SendPay[]> {
    return askSendPays(this.#node, start, limit);
  }
  pendingSendPays(): Promise<readonly SendPay[]> {
    return askPendingSendPays(this.#node);
  }
  wallet(): Promise<Wallet> {
    return askWallet(this.#node);
  }

  async inboundFees(
    peerId: NodeId,
  ): Promise<ReadonlyMap<ChannelId, { readonly base: Msat; readonly ppm: Ppm }>> {
    const self = await this.#self();
    const fees = new Map<ChannelId, { readonly base: Msat; readonly ppm: Ppm }>();
    for (const row of await askChannelsFrom(this.#node, peerId)) {
      const channelId = this.#channelOf(row.scid);
      if (channelId === undefined || row.destination !== self || !row.active) continue;
      fees.set(channelId, { base: row.base, ppm: row.ppm });
    }
    return fees;
  }

  async networkMedianPpm(): Promise<number | undefined> {
    return this.#price.median(await this.#self());
  }
}
