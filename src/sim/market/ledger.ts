/**
 * Whose money is where, msat, in columns (facts/simulation.md §3.2, §3.4): both sides of every channel, what is in
 * flight, slots, htlc ids, and the counters lightningd keeps. `toUs` moves only on settlement, as in lightningd.
 */
import { Bug } from '../../ports/errors.ts';
import type { SimHtlc } from './market.ts';

export type Opening = {
  readonly capacity: number;
  readonly toUs: number;
  readonly reserve: number;
};

/** An HTLC that came in by one channel and left by another. */
export type InFlight = {
  readonly from: number;
  readonly to: number;
  readonly inId: number;
  readonly outId: number;
  readonly inMsat: number;
  readonly outMsat: number;
  readonly receivedAt: number;
  readonly paymentHash: string;
  readonly succeeds: boolean;
};

/** Our own payment on its way out of `from`, back by a channel it has not reached yet. */
type Around = {
  readonly from: number;
  readonly outId: number;
  readonly outMsat: number;
  readonly paymentHash: string;
};

/** Lifetime numbers of a channel, as listpeerchannels shows them. */
export type Counters = {
  readonly inOffered: number;
  readonly inFulfilled: number;
  readonly outOffered: number;
  readonly outFulfilled: number;
};

const number = (column: Float64Array | Uint32Array, at: number): number => column[at] ?? 0;
const add = (column: Float64Array | Uint32Array, at: number, amount: number): void => {
  column[at] = number(column, at) + amount;
};

export class Ledger {
  readonly size: number;
  #capacity: Float64Array;
  #toUs: Float64Array;
  #reserve: Float64Array;
  #pendingIn: Float64Array;
  #pendingOut: Float64Array;
  #slotsIn: Uint32Array;
  #slotsOut: Uint32Array;
  #nextInId: Uint32Array;
  #nextOutId: Uint32Array;
  #inOffered: Float64Array;
  #inFulfilled: Float64Array;
  #outOffered: Float64Array;
  #outFulfilled: Float64Array;
  #inFlight: (InFlight | undefined)[] = [];
  #free: number[] = [];
  #around = new Map<string, Around>();
  #earned = 0;
  #paid = 0;
  #born: number;

