/**
 * The HTLCs in flight, per channel and direction, for slot pricing between two looks at the node (SPEC 3.3).
 * forward_event says when one begins and ends; a look (listpeerchannels) is the truth about everything older than
 * itself, so an event that never came cannot leave a ghost behind. Bounded: what does not fit is not tracked until
 * the next look, and counted.
 */
import type { ChannelId, Msat, UnixMs } from '../units.ts';

/** More than 200 channels with every slot taken; about 20 MB. */
const MOST_TRACKED = 100_000;

/** A forward is known by where it entered; ids are per channel and direction. */
export type ForwardKey = { readonly inChannel: ChannelId; readonly inHtlcId: bigint };
export type PendingForward = ForwardKey & {
  readonly inAmount: Msat | undefined;
  /** undefined: no channel of ours is known under the name it leaves by. */
  readonly outChannel: ChannelId | undefined;
  readonly outAmount: Msat | undefined;
  readonly paymentHash: string | undefined;
  readonly at: UnixMs;
};
export type SeenHtlc = {
  readonly direction: 'in' | 'out';
  readonly id: bigint;
  readonly amount: Msat;
  readonly paymentHash: string;
};

type Entry = {
  readonly amount: Msat;
  readonly paymentHash: string | undefined;
  readonly at: UnixMs;
};
/** In HTLCs by their id, out HTLCs by the forward they belong to or by their own id. */
type Sides = { readonly in: Map<string, Entry>; readonly out: Map<string, Entry> };

export class PendingHtlcs {
  readonly #channels = new Map<ChannelId, Sides>();
  /** Forwards that ended lately: an older look may still show them. */
  readonly #ended = new Map<string, UnixMs>();
  readonly #most: number;
  #size = 0;
  #untracked = 0;

  constructor(most = MOST_TRACKED) {
    this.#most = most;
  }

  /** HTLCs tracked, both sides. */
  get size(): number {
    return this.#size;
  }

  /** HTLCs that did not fit so far. */
  get untracked(): number {
    return this.#untracked;
  }

  /** Amounts in flight, msat. */
  amounts(channelId: ChannelId): { readonly in: readonly Msat[]; readonly out: readonly Msat[] } {
    const sides = this.#channels.get(channelId);
    const of = (side: Map<string, Entry> | undefined): readonly Msat[] =>
      [...(side?.values() ?? [])].map(({ amount }) => amount);
    return { in: of(sides?.in), out: of(sides?.out) };
  }

  /** A forward began; an amount that is unknown is not guessed and not tracked. */
  offered(forward: PendingForward): void {
    const { inChannel, outChannel, inAmount, outAmount, paymentHash, at } = forward;
    if (this.#ended.has(keyOf(forward))) return;
    if (inAmount !== undefined) {
      const entry = { amount: inAmount, paymentHash, at };
      this.#put(this.#sides(inChannel).in, String(forward.inHtlcId), entry);
    }
    if (outChannel === undefined || outAmount === undefined) return;
    const entry = { amount: outAmount, paymentHash, at };
    this.#put(this.#sides(outChannel).out, keyOf(forward), entry);
  }

  /** A forward ended, settled or not. Ending twice, or without a beginning, changes nothing. */
  resolved(forward: PendingForward): void {
    this.#noteEnd(keyOf(forward), forward.at);
    this.#take(this.#channels.get(forward.inChannel)?.in, String(forward.inHtlcId));
    if (forward.outChannel === undefined) return;
    const out = this.#channels.get(forward.outChannel)?.out;
    if (this.#take(out, keyOf(forward))) return;
    const { outAmount: amount, paymentHash } = forward;
    if (amount === undefined || paymentHash === undefined) return;
    this.#take(out, findSame(out, { amount, paymentHash }));
  }

  /** A look at one channel that was asked for at `askedAt`: the truth about all that began before. */
  reconcile(channelId: ChannelId, seen: readonly SeenHtlc[], askedAt: UnixMs): void {
    const before = this.#sides(channelId);
    const sides: Sides = { in: new Map(), out: new Map() };
    this.#channels.set(channelId, sides);
    this.#size -= before.in.size + before.out.size;
    for (const htlc of seen) {
      const entry = { amount: htlc.amount, paymentHash: htlc.paymentHash, at: askedAt };
      if (htlc.direction === 'in') {
        const ended = this.#ended.has(keyOf({ inChannel: channelId, inHtlcId: htlc.id }));
        if (!ended) this.#put(sides.in, String(htlc.id), entry);
        continue;
      }
      const known = findSame(before.out, entry);
      if (known !== undefined) before.out.delete(known);
      this.#put(sides.out, known ?? `out ${htlc.id}`, entry);
    }
    for (const side of ['in', 'out'] as const)
      for (const [key, entry] of before[side])
        if (entry.at >= askedAt) this.#put(sides[side], key, entry);
  }

  /** After looking at all channels: drops channels that are gone and endings no look can contradict any more. */
  settle(open: ReadonlySet<ChannelId>, askedAt: UnixMs): void {
    for (const [channelId, sides] of this.#channels) {
      const { size } = sides.in;
      if (open.has(channelId) && size + sides.out.size > 0) continue;
      this.#size -= size + sides.out.size;
      this.#channels.delete(channelId);
    }
    for (const [key, at] of this.#ended) if (at < askedAt) this.#ended.delete(key);
  }

  #sides(channelId: ChannelId): Sides {
    const known = this.#channels.get(channelId);
    if (known) return known;
    const sides: Sides = { in: new Map(), out: new Map() };
    this.#channels.set(channelId, sides);
    return sides;
  }

  #put(side: Map<string, Entry>, key: string, entry: Entry): void {
    if (!side.has(key)) {
      if (this.#size >= this.#most) {
        this.#untracked += 1;
        return;
      }
      this.#size += 1;
    }
    side.set(key, entry);
  }

  #take(side: Map<string, Entry> | undefined, key: string | undefined): boolean {
    if (key === undefined || !side?.delete(key)) return false;
    this.#size -= 1;
    return true;
  }

  #noteEnd(key: string, at: UnixMs): void {
    const [oldest] = this.#ended.keys();
    if (this.#ended.size >= this.#most && oldest !== undefined) this.#ended.delete(oldest);
    this.#ended.set(key, at);
  }
}

const keyOf = ({ inChannel, inHtlcId }: ForwardKey): string => `${inChannel} ${inHtlcId}`;

/** An out HTLC of the same amount and payment; parts of one payment are interchangeable. */
function findSame(
  side: ReadonlyMap<string, Entry> | undefined,
  htlc: { readonly amount: Msat; readonly paymentHash: string | undefined },
): string | undefined {
  for (const [key, entry] of side ?? []) {
    const samePayment = entry.paymentHash === undefined || entry.paymentHash === htlc.paymentHash;
    if (entry.amount === htlc.amount && samePayment) return key;
  }
  return undefined;
}
