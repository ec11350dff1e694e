/**
 * A payment that might choose us becomes a forward or not (facts/simulation.md §3.3–3.4): payers compare what they
 * have heard of our price with their alternatives; then lightningd's own rules decide: fee, limits, liquidity, slots.
 */
import type { UnixMs } from '../../core/units.ts';
import { unixMs } from '../../core/units.ts';
import type { Connections } from './connections.ts';
import type { Family } from './families/family.ts';
import { type GossipDelay, PAYER_KINDS } from './gossip-delay.ts';
import type { InFlight, Ledger } from './ledger.ts';
import { arrives, canEnter, canLeave, holdMs, occupiedSlots } from './liquidity.ts';
import type { MarketEvent } from './market.ts';
import { feeOf, type OurPrices } from './our-prices.ts';
import { paymentHash } from './payment-hash.ts';
import type { PeerPrices } from './peer-prices.ts';
import { hashUniform } from './rng.ts';
import { SenderMemory } from './sender-memory.ts';
import type { TapeDay } from './tape-day.ts';
import type { World } from './world.ts';

type ForwardEvent = Extract<MarketEvent, { readonly kind: 'forward' }>;
export type Emit = (event: MarketEvent) => void;

export type Surroundings = {
  readonly seed: number;
  readonly world: World;
  readonly ledger: Ledger;
  readonly prices: OurPrices;
  readonly gossip: GossipDelay;
  readonly peerPrices: PeerPrices;
  readonly connections: Connections;
  readonly family: Family;
  readonly slots: number;
  /** Unseen failing HTLCs of a channel, per day. */
  readonly background: Float64Array;
};

/** What a payer thinks an extra hop through us is worth, ppm. */
const HOP_PPM = 20;
/** Payers avoid a channel announced as disabled; some have not heard yet. */
const TRIES_DISCONNECTED = 0.2;
/** Near this many free slots the unseen background is looked at. */
const SLOTS_WORTH_COUNTING = 8;
const DRAW = { memory: 32, disconnected: 33 } as const;

export class Payments {
  #around: Surroundings;
  #memory: SenderMemory;
  #sibling: Int32Array;

