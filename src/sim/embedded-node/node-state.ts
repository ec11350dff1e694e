/** What the stand-in knows: the market as lightningd would see it, its own forwards table and its datastore. */
import { type NodeId, type Scid, type UnixMs, unixMs } from '../../core/units.ts';
import { type ForwardEvent, type ForwardRow, ForwardsTable } from '../forwards-table.ts';
import type { Market, MarketEvent, SimChannel } from '../market/market.ts';
import type { Faults } from './faults.ts';
import { ForwardWaiters } from './forward-waiters.ts';
import { nodeIdFromSeed } from './identity.ts';
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
  readonly waiters = new ForwardWaiters();
  readonly datastore = new Map<string, { readonly hex: string; readonly generation: number }>();
  readonly #quirks = new Map<number, ChannelQuirk>();
  readonly #changes = new Map<number, StateChange[]>();
  readonly #connectedSince = new Map<NodeId, UnixMs>();
  readonly #traffic = new Map<number, Traffic>();
  readonly #known = new Map<number, SimChannel>();
  feesCollected = 0;
  height: number;

  constructor(settings: NodeSettings) {
    this.settings = settings;
    this.market = settings.market;
    this.id = nodeIdFromSeed(`node ${settings.market.seed}`);
    this.height = this.market.blockHeight();
    for (const event of this.market.history()) this.record(event);
  }

  now(): UnixMs {
    return this.market.now();
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

  /** Takes an event of the market into the tables; a forward's row comes back. */
  record(event: MarketEvent): ForwardRow | undefined {
    switch (event.kind) {
      case 'forward':
        return this.#forward(event);
      case 'connection':
        if (event.connected) this.#connectedSince.set(event.peerId, unixMs(event.at));
        else this.#connectedSince.delete(event.peerId);
        return undefined;
      case 'block':
        this.height = event.height;
        return undefined;
    }
  }

  /** A forward of the past comes without its first event: it was offered all the same. */
  #forward(event: ForwardEvent): ForwardRow {
    const before = this.forwards.rows;
    const row = this.forwards.append(event);
    const isNew = this.forwards.rows > before;
    if (isNew && (event.phase === 'settled' || event.phase === 'failed')) {
      this.#count(event, 'offered');
    }
    this.#count(event, event.phase);
    return row;
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
