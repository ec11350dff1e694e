/**
 * lightningd's answers straight from a market, in process and without JSON: for simulations that run the real
 * cycles fast. It shows what lightningd shows and hides what it hides; the embedded node says the same over a socket.
 */
import type { ChannelId, NodeId, UnixMs } from '../core/units.ts';
import { msat, ppm } from '../core/units.ts';
import { NodeRefused } from '../ports/errors.ts';
import type {
  ChainFees,
  ChannelPolicy,
  ClosedChannel,
  FeeSetter,
  Forward,
  ForwardIndex,
  LightningNode,
  NodeIdentity,
  PeerChannel,
  PeerConnection,
  SetChannel,
  SetChannelAnswer,
} from '../ports/node.ts';
import { type ForwardRow, ForwardsTable } from './forwards-table.ts';
import { nodeIdFrom, sure } from './identities.ts';
import type { Market, MarketEvent, SimChannel, SimPolicy } from './market/market.ts';
import { MarketChain } from './market-chain.ts';
import { MarketPayments } from './market-payments.ts';
import { MarketRebalancer } from './market-rebalancer.ts';
import { SlingMachine } from './sling/sling-machine.ts';
import type { SlingMode } from './sling/sling-order.ts';

/** What a subscribed plugin is told while the market advances; awaited by nobody. */
export type NodeListener = {
  /** `forward_event`: created_index only on the first event of a row, updated_index only on its end. */
  readonly forward?: (forward: Forward) => void;
  readonly connection?: (connection: PeerConnection, at: UnixMs) => void;
  readonly block?: (height: number, at: UnixMs) => void;
  /** A payment of our own ended, well or not: `sendpay_success`, `sendpay_failure`. */
  readonly payment?: () => void;
};

/** lightningd's code for a malformed or unknown parameter. */
const INVALID_PARAMS = -32602;
/** lightningd's code for a command that failed. */
const COMMAND_FAILED = -1;
const DEFAULT_ENFORCE_DELAY_S = 600;

export class MarketNode implements LightningNode, FeeSetter {
  readonly payments: MarketPayments;
  readonly chainRecords: MarketChain;
  readonly rebalancer: MarketRebalancer;
  /** The same sling from behind: for jobs of the operator and for its death. */
  readonly sling: SlingMachine;
  #market: Market;
  #table = new ForwardsTable();
  #names: readonly string[];
  #indexes: ReadonlyMap<string, number>;
  #listener: NodeListener = {};
  #settings = 0;

  /** `mode`: how sling behaves at that moment; healthy unless told. */
  constructor(market: Market, mode?: () => SlingMode) {
    this.#market = market;
    const channels = market.channels();
    this.payments = new MarketPayments(market);
    this.chainRecords = new MarketChain(market);
    this.sling = new SlingMachine(market, mode);
    this.rebalancer = new MarketRebalancer(this.sling, channels, (event) => this.#happened(event));
    this.#names = channels.map(nameOf);
    this.#indexes = new Map(channels.map(({ channelId, index }) => [channelId, index]));
    for (const event of market.history()) this.#table.append(event);
  }

  /** One listener, as one plugin; a later one replaces it. */
  subscribe(listener: NodeListener): void {
    this.#listener = listener;
  }

  /** setchannel calls that were carried out. */
  get settings(): number {
    return this.#settings;
  }

  now(): UnixMs {
    return this.#market.now();
  }

  /** Lets the world run up to and including `until`. */
  advance(until: UnixMs): void {
    this.sling.advance(until, (event) => this.#happened(event));
  }

  #happened(event: MarketEvent): void {
    switch (event.kind) {
      case 'forward': {
        const row = this.#table.append(event);
        if (event.phase === 'settled') this.payments.settled(event);
        this.#listener.forward?.(this.#notified(row, event.phase));
        return;
      }
      case 'connection': {
        const { peerId, connected, at } = event;
        this.#listener.connection?.({ peerId, connected }, at);
        return;
      }
      case 'block':
        this.#listener.block?.(event.height, event.at);
        return;
      case 'circular':
        this.payments.record(event);
        if (event.phase !== 'offered') this.#listener.payment?.();
    }
  }

  #notified(row: ForwardRow, phase: Forward['status']): Forward {
    const first = phase === 'offered' || phase === 'local_failed';
    return {
      ...this.#forward(row),
      createdIndex: first ? row.createdIndex : undefined,
      paymentHash: row.paymentHash,
    };
  }

  /** listforwards does not show the payment hash. */
  #forward(row: ForwardRow): Forward {
    const amount = (value: number | undefined) =>
      value === undefined ? undefined : msat(BigInt(value));
    return {
      createdIndex: row.createdIndex,
      updatedIndex: row.updatedIndex,
      inChannel: sure(this.#names[row.inIndex], 'in channel'),
      inHtlcId: BigInt(row.inHtlcId),
      outChannel: row.outIndex === undefined ? undefined : this.#names[row.outIndex],
      inMsat: amount(row.inMsat),
      outMsat: amount(row.outMsat),
      feeMsat: amount(row.feeMsat),
      status: row.status,
      failReason: row.failReason,
      paymentHash: undefined,
      receivedAt: row.receivedAt,
      resolvedAt: row.resolvedAt,
    };
  }

