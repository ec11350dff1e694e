/**
 * The simulated world of one routing node (facts/simulation.md §3): an exogenous tape of wishes, our prices as
 * payers hear of them, liquidity, peers and block space. The same seed and the same calls at the same times give
 * the same events, however the time is cut into `advance` calls.
 */
import type { UnixMs } from '../../core/units.ts';
import { DAY_MS, HOUR_MS, unixMs } from '../../core/units.ts';
import { heightAt } from '../identities.ts';
import { ChainFees } from './chain-fees.ts';
import { channelsNow, type Sights } from './channel-view.ts';
import type { CircularAnswer, CircularAttempt } from './circular.ts';
import { CircularPayments } from './circular-payments.ts';
import { Connections } from './connections.ts';
import { logNormal, normalFrom, poisson } from './distributions.ts';
import { EventHeap } from './event-heap.ts';
import { AlternativesFamily } from './families/alternatives.ts';
import type { Family } from './families/family.ts';
import { GossipDelay } from './gossip-delay.ts';
import { type Counters, Ledger } from './ledger.ts';
import type { Market, MarketEvent, SimChannel, SimPolicy } from './market.ts';
import { OurPrices, withinChannel } from './our-prices.ts';
import { type Emit, Payments } from './payments.ts';
import { PeerPrices } from './peer-prices.ts';
import type { Regime } from './regimes.ts';
import { hashUniform, stream } from './rng.ts';
import { Tape } from './tape.ts';
import type { TapeDay } from './tape-day.ts';
import { bornWorld, type World } from './world.ts';

export type SimulatedMarketOptions = {
  readonly seed: number;
  readonly start: UnixMs;
  /** 40 unless told. */
  readonly channels?: number;
  /** medium unless told. */
  readonly regime?: Regime;
  /** Core Lightning's default on mainnet: 30. */
  readonly maxAcceptedHtlcs?: number;
  /** Days lived before `start`; their settled forwards are `history()`. 0 unless told. */
  readonly historyDays?: number;
  /** How payers choose; family A (alternatives) unless told. */
  readonly family?: (seed: number, world: World, start: number) => Family;
};

type ForwardEvent = Extract<MarketEvent, { readonly kind: 'forward' }>;

const EVENT = {
  resolve: 1,
  gossip: 2,
  flip: 3,
  block: 4,
  competitor: 5,
  peerPrice: 6,
  circular: 7,
} as const;
/** Undercutting competitors look at our price some hours later. */
const COMPETITOR_LAG_MS = 4 * HOUR_MS;
/** Unseen failing HTLCs a channel and day: log-normal, median 74, p90 440 (§2.1). */
const BACKGROUND_PER_DAY = 74;
const BACKGROUND_SIGMA = 1.39;
/** Amount at which a price with a base fee is compared with others, msat. */
const TYPICAL_MSAT = 5e7;

const priceOf = (policy: SimPolicy): number => policy.ppm + (policy.base * 1e6) / TYPICAL_MSAT;

export class SimulatedMarket implements Market {
  readonly seed: number;
  #world: World;
  #ledger: Ledger;
  #prices: OurPrices;
  #gossip: GossipDelay;
  #peerPrices: PeerPrices;
  #connections: Connections;
  #family: Family;
  #payments: Payments;
  #circular: CircularPayments;
  #sights: Sights;
  #tape: Tape;
  #chain: ChainFees;
  #heap = new EventHeap();
  #background: Float64Array;
  #now: number;
  #height: number;
  #day: TapeDay;
  #nextAttempt = 0;
  #nextDayStart: number;
  #history: ForwardEvent[] = [];

