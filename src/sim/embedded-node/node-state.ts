/** What the stand-in knows: the market as lightningd would see it, its own forwards table and its datastore. */
import { type ChannelId, type NodeId, type Scid, type UnixMs, unixMs } from '../../core/units.ts';
import type { ChainLife } from '../chain/chain-life.ts';
import { chainOf } from '../chain/opened-channels.ts';
import { type ForwardEvent, type ForwardRow, ForwardsTable } from '../forwards-table.ts';
import type { CircularEvent } from '../market/circular.ts';
import type { Market, MarketEvent, SimChannel } from '../market/market.ts';
import { ChannelMoves } from './channel-moves.ts';
import type { Faults } from './faults.ts';
import { HtlcExpiries } from './htlc-expiry.ts';
import { fundingTxid, nodeIdFromSeed } from './identity.ts';
import { IndexWaiters } from './index-waiters.ts';
import { type ForeignPayment, type OwnPayment, OwnPayments } from './own-payments.ts';
import type { ChannelQuirk, ChannelState } from './quirks.ts';

export type Network = 'regtest' | 'bitcoin';

export type StateChange = {
  readonly at: UnixMs;
  readonly from: ChannelState;
  readonly to: ChannelState;
};

/** A market channel in the state lightningd would give it. */
export type NodeChannel = SimChannel & {
  readonly state: ChannelState;
  readonly quirk: ChannelQuirk;
};

/** listpeerchannels' counters of one channel; msat. */
export type Traffic = {
  inOffered: number;
  inOfferedMsat: number;
  inFulfilled: number;
  inFulfilledMsat: number;
  outOffered: number;
  outOfferedMsat: number;
  outFulfilled: number;
  outFulfilledMsat: number;
};

const noTraffic = (): Traffic => ({
  inOffered: 0,
  inOfferedMsat: 0,
  inFulfilled: 0,
  inFulfilledMsat: 0,
  outOffered: 0,
  outOfferedMsat: 0,
  outFulfilled: 0,
  outFulfilledMsat: 0,
});

export type NodeSettings = {
  readonly market: Market;
  readonly network: Network;
  readonly version: string;
  readonly alias: string;
  readonly deprecatedApis: boolean;
  /** The network directory, as getinfo and init name it. */
  readonly directory: string;
  readonly faults: Faults;
};

/** The rows an event of the market made or changed. */
export type Recorded = {
  readonly forward?: ForwardRow;
  readonly payment?: OwnPayment;
  /** created_index of the first of two new channel moves. */
  readonly firstMove?: number;
};

/** lightningd keeps channel moves since 25.09. */
const MOVES_SINCE = { year: 25, month: 9 };

