/**
 * A real node's forwards, happening again. Those before `liveFrom` are the node's history, later ones come live.
 * Nothing we decide changes what is replayed: our prices are shown, not felt. Balances start so that, moved by the
 * live forwards alone, they end as in the channels file; moves the file does not know (rebalances, splices) can
 * carry them past a side, and are then shown clamped, while the audit looks at the unclamped sums.
 */
import type { UnixMs } from '../../core/units.ts';
import { unixMs } from '../../core/units.ts';
import { Bug } from '../../ports/errors.ts';
import { hashFrom, heightAt, sure, timeOfHeight } from '../identities.ts';
import type { Market, MarketEvent, SimChannel, SimPolicy } from '../market/market.ts';
import { withinChannel } from '../market/our-prices.ts';
import type { PastChannel, PastForward } from './history.ts';
import { type ReplayChannel, replayChannels } from './replay-channels.ts';

type ForwardEvent = Extract<MarketEvent, { readonly kind: 'forward' }>;

export type ReplayOptions = {
  readonly forwards: readonly PastForward[];
  readonly channels: readonly PastChannel[];
  /** Forwards before this moment are history. */
  readonly liveFrom: UnixMs;
  /** Steady, sat/vB; 2 unless told. */
  readonly satPerVbyte?: number;
  readonly maxAcceptedHtlcs?: number;
};

/** A forward placed: channels by index, htlc ids counted per channel over the whole file. */
type Placed = {
  readonly at: UnixMs;
  readonly inIndex: number;
  readonly inHtlcId: number;
  readonly outIndex: number;
  readonly outHtlcId: number;
  readonly inMsat: number;
  readonly outMsat: number;
  readonly number: number;
};

export class ReplayMarket implements Market {
  readonly seed = 0;
  #channels: readonly ReplayChannel[];
  #placed: readonly Placed[];
  #next: number;
  #liveFrom: number;
  #now: UnixMs;
  #height: number;
  #ours: SimPolicy[];
  #toUs: number[];
  #started: number;
  #earned = 0;
  #satPerVbyte: number;
  #slots: number;

  constructor(options: ReplayOptions) {
    const { forwards, liveFrom } = options;
    this.#now = liveFrom;
    this.#liveFrom = liveFrom;
    this.#height = heightAt(liveFrom);
    this.#satPerVbyte = options.satPerVbyte ?? 2;
    this.#slots = options.maxAcceptedHtlcs ?? 30;
    this.#channels = replayChannels(options.channels, forwards, liveFrom);
    this.#placed = place(forwards, this.#channels);
    const live = this.#placed.findIndex(({ at }) => at >= liveFrom);
    this.#next = live < 0 ? this.#placed.length : live;
    this.#ours = this.#channels.map(({ ours }) => ours);
    this.#toUs = this.#channels.map(({ toUs }) => toUs);
    for (const forward of this.#placed.slice(this.#next)) this.#move(forward, -1);
    this.#started = sum(this.#toUs);
  }

  /** The file's name of a channel, for comparing with `sumHistory`. */
  nameOf(index: number): string {
    return this.#channel(index).chan;
  }

  #channel(index: number): ReplayChannel {
    return sure(this.#channels[index], `channel ${index}`);
  }

  #move(forward: Placed, sign: 1 | -1): void {
    const { inIndex, outIndex, inMsat, outMsat } = forward;
    this.#toUs[inIndex] = (this.#toUs[inIndex] ?? 0) + sign * inMsat;
    this.#toUs[outIndex] = (this.#toUs[outIndex] ?? 0) - sign * outMsat;
  }

  now(): UnixMs {
    return this.#now;
  }

  satPerVbyte(): number {
    return this.#satPerVbyte;
  }

  blockHeight(): number {
    return this.#height;
  }