  async identity(): Promise<NodeIdentity> {
    return {
      id: nodeIdFrom(`us/${this.#market.seed}`),
      alias: 'simulated',
      network: 'regtest',
      version: 'v26.06.6',
      blockHeight: this.#market.blockHeight(),
    };
  }

  /** Always: the chain of a market has no lag. */
  async synced(): Promise<undefined> {
    return undefined;
  }

  async peerChannels(): Promise<readonly PeerChannel[]> {
    return this.#market
      .channels()
      .filter(({ closed }) => !closed)
      .map(peerChannelOf);
  }

  /** Always 0: every channel of a market can be read. */
  leftOut(): number {
    return 0;
  }

  async peerChannel(peerId: NodeId, channelId: ChannelId): Promise<PeerChannel | undefined> {
    const all = await this.peerChannels();
    return all.find((channel) => channel.peerId === peerId && channel.channelId === channelId);
  }

  async closedChannels(): Promise<readonly ClosedChannel[]> {
    return this.#market
      .channels()
      .filter(({ closed }) => closed)
      .map((channel) => ({
        channelId: channel.channelId,
        peerId: channel.peerId,
        scid: channel.scid,
        aliasLocal: channel.aliasLocal,
        aliasRemote: channel.aliasRemote,
        opener: channel.opener,
        capacity: msat(BigInt(channel.capacity)),
      }));
  }

  async peers(): Promise<readonly PeerConnection[]> {
    const open = this.#market.channels().filter(({ closed }) => !closed);
    const byPeer = new Map(open.map(({ peerId, connected }) => [peerId, connected]));
    return [...byPeer].map(([peerId, connected]) => ({ peerId, connected }));
  }

  async forwards(index: ForwardIndex, start: number, limit: number): Promise<readonly Forward[]> {
    return this.#table.page(index, start, limit).map((row) => this.#forward(row));
  }

  async lastForwardIndex(index: ForwardIndex): Promise<number> {
    return this.#table.lastIndex(index);
  }

  async chainFees(): Promise<ChainFees> {
    return { satPerVbyte: this.#market.satPerVbyte() };
  }

  /** sling, where there is a way round. */
  async plugins(): Promise<readonly string[]> {
    return this.#market.circular === undefined || this.sling.gone ? [] : ['sling'];
  }
  async commands(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  async setChannel(request: SetChannel): Promise<SetChannelAnswer> {
    const { channelId, base, htlcMax } = request;
    const index = this.#indexes.get(channelId);
    const channel = index === undefined ? undefined : this.#market.channels()[index];
    if (index === undefined || channel === undefined || channel.closed)
      throw new NodeRefused(`Could not find any channel with ${channelId}`, INVALID_PARAMS);
    if (htlcMax !== undefined && htlcMax < BigInt(channel.ours.htlcMin))
      throw new NodeRefused('htlcmax cannot be less than htlcmin', COMMAND_FAILED);
    const change = {
      base: Number(base),
      ppm: request.ppm,
      ...(htlcMax === undefined ? {} : { htlcMax: Number(htlcMax) }),
    };
    const delay = request.enforceDelay ?? DEFAULT_ENFORCE_DELAY_S;
    const now = policyOf(this.#market.setPolicy(index, change, delay));
    this.#settings++;
    return { channelId, base: now.base, ppm: now.ppm, htlcMax: now.htlcMax };
  }
}

/** The name lightningd writes into forwards: the alias of a private channel, else the scid. */
const nameOf = (channel: SimChannel): string =>
  channel.isPrivate ? channel.aliasLocal : channel.scid;

const policyOf = (policy: SimPolicy): ChannelPolicy => ({
  base: msat(BigInt(policy.base)),
  ppm: ppm(policy.ppm),
  htlcMin: msat(BigInt(policy.htlcMin)),
  htlcMax: msat(BigInt(policy.htlcMax)),
});

function peerChannelOf(channel: SimChannel): PeerChannel {
  const amount = (value: number) => msat(BigInt(value));
  return {
    peerId: channel.peerId,
    connected: channel.connected,
    state: 'CHANNELD_NORMAL',
    channelId: channel.channelId,
    scid: channel.scid,
    aliasLocal: channel.aliasLocal,
    aliasRemote: channel.aliasRemote,
    isPrivate: channel.isPrivate,
    opener: channel.opener,
    capacity: amount(channel.capacity),
    toUs: amount(channel.toUs),
    ourReserve: amount(channel.ourReserve),
    theirReserve: amount(channel.theirReserve),
    spendable: amount(channel.spendable),
    receivable: amount(channel.receivable),
    ours: policyOf(channel.ours),
    theirs: policyOf(channel.theirs),
    maxAcceptedHtlcs: channel.maxAcceptedHtlcs,
    htlcs: channel.htlcs.map(({ direction, id, amount: value, paymentHash }) => ({
      direction,
      id: BigInt(id),
      amount: amount(value),
      paymentHash,
      // The market resolves its HTLCs long before any would time out.
      expiry: undefined,
    })),
    stateChanges: [
      { at: channel.openedAt, from: 'CHANNELD_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' },
    ],
  };
}
