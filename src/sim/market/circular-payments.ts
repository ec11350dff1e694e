/**
 * Our own payments around (facts/simulation.md §3.4): out by one channel, back by another, at what the last peer asks
 * towards us and what the way between the two peers costs. A try that gossip cannot serve within its limit sends
 * nothing; of the others those fail whose way has no liquidity at that price, and some by plain bad luck.
 */
import { unixMs } from '../../core/units.ts';
import { hashFrom } from '../identities.ts';
import type { CircularAnswer, CircularAttempt, CircularEvent } from './circular.ts';
import type { Connections } from './connections.ts';
import type { Ledger } from './ledger.ts';
import { feeOf } from './our-prices.ts';
import type { Emit } from './payments.ts';
import type { PeerPrices } from './peer-prices.ts';
import { hashUniform } from './rng.ts';
import { RouteCosts, type RoutePrice } from './route-costs.ts';
import type { World } from './world.ts';

export type RoundTrip = {
  readonly seed: number;
  readonly start: number;
  readonly world: World;
  readonly ledger: Ledger;
  readonly peerPrices: PeerPrices;
  readonly connections: Connections;
  readonly slots: number;
  /** To be resolved at that moment. */
  readonly schedule: (at: number, id: number) => void;
};

type Flight = {
  readonly id: number;
  readonly paymentHash: string;
  readonly from: number;
  /** The channel it comes back by. */
  readonly to: number;
  readonly startedAt: number;
  readonly amount: number;
  readonly sent: number;
  readonly received: number;
  readonly succeeds: boolean;
  readonly outHtlcId: number;
};

const SHORTEST_MS = 5_000;
const LONGEST_RATIO = 12;
/** A peer came back this long before its HTLCs end. */
const AFTER_RETURN_MS = 1_000;
const DRAW = { luck: 41, duration: 42 } as const;

const isOver = (fee: number, amount: number, maxPpm: number): boolean =>
  fee * 1e6 > amount * maxPpm;

export class CircularPayments {
  #around: RoundTrip;
  #routes: RouteCosts;
  #flights = new Map<number, Flight>();
  #tries = 0;

  constructor(around: RoundTrip) {
    this.#around = around;
    this.#routes = new RouteCosts(around.seed, around.start);
  }