  *history(): Iterable<ForwardEvent> {
    for (const forward of this.#placed) {
      if (forward.at >= this.#liveFrom) return;
      yield eventOf(forward, 'settled');
    }
  }

  advance(until: UnixMs, emit: (event: MarketEvent) => void): void {
    if (until < this.#now) throw new RangeError('time does not go back');
    for (;;) {
      const forward = this.#placed[this.#next];
      const forwardAt = forward?.at ?? Number.POSITIVE_INFINITY;
      const blockAt = timeOfHeight(this.#height + 1);
      if (Math.min(forwardAt, blockAt) > until) break;
      if (forward !== undefined && forwardAt < blockAt) this.#forward(forward, emit);
      else this.#block(blockAt, emit);
    }
    this.#now = until;
  }

  #forward(forward: Placed, emit: (event: MarketEvent) => void): void {
    this.#next++;
    this.#now = forward.at;
    emit(eventOf(forward, 'offered'));
    this.#move(forward, 1);
    this.#earned += forward.inMsat - forward.outMsat;
    emit(eventOf(forward, 'settled'));
  }

  #block(at: UnixMs, emit: (event: MarketEvent) => void): void {
    this.#height++;
    this.#now = at;
    emit({ kind: 'block', at, height: this.#height });
  }

  setPolicy(index: number, policy: Partial<SimPolicy>, _enforceDelay: number): SimPolicy {
    const before = sure(this.#ours[index], `channel ${index}`);
    const now = { ...before, ...withinChannel(policy, this.#channel(index)) };
    this.#ours[index] = now;
    return now;
  }

  audit(): void {
    const made = sum(this.#toUs) - this.#started - this.#earned;
    if (made !== 0) throw new Bug(`${made} msat came from nowhere`);
  }

  channels(): readonly SimChannel[] {
    return this.#channels.map((channel, index) => {
      const { capacity, reserve } = channel;
      const unclamped = channel.closed ? 0 : (this.#toUs[index] ?? 0);
      const toUs = Math.min(capacity, Math.max(0, unclamped));
      return {
        index,
        channelId: channel.channelId,
        peerId: channel.peerId,
        scid: channel.scid,
        aliasLocal: channel.aliasLocal,
        aliasRemote: channel.aliasRemote,
        isPrivate: false,
        opener: channel.opener,
        openedAt: channel.openedAt,
        closed: channel.closed,
        connected: channel.connected,
        capacity,
        toUs,
        ourReserve: reserve,
        theirReserve: reserve,
        spendable: channel.closed ? 0 : Math.max(0, toUs - reserve),
        receivable: channel.closed ? 0 : Math.max(0, capacity - toUs - reserve),
        ours: this.#ours[index] ?? channel.ours,
        theirs: channel.theirs,
        maxAcceptedHtlcs: this.#slots,
        htlcs: [],
      };
    });
  }
}

const sum = (amounts: readonly number[]): number => amounts.reduce((a, b) => a + b, 0);

function place(
  forwards: readonly PastForward[],
  channels: readonly ReplayChannel[],
): readonly Placed[] {
  const indexOf = new Map(channels.map(({ chan, index }) => [chan, index]));
  const ids = { in: new Uint32Array(channels.length), out: new Uint32Array(channels.length) };
  const take = (column: Uint32Array, index: number): number => {
    const id = column[index] ?? 0;
    column[index] = id + 1;
    return id;
  };
  return forwards.map(({ t, inChan, outChan, inMsat, outMsat }, number) => {
    const inIndex = sure(indexOf.get(inChan), inChan);
    const outIndex = sure(indexOf.get(outChan), outChan);
    const inHtlcId = take(ids.in, inIndex);
    const outHtlcId = take(ids.out, outIndex);
    return {
      at: unixMs(t * 1000),
      inIndex,
      inHtlcId,
      outIndex,
      outHtlcId,
      inMsat,
      outMsat,
      number,
    };
  });
}

function eventOf(forward: Placed, phase: 'offered' | 'settled'): ForwardEvent {
  const { number, ...placed } = forward;
  return {
    kind: 'forward',
    phase,
    receivedAt: forward.at,
    failReason: undefined,
    failCode: undefined,
    paymentHash: hashFrom(`replay/${number}`),
    ...placed,
  };
}