  constructor(options: SimulatedMarketOptions) {
    const { seed, channels = 40, regime = 'medium', maxAcceptedHtlcs = 30 } = options;
    const start = unixMs(options.start - (options.historyDays ?? 0) * DAY_MS);
    const born = { seed, channels, regime, start };
    this.seed = seed;
    this.#now = start;
    this.#height = heightAt(start);
    this.#world = bornWorld(born);
    this.#ledger = new Ledger(this.#world.channels);
    this.#prices = new OurPrices(this.#world.channels.map(({ ours }) => ours));
    this.#gossip = new GossipDelay(
      seed,
      this.#world.channels.map(({ ours }) => ours),
    );
    this.#peerPrices = new PeerPrices(
      seed,
      this.#world.channels.map(({ theirs }) => theirs),
    );
    this.#connections = new Connections(seed, this.#world.peers, start);
    this.#chain = new ChainFees(seed, start);
    this.#family = (options.family ?? newAlternatives)(seed, this.#world, start);
    const draws = stream(seed, 'background');
    this.#background = Float64Array.from({ length: channels }, () =>
      Math.round(logNormal(draws, BACKGROUND_PER_DAY, BACKGROUND_SIGMA)),
    );
    this.#sights = {
      world: this.#world,
      ledger: this.#ledger,
      prices: this.#prices,
      peerPrices: this.#peerPrices,
      connections: this.#connections,
      slots: maxAcceptedHtlcs,
    };
    this.#payments = new Payments({
      ...this.#sights,
      seed,
      gossip: this.#gossip,
      family: this.#family,
      background: this.#background,
    });
    this.#circular = new CircularPayments({
      ...this.#sights,
      seed,
      start,
      schedule: (at, id) => this.#heap.push(at, EVENT.circular, id),
    });
    this.#tape = new Tape(born, this.#world);
    const dayStart = Math.floor(start / DAY_MS) * DAY_MS;
    this.#day = this.#tape.nextDay(dayStart);
    this.#nextDayStart = dayStart + DAY_MS;
    while (this.#nextAttempt < this.#day.count && this.#attemptAt() <= start) this.#nextAttempt++;
    this.#scheduleFirst(start);
    this.#live(options.start);
  }

  #scheduleFirst(start: number): void {
    this.#heap.push(this.#chain.nextBlock(start), EVENT.block, 0);
    for (let peer = 0; peer < this.#world.peers.length; peer++)
      this.#heap.push(this.#connections.nextFlip(peer), EVENT.flip, peer);
    for (let channel = 0; channel < this.#ledger.size; channel++) {
      this.#family.heard(channel, priceOf(this.#prices.now(channel)));
      this.#heap.push(this.#peerPrices.nextMove(channel, start), EVENT.peerPrice, channel);
    }
  }

  #live(until: UnixMs): void {
    this.advance(until, (event) => {
      if (event.kind === 'forward' && event.phase === 'settled') this.#history.push(event);
    });
  }

  now(): UnixMs {
    return unixMs(this.#now);
  }

  history(): Iterable<ForwardEvent> {
    return this.#history.values();
  }

  satPerVbyte(): number {
    return this.#chain.satPerVbyte;
  }

  blockHeight(): number {
    return this.#height;
  }

  audit(): void {
    this.#ledger.audit();
  }

  /** All fees earned since the world began, msat. */
  earned(): number {
    return this.#ledger.earned;
  }

  /** All fees paid for our own payments around since the world began, msat. */
  paid(): number {
    return this.#ledger.paid;
  }

  /** HTLCs of a channel over its life, the unseen failing ones included. */
  counters(index: number): Counters {
    return this.#ledger.counters(index);
  }

  /** Price updates sent, and deliveries the network dropped at first. */
  gossipCounts(): { readonly sent: number; readonly dropped: number } {
    return this.#gossip.counts;
  }

  #attemptAt(): number {
    return this.#day.at[this.#nextAttempt] ?? Number.POSITIVE_INFINITY;
  }

  advance(until: UnixMs, emit: Emit): void {
    if (until < this.#now) throw new RangeError('time does not go back');
    for (;;) {
      if (this.#nextAttempt >= this.#day.count && this.#nextDayStart <= until) {
        if (this.#heap.time < this.#nextDayStart) this.#dispatch(emit);
        else this.#turnDay();
        continue;
      }
      const attemptAt = this.#attemptAt();
      if (Math.min(attemptAt, this.#heap.time) > until) break;
      if (this.#heap.time <= attemptAt) this.#dispatch(emit);
      else this.#attempt(attemptAt, emit);
    }
    this.#now = until;
  }

  #turnDay(): void {
    const from = stream(this.seed, `background/${this.#nextDayStart}`);
    for (let channel = 0; channel < this.#ledger.size; channel++) {
      const mean = this.#background[channel] ?? 0;
      this.#ledger.countBackground(channel, poisson(from, mean), poisson(from, mean));
    }
    this.#day = this.#tape.nextDay(this.#nextDayStart);
    this.#nextDayStart += DAY_MS;
    this.#nextAttempt = 0;
  }

  #attempt(at: number, emit: Emit): void {
    const n = this.#nextAttempt++;
    this.#now = at;
    const slot = this.#payments.attempt(this.#day, n, emit);
    if (slot < 0) return;
    const due = this.#payments.dueAt(slot, at, this.#day.hold[n] ?? 0);
    this.#heap.push(due, EVENT.resolve, slot);
  }

  #dispatch(emit: Emit): void {
    const { time: at, kind, subject } = this.#heap;
    this.#heap.pop();
    this.#now = at;
    if (kind === EVENT.resolve) {
      const again = this.#payments.resolve(subject, at, emit);
      if (again !== undefined) this.#heap.push(again, EVENT.resolve, subject);
    } else if (kind === EVENT.gossip) this.#gossip.arrive(subject);
    else if (kind === EVENT.flip) this.#flip(subject, at, emit);
    else if (kind === EVENT.block) this.#block(at, emit);
    else if (kind === EVENT.competitor)
      this.#family.heard(subject, priceOf(this.#prices.now(subject)));
    else if (kind === EVENT.peerPrice) {
      this.#peerPrices.move(subject);
      this.#heap.push(this.#peerPrices.nextMove(subject, at), EVENT.peerPrice, subject);
    } else if (kind === EVENT.circular) this.#circular.resolve(subject, at, emit);
  }

  #flip(peer: number, at: number, emit: Emit): void {
    const connected = this.#connections.flip(peer, at);
    this.#heap.push(this.#connections.nextFlip(peer), EVENT.flip, peer);
    const peerId = this.#world.peers[peer]?.nodeId;
    if (peerId !== undefined) emit({ kind: 'connection', at: unixMs(at), peerId, connected });
  }

  #block(at: number, emit: Emit): void {
    this.#height++;
    this.#chain.block(at);
    this.#heap.push(this.#chain.nextBlock(at), EVENT.block, 0);
    emit({ kind: 'block', at: unixMs(at), height: this.#height });
  }

  setPolicy(index: number, policy: Partial<SimPolicy>, enforceDelay: number): SimPolicy {
    const possible = withinChannel(policy, this.#world.channels[index]);
    const { policy: now, changed } = this.#prices.set(index, possible, this.#now, enforceDelay);
    if (!changed) return now;
    const sent = this.#gossip.counts.sent;
    this.#gossip.send(index, this.#now, now, (at, subject) => {
      this.#heap.push(at, EVENT.gossip, subject);
    });
    const luck = normalFrom(hashUniform(sent, index));
    const lag = Math.round(COMPETITOR_LAG_MS * Math.exp(luck));
    this.#heap.push(this.#now + lag, EVENT.competitor, index);
    return now;
  }

  circular(attempt: CircularAttempt, emit: Emit): CircularAnswer {
    return this.#circular.attempt(this.#now, attempt, emit);
  }

  circularPpm(from: number, to: number, amount: number): number {
    return this.#circular.promisedPpm(this.#now, from, to, amount);
  }

  endCircular(paymentHash: string, emit: Emit): void {
    this.#circular.endNow(paymentHash, this.#now, emit);
  }

  channels(): readonly SimChannel[] {
    return channelsNow(this.#sights);
  }
}

const newAlternatives = (seed: number, world: World, start: number): Family =>
  new AlternativesFamily(seed, world, start);