  constructor(around: Surroundings) {
    this.#around = around;
    const { channels } = around.world;
    this.#memory = new SenderMemory(channels.length);
    this.#sibling = Int32Array.from(channels, ({ peer }, index) =>
      channels.findIndex((other, at) => at !== index && other.peer === peer),
    );
  }

  #peer(channel: number): number {
    return this.#around.world.channels[channel]?.peer ?? 0;
  }

  /** One attempt of the tape. Returns the slot of the accepted HTLC, −1 when there is none. */
  attempt(day: TapeDay, n: number, emit: Emit): number {
    const { world, gossip, connections, ledger, prices, slots } = this.#around;
    const pair = day.pair[n] ?? 0;
    const [from, asked] = [world.pairs.from[pair] ?? 0, world.pairs.to[pair] ?? 0];
    const [at, amount, draw] = [day.at[n] ?? 0, day.amount[n] ?? 0, day.draw[n] ?? 0];
    if (!connections.isUp(this.#peer(from))) return -1;
    const heard = gossip.seen(asked, draw % PAYER_KINDS);
    if (amount < heard.htlcMin || amount > heard.htlcMax) return -1;
    const fee = feeOf(heard, amount);
    const noise = day.noise[n] === 1;
    if (!canEnter(ledger, from, amount + fee, slots)) return -1;
    if (!noise && !this.#chosen(pair, from, asked, at, amount, fee, draw)) return -1;
    const away = !connections.isUp(this.#peer(asked));
    if (away && hashUniform(draw, DRAW.disconnected) >= TRIES_DISCONNECTED) return -1;

    const refused = prices.refusal(asked, at, amount, fee);
    const to = refused === undefined && !away ? this.#outlet(asked, amount, day.hold[n] ?? 0) : -1;
    if (to < 0) {
      const { code, reason } = refused ?? NO_LIQUIDITY;
      if (!noise) this.#memory.failed(asked, at, code === 4108 ? 'fee' : 'liquidity');
      emit(this.#localFailed(day, n, from, asked, fee, code, reason));
      return -1;
    }
    const slot = ledger.offer({
      from,
      to,
      inMsat: amount + fee,
      outMsat: amount,
      receivedAt: at,
      paymentHash: paymentHash(this.#around.seed, day.batch[n] ?? 0, day.hold[n] ?? 0),
      succeeds: !noise && arrives(day.hold[n] ?? 0, pair),
    });
    emit(forwardEvent('offered', unixMs(at), ledger.get(slot)));
    return slot;
  }

  #chosen(
    pair: number,
    from: number,
    asked: number,
    at: number,
    amount: number,
    fee: number,
    draw: number,
  ): boolean {
    const { family, peerPrices } = this.#around;
    if (hashUniform(draw, DRAW.memory) >= this.#memory.willing(asked, at)) return false;
    const inFee = feeOf(peerPrices.policy(from), amount + fee);
    const cost = fee + Math.floor((amount * HOP_PPM) / 1e6);
    return cost < family.reservation(pair, at, amount, draw, inFee, cost);
  }

  /** The channel asked for, or another one to the same peer when only that has room (non-strict forwarding); −1: none. */
  #outlet(asked: number, amount: number, draw: number): number {
    const { ledger } = this.#around;
    if (canLeave(ledger, asked, amount, this.#freeSlots(asked, draw))) return asked;
    const sibling = this.#sibling[asked] ?? -1;
    if (sibling < 0) return -1;
    return canLeave(ledger, sibling, amount, this.#freeSlots(sibling, draw)) ? sibling : -1;
  }

  #freeSlots(channel: number, draw: number): number {
    const { ledger, slots, background } = this.#around;
    if (slots - ledger.slotsOut(channel) > SLOTS_WORTH_COUNTING) return slots;
    return slots - occupiedSlots(draw, background[channel] ?? 0);
  }

  /** When an accepted HTLC comes to its end, unix ms. */
  dueAt(slot: number, at: number, draw: number): number {
    return at + holdMs(draw, this.#around.ledger.get(slot).succeeds);
  }

  /** Ends an HTLC; undefined when done, else the moment to try again because a peer is away. */
  resolve(slot: number, at: number, emit: Emit): number | undefined {
    const { ledger, connections } = this.#around;
    const { from, to } = ledger.get(slot);
    for (const peer of [this.#peer(from), this.#peer(to)])
      if (!connections.isUp(peer)) return Math.max(at, connections.nextFlip(peer)) + 1000;
    const htlc = ledger.get(slot).succeeds ? ledger.settle(slot) : ledger.fail(slot);
    emit(forwardEvent(htlc.succeeds ? 'settled' : 'failed', unixMs(at), htlc));
    return undefined;
  }

  #localFailed(
    day: TapeDay,
    n: number,
    from: number,
    asked: number,
    fee: number,
    failCode: number,
    failReason: string,
  ): ForwardEvent {
    const at = unixMs(day.at[n] ?? 0);
    const amount = day.amount[n] ?? 0;
    return {
      kind: 'forward',
      phase: 'local_failed',
      at,
      receivedAt: at,
      inIndex: from,
      inHtlcId: this.#around.ledger.refuse(from),
      outIndex: asked,
      outHtlcId: undefined,
      inMsat: amount + fee,
      outMsat: amount,
      failReason,
      failCode,
      paymentHash: paymentHash(this.#around.seed, day.batch[n] ?? 0, day.hold[n] ?? 0),
    };
  }
}

const NO_LIQUIDITY = { code: 4103, reason: 'WIRE_TEMPORARY_CHANNEL_FAILURE' } as const;

function forwardEvent(
  phase: 'offered' | 'settled' | 'failed',
  at: UnixMs,
  htlc: InFlight,
): ForwardEvent {
  return {
    kind: 'forward',
    phase,
    at,
    receivedAt: unixMs(htlc.receivedAt),
    inIndex: htlc.from,
    inHtlcId: htlc.inId,
    outIndex: htlc.to,
    outHtlcId: htlc.outId,
    inMsat: htlc.inMsat,
    outMsat: htlc.outMsat,
    failReason: undefined,
    failCode: undefined,
    paymentHash: htlc.paymentHash,
  };
}