  #peer(channel: number): number {
    const peer = this.#around.world.channels[channel]?.peer;
    if (peer === undefined) throw new RangeError(`no channel ${channel}`);
    return peer;
  }

  #price(at: number, from: number, to: number, amount: number): RoutePrice {
    return this.#routes.price(this.#peer(from), this.#peer(to), at, amount);
  }

  /** What it costs in all at this price of the way, msat. */
  #fee(to: number, amount: number, wayPpm: number): number {
    const last = feeOf(this.#around.peerPrices.policy(to), amount);
    return last + Math.ceil((amount * wayPpm) / 1e6);
  }

  /** By gossip, in whole ppm. */
  promisedPpm(at: number, from: number, to: number, amount: number): number {
    const fee = this.#fee(to, amount, this.#price(at, from, to, amount).promised);
    return Math.ceil((fee * 1e6) / amount);
  }

  attempt(at: number, attempt: CircularAttempt, emit: Emit): CircularAnswer {
    const { ledger, connections, peerPrices, slots } = this.#around;
    const { from, amount, maxPpm } = attempt;
    const to = attempt.arrivesOn ?? attempt.to;
    if (from === to || !(amount > 0)) throw new RangeError('not a way round');
    if (![from, to].every((channel) => connections.isUp(this.#peer(channel))))
      return { kind: 'disconnected' };
    if (ledger.slotsOut(from) >= slots || ledger.slotsIn(to) >= slots) return { kind: 'no slot' };
    const way = this.#price(at, from, attempt.to, amount);
    const promised = this.#fee(attempt.to, amount, way.promised);
    if (isOver(promised, amount, maxPpm))
      return { kind: 'too dear', ppm: Math.ceil((promised * 1e6) / amount) };
    const id = ++this.#tries;
    const real = this.#fee(attempt.to, amount, way.real);
    // The less of the limit it needs, the more other ways there are when one is full after all.
    const chance = 1 - (real * 1e6) / (amount * maxPpm);
    const succeeds = hashUniform(this.#around.seed ^ id, DRAW.luck) < chance;
    const sent = amount + (succeeds ? real : promised);
    const tooLarge = amount > peerPrices.policy(attempt.to).htlcMax;
    if (tooLarge || ledger.spendable(from) < sent || ledger.receivable(to) < amount)
      return { kind: 'no liquidity' };
    const received = amount - (attempt.arrivesShortBy ?? 0);
    return this.#send({ id, at, from, to, amount, sent, received, succeeds }, emit);
  }

  #send(
    trip: Pick<Flight, 'id' | 'from' | 'to' | 'amount' | 'sent' | 'received' | 'succeeds'> & {
      readonly at: number;
    },
    emit: Emit,
  ): CircularAnswer {
    const { seed, ledger, schedule } = this.#around;
    const { id, at, from, sent } = trip;
    const paymentHash = hashFrom(`circular/${seed}/${id}`);
    const outHtlcId = ledger.sendAround(from, sent, paymentHash);
    const flight = { ...trip, paymentHash, startedAt: at, outHtlcId };
    this.#flights.set(id, flight);
    const endsAt = at + Math.round(SHORTEST_MS * LONGEST_RATIO ** hashUniform(id, DRAW.duration));
    schedule(endsAt, id);
    emit(circularEvent(flight, 'offered', at, undefined));
    return { kind: 'offered', paymentHash, endsAt: unixMs(endsAt) };
  }

  /** Ends what was due, unless it ended before; a peer that is away makes it wait. */
  resolve(id: number, at: number, emit: Emit): void {
    const flight = this.#flights.get(id);
    if (flight === undefined) return;
    const { connections, schedule } = this.#around;
    const away = [flight.from, flight.to]
      .map((channel) => this.#peer(channel))
      .find((peer) => !connections.isUp(peer));
    if (away === undefined) this.#end(flight, at, emit);
    else schedule(Math.max(at, connections.nextFlip(away)) + AFTER_RETURN_MS, id);
  }

  /** Ends it now, as it would have ended; nothing to do when it is over. */
  endNow(paymentHash: string, at: number, emit: Emit): void {
    for (const flight of this.#flights.values())
      if (flight.paymentHash === paymentHash) this.#end(flight, at, emit);
  }

  #end(flight: Flight, at: number, emit: Emit): void {
    const { ledger, slots } = this.#around;
    const { id, from, to, paymentHash, received } = flight;
    this.#flights.delete(id);
    // Forwards may have taken the room while it was on its way.
    const room = ledger.receivable(to) >= received && ledger.slotsIn(to) < slots;
    if (!flight.succeeds || !room) {
      ledger.failAround(paymentHash);
      emit(circularEvent(flight, 'failed', at, undefined));
      return;
    }
    const inHtlcId = ledger.returnAround(paymentHash, to, received);
    this.#routes.use(this.#peer(from), this.#peer(to), at, flight.amount);
    emit(circularEvent(flight, 'settled', at, inHtlcId));
  }
}

const circularEvent = (
  flight: Flight,
  phase: CircularEvent['phase'],
  at: number,
  inHtlcId: number | undefined,
): CircularEvent => ({
  kind: 'circular',
  phase,
  at: unixMs(at),
  startedAt: unixMs(flight.startedAt),
  paymentHash: flight.paymentHash,
  fromIndex: flight.from,
  toIndex: flight.to,
  outHtlcId: flight.outHtlcId,
  inHtlcId,
  amountMsat: flight.amount,
  sentMsat: flight.sent,
  receivedMsat: phase === 'settled' ? flight.received : 0,
});
