/**
 * A world around one routing node: channels with balances, payments that choose us or not, peers that come and go,
 * and the price of block space. The simulated market and the replay of a real history are both this, so the
 * embedded node, the in-process simulation and later the rivals and the oracle stand on one thing
 * (facts/simulation.md §3.1–3.4). Money is msat in Numbers here (exact to 2^53); the ports turn it into Msat.
 */
import type { ChannelId, NodeId, Scid, UnixMs } from '../../core/units.ts';
import type { CircularAnswer, CircularAttempt, CircularEvent } from './circular.ts';

export type SimPolicy = {
  readonly base: number;
  readonly ppm: number;
  readonly htlcMin: number;
  readonly htlcMax: number;
};

export type SimHtlc = {
  readonly direction: 'in' | 'out';
  readonly id: number;
  readonly amount: number;
  readonly paymentHash: string;
};

/** A channel as lightningd would know it; msat. A fresh object on each call of `channels()`. */
export type SimChannel = {
  readonly index: number;
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
  readonly scid: Scid;
  readonly aliasLocal: Scid;
  readonly aliasRemote: Scid;
  readonly isPrivate: boolean;
  readonly opener: 'local' | 'remote';
  readonly openedAt: UnixMs;
  readonly closed: boolean;
  readonly connected: boolean;
  readonly capacity: number;
  /** Unchanged while an HTLC is in flight, as in lightningd. */
  readonly toUs: number;
  readonly ourReserve: number;
  readonly theirReserve: number;
  readonly spendable: number;
  readonly receivable: number;
  readonly ours: SimPolicy;
  readonly theirs: SimPolicy;
  readonly maxAcceptedHtlcs: number;
  readonly htlcs: readonly SimHtlc[];
};

/** What happens, in order of time. `phase` offered comes before settled or failed of the same in HTLC. */
export type MarketEvent =
  | {
      readonly kind: 'forward';
      readonly phase: 'offered' | 'settled' | 'failed' | 'local_failed';
      readonly at: UnixMs;
      readonly receivedAt: UnixMs;
      readonly inIndex: number;
      readonly inHtlcId: number;
      /** undefined: a channel that does not exist was asked for. */
      readonly outIndex: number | undefined;
      readonly outHtlcId: number | undefined;
      readonly inMsat: number;
      readonly outMsat: number;
      readonly failReason: string | undefined;
      readonly failCode: number | undefined;
      readonly paymentHash: string;
    }
  | {
      readonly kind: 'connection';
      readonly at: UnixMs;
      readonly peerId: NodeId;
      readonly connected: boolean;
    }
  | { readonly kind: 'block'; readonly at: UnixMs; readonly height: number }
  | CircularEvent;

export interface Market {
  readonly seed: number;
  now(): UnixMs;
  channels(): readonly SimChannel[];
  /** Runs everything up to and including `until`, handing over each event in order. */
  advance(until: UnixMs, emit: (event: MarketEvent) => void): void;
  /** What `setchannel` does; the old, lower price is still honoured for `enforceDelay` seconds. */
  setPolicy(index: number, policy: Partial<SimPolicy>, enforceDelay: number): SimPolicy;
  /**
   * Tries one circular payment now; undefined in a world that knows no way round (a replay). `offered` is told at
   * once, its end by a later `advance` or by `endCircular`.
   */
  circular?(attempt: CircularAttempt, emit: (event: MarketEvent) => void): CircularAnswer;
  /** What gossip says it costs now, ppm, whatever the attempt allows; only to try the cheapest way first. */
  circularPpm?(from: number, to: number, amount: number): number;
  /** Ends what is on its way now instead of later (a backend that is stopped waits for it; nothing here may wait). */
  endCircular?(paymentHash: string, emit: (event: MarketEvent) => void): void;
  /** The node's estimate, satoshi per virtual byte. */
  satPerVbyte(): number;
  blockHeight(): number;
  /** Forwards settled before the start, that the node would already have in its table; ascending. */
  history(): Iterable<Extract<MarketEvent, { kind: 'forward' }>>;
  /** Throws when money was made or lost: sum of both sides and fees in flight must be conserved. */
  audit(): void;
}