  constructor(openings: readonly Opening[]) {
    this.size = openings.length;
    this.#capacity = Float64Array.from(openings, ({ capacity }) => capacity);
    this.#toUs = Float64Array.from(openings, ({ toUs }) => toUs);
    this.#reserve = Float64Array.from(openings, ({ reserve }) => reserve);
    const zeros = () => new Float64Array(openings.length);
    const counts = () => new Uint32Array(openings.length);
    [this.#pendingIn, this.#pendingOut] = [zeros(), zeros()];
    [this.#slotsIn, this.#slotsOut] = [counts(), counts()];
    [this.#nextInId, this.#nextOutId] = [counts(), counts()];
    [this.#inOffered, this.#inFulfilled] = [zeros(), zeros()];
    [this.#outOffered, this.#outFulfilled] = [zeros(), zeros()];
    this.#born = sum(this.#toUs);
  }

  /** Fees of all settled forwards since the start. */
  get earned(): number {
    return this.#earned;
  }

  /** What our own payments around cost since the start: sent less received. */
  get paid(): number {
    return this.#paid;
  }

  capacity = (channel: number): number => number(this.#capacity, channel);
  toUs = (channel: number): number => number(this.#toUs, channel);
  slotsIn = (channel: number): number => number(this.#slotsIn, channel);
  slotsOut = (channel: number): number => number(this.#slotsOut, channel);

  /** What could leave now: our side less our reserve less what is already on its way out. */
  spendable(channel: number): number {
    const mine = this.toUs(channel) - number(this.#pendingOut, channel);
    return Math.max(0, mine - number(this.#reserve, channel));
  }

  /** What could come in now: their side less their reserve less what is already on its way in. */
  receivable(channel: number): number {
    const theirs = this.capacity(channel) - this.toUs(channel) - number(this.#pendingIn, channel);
    return Math.max(0, theirs - number(this.#reserve, channel));
  }

  counters(channel: number): Counters {
    return {
      inOffered: number(this.#inOffered, channel),
      inFulfilled: number(this.#inFulfilled, channel),
      outOffered: number(this.#outOffered, channel),
      outFulfilled: number(this.#outFulfilled, channel),
    };
  }

  /** HTLCs that came and failed without being events: counted, nothing else. */
  countBackground(channel: number, incoming: number, outgoing: number): void {
    add(this.#inOffered, channel, incoming);
    add(this.#outOffered, channel, outgoing);
  }

  /** An HTLC reached us that we do not forward; its id. */
  refuse(from: number): number {
    add(this.#inOffered, from, 1);
    return this.#takeId(this.#nextInId, from);
  }

  #takeId(ids: Uint32Array, channel: number): number {
    const id = number(ids, channel);
    ids[channel] = id + 1;
    return id;
  }

  /** Accepts and passes on; returns the slot to settle or fail. */
  offer(htlc: Omit<InFlight, 'inId' | 'outId'>): number {
    const { from, to } = htlc;
    const inId = this.#takeId(this.#nextInId, from);
    const outId = this.#takeId(this.#nextOutId, to);
    const slot = this.#free.pop() ?? this.#inFlight.length;
    this.#inFlight[slot] = { ...htlc, inId, outId };
    add(this.#pendingIn, from, htlc.inMsat);
    add(this.#pendingOut, to, htlc.outMsat);
    add(this.#slotsIn, from, 1);
    add(this.#slotsOut, to, 1);
    add(this.#inOffered, from, 1);
    add(this.#outOffered, to, 1);
    return slot;
  }

  get(slot: number): InFlight {
    const htlc = this.#inFlight[slot];
    if (htlc === undefined) throw new Bug(`no HTLC in slot ${slot}`);
    return htlc;
  }

  settle(slot: number): InFlight {
    const htlc = this.#release(slot);
    add(this.#toUs, htlc.from, htlc.inMsat);
    add(this.#toUs, htlc.to, -htlc.outMsat);
    add(this.#inFulfilled, htlc.from, 1);
    add(this.#outFulfilled, htlc.to, 1);
    this.#earned += htlc.inMsat - htlc.outMsat;
    return htlc;
  }

  fail(slot: number): InFlight {
    return this.#release(slot);
  }

  #release(slot: number): InFlight {
    const htlc = this.get(slot);
    add(this.#pendingIn, htlc.from, -htlc.inMsat);
    add(this.#pendingOut, htlc.to, -htlc.outMsat);
    add(this.#slotsIn, htlc.from, -1);
    add(this.#slotsOut, htlc.to, -1);
    this.#inFlight[slot] = undefined;
    this.#free.push(slot);
    return htlc;
  }

  /** Our own payment leaves by `from`; its htlc id there. */
  sendAround(from: number, outMsat: number, paymentHash: string): number {
    if (this.#around.has(paymentHash)) throw new Bug(`${paymentHash} is on its way already`);
    const outId = this.#takeId(this.#nextOutId, from);
    this.#around.set(paymentHash, { from, outId, outMsat, paymentHash });
    add(this.#pendingOut, from, outMsat);
    add(this.#slotsOut, from, 1);
    add(this.#outOffered, from, 1);
    return outId;
  }

  /** It came back by `to` with this much; its htlc id there. */
  returnAround(paymentHash: string, to: number, inMsat: number): number {
    const { from, outMsat } = this.failAround(paymentHash);
    add(this.#toUs, from, -outMsat);
    add(this.#toUs, to, inMsat);
    add(this.#outFulfilled, from, 1);
    add(this.#inOffered, to, 1);
    add(this.#inFulfilled, to, 1);
    this.#paid += outMsat - inMsat;
    return this.#takeId(this.#nextInId, to);
  }

  /** It never arrived: nothing moved. */
  failAround(paymentHash: string): Around {
    const htlc = this.#around.get(paymentHash);
    if (htlc === undefined) throw new Bug(`no payment ${paymentHash} on its way`);
    this.#around.delete(paymentHash);
    add(this.#pendingOut, htlc.from, -htlc.outMsat);
    add(this.#slotsOut, htlc.from, -1);
    return htlc;
  }

  /** HTLCs of every channel, in the order they were offered in each. */
  htlcs(): readonly (readonly SimHtlc[])[] {
    const lists: SimHtlc[][] = Array.from({ length: this.size }, () => []);
    for (const htlc of this.#inFlight) {
      if (htlc === undefined) continue;
      const { paymentHash } = htlc;
      lists[htlc.from]?.push({ direction: 'in', id: htlc.inId, amount: htlc.inMsat, paymentHash });
      lists[htlc.to]?.push({ direction: 'out', id: htlc.outId, amount: htlc.outMsat, paymentHash });
    }
    for (const { from, outId: id, outMsat: amount, paymentHash } of this.#around.values())
      lists[from]?.push({ direction: 'out', id, amount, paymentHash });
    for (const list of lists)
      list.sort((a, b) => a.id - b.id || a.direction.localeCompare(b.direction, 'en'));
    return lists;
  }

  /** Throws Bug unless our money is what it was plus fees earned less fees paid, sides are within capacity, and pending sums agree. */
  audit(): void {
    const [pendingIn, pendingOut] = [new Float64Array(this.size), new Float64Array(this.size)];
    for (const htlc of this.#inFlight) {
      if (htlc === undefined) continue;
      add(pendingIn, htlc.from, htlc.inMsat);
      add(pendingOut, htlc.to, htlc.outMsat);
    }
    for (const { from, outMsat } of this.#around.values()) add(pendingOut, from, outMsat);
    for (let channel = 0; channel < this.size; channel++) {
      const mine = this.toUs(channel) - number(pendingOut, channel);
      const theirs = this.capacity(channel) - this.toUs(channel) - number(pendingIn, channel);
      if (mine < 0 || theirs < 0) throw new Bug(`channel ${channel} owes more than it has`);
      const agree =
        number(pendingIn, channel) === number(this.#pendingIn, channel) &&
        number(pendingOut, channel) === number(this.#pendingOut, channel);
      if (!agree) throw new Bug(`channel ${channel}: pending HTLCs do not add up`);
    }
    const made = sum(this.#toUs) - this.#born - this.#earned + this.#paid;
    if (made !== 0) throw new Bug(`${made} msat came from nowhere`);
  }
}

const sum = (column: Float64Array): number => column.reduce((a, b) => a + b, 0);