const sinceMoves = (version: string): boolean => {
  const [, year, month] = /^v?(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (year === undefined || month === undefined) return true;
  return year > MOVES_SINCE.year || (year === MOVES_SINCE.year && month >= MOVES_SINCE.month);
};

/** A channel that was asked for and does not exist. */
const NO_CHANNEL = '9x9x9';

/** What gossip calls a node. */
export const aliasOf = (node: NodeState, id: string): string =>
  id === node.id ? node.settings.alias : `peer-${id.slice(2, 10)}`;

export class NodeState {
  readonly settings: NodeSettings;
  readonly market: Market;
  readonly id: NodeId;
  readonly forwards = new ForwardsTable();
  readonly payments = new OwnPayments();
  readonly moves = new ChannelMoves(this.forwards, this.payments);
  readonly expiries = new HtlcExpiries();
  readonly waiters = new IndexWaiters();
  /** `listchannelmoves`, `listchainmoves` and what belongs to them exist in this version. */
  readonly keepsChannelMoves: boolean;
  readonly datastore = new Map<string, { readonly hex: string; readonly generation: number }>();
  readonly #quirks = new Map<number, ChannelQuirk>();
  readonly #changes = new Map<number, StateChange[]>();
  readonly #connectedSince = new Map<NodeId, UnixMs>();
  readonly #traffic = new Map<number, Traffic>();
  readonly #known = new Map<number, SimChannel>();
  feesCollected = 0;
  /** What happened on the chain; a test makes more happen by `NodeTime.onChain`. */
  readonly chain: ChainLife;
  height: number;

  constructor(settings: NodeSettings) {
    this.settings = settings;
    this.market = settings.market;
    this.keepsChannelMoves = sinceMoves(settings.version);
    this.id = nodeIdFromSeed(`node ${settings.market.seed}`);
    this.height = this.market.blockHeight();
    this.chain = chainOf(this.market);
    for (const event of this.market.history()) this.record(event);
  }

  now(): UnixMs {
    return this.market.now();
  }

  /** Confirmed and unreserved, msat. */
  get wallet(): number {
    return Number(this.chain.coins.total);
  }
  /** A stranger pays in what is missing, or gets what is too much; nobody is told. */
  set wallet(amount: number) {
    const change = BigInt(amount) - this.chain.coins.total;
    if (change > 0n) this.chain.deposit(change);
    if (change < 0n) this.chain.withdraw(-change, 0n);
  }

  /** The output a channel stands on. */
  funding(channelId: ChannelId): { readonly txid: string; readonly vout: number } {
    return this.chain.funding(channelId) ?? { txid: fundingTxid(channelId), vout: 0 };
  }

  /** Every channel that lightningd still lists: closed ones only while a quirk keeps them on their way out. */
  channels(): NodeChannel[] {
    return this.market
      .channels()
      .filter((channel) => !channel.closed || this.#quirks.get(channel.index)?.state !== undefined)
      .map((channel) => this.#dressed(channel));
  }

  closedChannels(): NodeChannel[] {
    return this.market
      .channels()
      .filter((channel) => channel.closed && this.#quirks.get(channel.index)?.state === undefined)
      .map((channel) => this.#dressed(channel));
  }

  /** The channel of that index as it was when first seen: for its names, which never change. */
  named(index: number): SimChannel | undefined {
    if (!this.#known.has(index)) {
      for (const channel of this.market.channels()) this.#known.set(channel.index, channel);
    }
    return this.#known.get(index);
  }

  /** The name a forward has for a channel; for one that never existed, what was asked for. */
  scidOf(index: number | undefined): Scid | string {
    return (index === undefined ? undefined : this.named(index)?.scid) ?? NO_CHANNEL;
  }

  traffic(index: number): Traffic {
    const known = this.#traffic.get(index);
    if (known !== undefined) return known;
    const fresh = noTraffic();
    this.#traffic.set(index, fresh);
    return fresh;
  }

  stateChanges(channel: SimChannel): readonly StateChange[] {
    const opened: StateChange = {
      at: channel.openedAt,
      from: 'CHANNELD_AWAITING_LOCKIN',
      to: 'CHANNELD_NORMAL',
    };
    return [opened, ...(this.#changes.get(channel.index) ?? [])];
  }

  /** Since when the peer is connected; undefined: since before we looked. */
  connectedSince(peer: NodeId): UnixMs | undefined {
    return this.#connectedSince.get(peer);
  }

  /** Changes how a channel looks; returns the state it leaves when that changes. */
  setQuirk(index: number, quirk: ChannelQuirk): StateChange | undefined {
    const before = this.#quirks.get(index)?.state ?? 'CHANNELD_NORMAL';
    const after = quirk.state ?? 'CHANNELD_NORMAL';
    this.#quirks.set(index, quirk);
    if (before === after) return undefined;
    const change = { at: this.now(), from: before, to: after };
    if (before !== 'CHANNELD_AWAITING_LOCKIN') {
      this.#changes.set(index, [...(this.#changes.get(index) ?? []), change]);
    }
    return change;
  }

  /** A payment to ourselves that nobody in the market made: only in the records, no money moves. */
  recordForeign(foreign: ForeignPayment): Recorded {
    const payment = this.payments.foreign(foreign, this.now());
    if (foreign.way === undefined) return { payment };
    return { payment, firstMove: this.moves.circular(payment.createdIndex) };
  }

  /** Takes an event of the market into the tables; what it made comes back. */
  record(event: MarketEvent): Recorded {
    switch (event.kind) {
      case 'forward':
        return this.#forward(event);
      case 'connection':
        if (event.connected) this.#connectedSince.set(event.peerId, unixMs(event.at));
        else this.#connectedSince.delete(event.peerId);
        return {};
      case 'block':
        this.height = event.height;
        return {};
      case 'circular':
        return this.#circular(event);
    }
  }

  /** A forward of the past comes without its first event: it was offered all the same. */
  #forward(event: ForwardEvent): Recorded {
    this.#noteHtlc(event);
    const before = this.forwards.rows;
    const row = this.forwards.append(event);
    const isNew = this.forwards.rows > before;
    if (isNew && (event.phase === 'settled' || event.phase === 'failed')) {
      this.#count(event, 'offered');
    }
    this.#count(event, event.phase);
    if (event.phase !== 'settled') return { forward: row };
    return { forward: row, firstMove: this.moves.routed(row.createdIndex) };
  }

  /** Our own payment leaves and comes back; it is no forward. */
  #circular(event: CircularEvent): Recorded {
    this.#noteHtlc(event);
    const payment = this.payments.append(event);
    const [out, into] = [this.traffic(event.fromIndex), this.traffic(event.toIndex)];
    if (event.phase === 'offered') {
      out.outOffered++;
      out.outOfferedMsat += event.sentMsat;
    }
    if (event.phase !== 'settled') return { payment };
    out.outFulfilled++;
    out.outFulfilledMsat += event.sentMsat;
    into.inOffered++;
    into.inOfferedMsat += event.receivedMsat;
    into.inFulfilled++;
    into.inFulfilledMsat += event.receivedMsat;
    return { payment, firstMove: this.moves.circular(payment.createdIndex) };
  }

  #noteHtlc({ phase, paymentHash }: ForwardEvent | CircularEvent): void {
    if (phase === 'offered') this.expiries.offered(paymentHash, this.height);
    else this.expiries.ended(paymentHash);
  }

  #count(event: ForwardEvent, phase: ForwardEvent['phase']): void {
    const { inMsat, outMsat } = event;
    const into = this.traffic(event.inIndex);
    if (phase === 'offered' || phase === 'local_failed') {
      into.inOffered++;
      into.inOfferedMsat += inMsat;
    }
    if (event.outIndex === undefined || phase === 'local_failed') return;
    const out = this.traffic(event.outIndex);
    if (phase === 'offered') {
      out.outOffered++;
      out.outOfferedMsat += outMsat;
    }
    if (phase !== 'settled') return;
    this.feesCollected += inMsat - outMsat;
    into.inFulfilled++;
    into.inFulfilledMsat += inMsat;
    out.outFulfilled++;
    out.outFulfilledMsat += outMsat;
  }

  #dressed(channel: SimChannel): NodeChannel {
    const quirk = this.#quirks.get(channel.index) ?? {};
    return { ...channel, state: quirk.state ?? 'CHANNELD_NORMAL', quirk };
  }
}
