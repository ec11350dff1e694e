import type { ChannelId, Msat, NodeId, Ppm, Scid, UnixMs } from '../core/units.ts';

/** lightningd as the cycles see it. Shapes are ours, already parsed and checked; units are in the types. */

export type HtlcDirection = 'in' | 'out';
export type Htlc = {
  readonly direction: HtlcDirection;
  readonly id: bigint;
  readonly amount: Msat;
  readonly paymentHash: string;
  /** Block height at which it times out. */
  readonly expiry: number | undefined;
};
export type ChannelPolicy = {
  readonly base: Msat;
  readonly ppm: Ppm;
  readonly htlcMin: Msat;
  readonly htlcMax: Msat;
};

/** One channel of `listpeerchannels`. A field that lightningd left out is `undefined`, never 0. */
export type PeerChannel = {
  readonly peerId: NodeId;
  readonly connected: boolean;
  /** CHANNELD_NORMAL, CHANNELD_AWAITING_SPLICE, … or a state this version does not know. */
  readonly state: string;
  readonly channelId: ChannelId;
  readonly scid: Scid | undefined;
  readonly aliasLocal: Scid | undefined;
  readonly aliasRemote: Scid | undefined;
  readonly isPrivate: boolean;
  readonly opener: 'local' | 'remote';
  readonly capacity: Msat;
  readonly toUs: Msat;
  readonly ourReserve: Msat;
  readonly theirReserve: Msat;
  readonly spendable: Msat;
  readonly receivable: Msat;
  /** What we ask now; undefined before lock-in. */
  readonly ours: ChannelPolicy | undefined;
  /** What the peer asks; undefined until its channel_update arrived. */
  readonly theirs: ChannelPolicy | undefined;
  readonly maxAcceptedHtlcs: number;
  /** The most all HTLCs of one direction may amount to; undefined: not told (CLN < 25.02). */
  readonly mostInFlight?:
    | { readonly in: Msat | undefined; readonly out: Msat | undefined }
    | undefined;
  readonly htlcs: readonly Htlc[];
  /** Ascending; the first one into CHANNELD_NORMAL dates the channel. */
  readonly stateChanges: readonly {
    readonly at: UnixMs;
    readonly from: string;
    readonly to: string;
  }[];
};

export type ClosedChannel = {
  readonly channelId: ChannelId;
  readonly peerId: NodeId | undefined;
  readonly scid: Scid | undefined;
  readonly aliasLocal: Scid | undefined;
  readonly aliasRemote: Scid | undefined;
  readonly opener: 'local' | 'remote' | undefined;
  readonly capacity: Msat;
};

export type ForwardStatus = 'offered' | 'settled' | 'failed' | 'local_failed';

/** A row of `listforwards`, or a `forward_event`: lightningd leaves out what it does not know. */
export type Forward = {
  readonly createdIndex: number | undefined;
  readonly updatedIndex: number | undefined;
  /** Any name the channel had when it happened. */
  readonly inChannel: string;
  readonly inHtlcId: bigint | undefined;
  /** The name asked for (local_failed) or used; even one that never existed. */
  readonly outChannel: string | undefined;
  readonly inMsat: Msat | undefined;
  readonly outMsat: Msat | undefined;
  readonly feeMsat: Msat | undefined;
  readonly status: ForwardStatus;
  readonly failReason: string | undefined;
  readonly paymentHash: string | undefined;
  readonly receivedAt: UnixMs;
  readonly resolvedAt: UnixMs | undefined;
};

export type ForwardIndex = 'created' | 'updated';

export type SetChannel = {
  readonly channelId: ChannelId;
  readonly base: Msat;
  readonly ppm: Ppm;
  /** Left as it is when undefined. */
  readonly htlcMax: Msat | undefined;
  /** Seconds during which lightningd still honours the old, lower fee; its default 600 when undefined. */
  readonly enforceDelay: number | undefined;
};
export type SetChannelAnswer = {
  readonly channelId: ChannelId;
  readonly base: Msat;
  readonly ppm: Ppm;
  readonly htlcMax: Msat;
};

/** Satoshi per virtual byte, from `feerates perkb`; undefined: the node has no estimate. */
export type ChainFees = { readonly satPerVbyte: number | undefined };

export type NodeIdentity = {
  readonly id: NodeId;
  readonly alias: string;
  readonly network: string;
  readonly version: string;
  readonly blockHeight: number;
};

export type PeerConnection = {
  readonly peerId: NodeId;
  readonly connected: boolean;
  /** What it can do, a bitmap as hex (BOLT 9); undefined: not told, as while it is away. */
  readonly features?: string | undefined;
};

/**
 * Every call may throw RetryLater (no answer, garbage, breaker open: an act's outcome is *unknown*) or
 * NodeRefused (lightningd said no: nothing was done).
 */
export interface LightningNode {
  /** `getinfo`: once per start; it sums the whole forwards table (facts: 58 ms at 1 M rows). */
  identity(): Promise<NodeIdentity>;
  /** A sentence while bitcoind or lightningd still catches up with the chain; undefined: it is synced. Costs a `getinfo`. */
  synced(): Promise<string | undefined>;
  peerChannels(): Promise<readonly PeerChannel[]>;
  /** Channels the last `peerChannels()` left out because they could not be read: missing is not closed then. */
  leftOut(): number;
  /** One channel only: cheap, for second looks and read-backs. undefined: it is gone. */
  peerChannel(peerId: NodeId, channelId: ChannelId): Promise<PeerChannel | undefined>;
  closedChannels(): Promise<readonly ClosedChannel[]>;
  peers(): Promise<readonly PeerConnection[]>;
  /** `listforwards index=… start=… limit=…`, ascending by that index. */
  forwards(index: ForwardIndex, start: number, limit: number): Promise<readonly Forward[]>;
  /** `wait forwards <index> nextvalue=0`: the present value of that index. */
  lastForwardIndex(index: ForwardIndex): Promise<number>;
  chainFees(): Promise<ChainFees>;
  /** Names (without path) of the running plugins. */
  plugins(): Promise<readonly string[]>;
  /** Names of every command on offer, of lightningd and of all plugins. */
  commands(): Promise<ReadonlySet<string>>;
}

/** The one place that can set a fee. Constructed only at authority `fees` and above (SPEC 1). */
export interface FeeSetter {
  setChannel(request: SetChannel): Promise<SetChannelAnswer>;
}
