/**
 * What it costs to come in by a channel (SPEC 4.5): the peer's price towards us and a usual price for the rest of the
 * way. Most peers told us their price, with the channel itself; of the others gossip is asked, at most once a day and
 * peer, a few peers at a time. What is not known yet is unknown, and the operator's fallback stands for it.
 */
import {
  type ChannelId,
  DAY_MS,
  type Msat,
  type NodeId,
  type Ppm,
  type UnixMs,
} from '../core/units.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { PaymentRecords } from '../ports/payments.ts';

/** Peers asked about at one look: a call each. */
const AT_A_TIME = 20;
/** Peers remembered; the oldest answer goes first. */
const MOST_PEERS = 5000;

type Gossip = Pick<PaymentRecords, 'inboundFees' | 'networkMedianPpm'>;
type Price = { readonly base: Msat; readonly ppm: Ppm };
type Heard<T> = { readonly at: UnixMs; readonly said: T };

export class InboundPrices {
  readonly #gossip: Gossip;
  readonly #log: Logger;
  readonly #peers = new Map<NodeId, Heard<Awaited<ReturnType<Gossip['inboundFees']>>>>();
  #median: Heard<number | undefined> | undefined;

  constructor(gossip: Gossip, log: Logger) {
    this.#gossip = gossip;
    this.#log = log;
  }

  /**
   * Asks the usual price, and about those that did not tell theirs and were not asked within a day. A node that does
   * not answer leaves the rest unknown.
   */
  async ask(
    channels: readonly { readonly peerId: NodeId; readonly told: Price | undefined }[],
    now: UnixMs,
  ): Promise<void> {
    if (channels.length === 0) return;
    const silent = channels.flatMap(({ peerId, told }) => (told ? [] : peerId));
    const due = [...new Set(silent)].filter((peerId) => !isFresh(this.#peers.get(peerId), now));
    try {
      if (!isFresh(this.#median, now))
        this.#median = { at: now, said: await this.#gossip.networkMedianPpm() };
      for (const peerId of due.slice(0, AT_A_TIME)) await this.#askOne(peerId, now);
    } catch (error) {
      if (!(error instanceof RetryLater || error instanceof NodeRefused)) throw error;
      this.#log('debug', `prices of coming in stay as they were: ${error.message}`);
    }
  }

  /** A refusal is an answer too: nothing is known, and tomorrow it is asked again. */
  async #askOne(peerId: NodeId, now: UnixMs): Promise<void> {
    const said = await this.#gossip.inboundFees(peerId).catch((error: unknown) => {
      if (error instanceof NodeRefused) return new Map<ChannelId, never>();
      throw error;
    });
    this.#peers.delete(peerId);
    this.#peers.set(peerId, { at: now, said });
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > MOST_PEERS && oldest !== undefined) this.#peers.delete(oldest);
  }

  /** ppm of an HTLC of `chunk` (msat) that comes in by this channel, the whole way; undefined: not known. */
  ppm(
    peerId: NodeId,
    channelId: ChannelId,
    chunk: Msat,
    told: Price | undefined,
  ): number | undefined {
    const last = told ?? this.#peers.get(peerId)?.said.get(channelId);
    const rest = this.#median?.said;
    if (last === undefined || rest === undefined || chunk <= 0n) return undefined;
    const base = (Number(last.base) / Number(chunk)) * 1e6;
    const whole = base + last.ppm + rest;
    return Number.isFinite(whole) && whole >= 0 ? whole : undefined;
  }
}

/** After the clock was set back an answer of the future is asked again. */
const isFresh = (heard: Heard<unknown> | undefined, now: UnixMs): boolean =>
  heard !== undefined && heard.at <= now && now - heard.at < DAY_MS;
