/**
 * A node with a history: whatever happens to it is written down as lightningd writes it, in `listforwards`,
 * `listchannelmoves` and `listchainmoves`, and counted on the side, so that books can be held against it.
 */
import { NO_SUMS, type PeriodSums, sumOf, utcDay } from '../../src/core/books/period.ts';
import { type ChannelId, type Msat, msat, type UnixMs } from '../../src/core/units.ts';
import { RetryLater } from '../../src/ports/errors.ts';
import type { ClosedChannel, Forward, ForwardIndex } from '../../src/ports/node.ts';
import type { ChannelMove } from '../../src/ports/payments.ts';
import { channelId, peerChannel, scid } from './peer-channel.ts';
import { PricedNode } from './priced-node.ts';
import { RecordedChain } from './recorded-chain.ts';

/** Channels are numbers; amounts are msat. */
export type Passed = {
  readonly in: number;
  readonly out: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly at: UnixMs;
  /** It hangs so long before it settles. */
  readonly heldMs?: number;
};
export type Circle = {
  readonly out: number;
  readonly in: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly at: UnixMs;
};

export class RecordedNode extends PricedNode {
  readonly chain = new RecordedChain();
  readonly moves: ChannelMove[] = [];
  /** What it does not answer for. */
  readonly silent = new Set<'forwards' | 'moves'>();
  /** What was earned and paid, day by day, each once. */
  readonly days = new Map<number, PeriodSums>();
  #created: Forward[] = [];
  #updated: Forward[] = [];
  #closed: ClosedChannel[] = [];
  #payments = 0;

  constructor() {
    super([]);
  }

  // ---------------------------------------------------------------- what happens

  /** It is open and normal from `at` on. Who pays for it is for `chain` to say. */
  opened(number: number, capacity: Msat, opener: 'local' | 'remote', at: UnixMs): void {
    const stateChanges = [{ at, from: 'CHANNELD_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' }];
    const toUs = opener === 'local' ? capacity : msat(0n);
    const one = peerChannel(number, { capacity, toUs, opener, stateChanges });
    this.channels = [...this.channels, one];
  }
  /** It is called otherwise from now on, and has another size. */
  spliced(number: number, capacity: Msat, splice: number): void {
    this.change(channelId(number), { capacity, scid: splicedScid(number, splice) });
  }
  gone(number: number): void {
    const id = channelId(number);
    for (const one of this.channels.filter((open) => open.channelId === id)) {
      const { peerId, opener, capacity, scid: name, aliasLocal, aliasRemote } = one;
      this.#closed.push({
        channelId: id,
        peerId,
        scid: name,
        aliasLocal,
        aliasRemote,
        opener,
        capacity,
      });
    }
    this.channels = this.channels.filter((open) => open.channelId !== id);
  }

  /** Offered now; it settles when `settle` is called with what this returns. */
  offer({ in: from, out, amount, fee, at, heldMs = 0 }: Passed): Forward {
    const index = this.#created.length + 1;
    const row: Forward = {
      createdIndex: index,
      updatedIndex: undefined,
      inChannel: this.#name(from),
      inHtlcId: BigInt(index),
      outChannel: this.#name(out),
      inMsat: msat(amount + fee),
      outMsat: msat(amount),
      feeMsat: msat(fee),
      status: 'offered',
      failReason: undefined,
      paymentHash: undefined,
      receivedAt: at,
      resolvedAt: undefined,
    };
    this.#created.push(row);
    return { ...row, resolvedAt: (at + heldMs) as UnixMs };
  }
  /** The forward leaves its two moves, what left first. Answers its event. */
  settle(offered: Forward, { in: from, out, amount, fee }: Passed): Forward {
    const { createdIndex = 0, resolvedAt = offered.receivedAt } = offered;
    const row: Forward = {
      ...offered,
      status: 'settled',
      updatedIndex: this.#updated.length + 1,
      resolvedAt,
    };
    this.#created[createdIndex - 1] = row;
    this.#updated.push(row);
    const common = {
      fees: msat(fee),
      at: resolvedAt,
      tag: 'routed',
      paymentHash: hash('f', createdIndex),
    };
    this.#move(out, { ...common, debit: msat(amount) });
    this.#move(from, { ...common, credit: msat(amount + fee) });
    this.#count(resolvedAt, {
      outCount: 1,
      out: msat(amount),
      revenue: msat(fee),
      inCount: 1,
      in: msat(amount + fee),
      assisted: msat(fee),
    });
    return row;
  }
  passed(one: Passed): Forward {
    return this.settle(this.offer(one), one);
  }

  /** A payment to ourselves. The credit comes first, and only the debit carries the fee. `kind`: who ordered it. */
  circled(
    { out, in: into, amount, fee, at }: Circle,
    kind: 'rebalance' | 'diagnostic' | 'hive',
  ): void {
    this.#payments += 1;
    const common = { at, tag: 'invoice', paymentHash: hash('c', this.#payments) };
    this.#move(into, { ...common, credit: msat(amount) });
    this.#move(out, { ...common, debit: msat(amount + fee), fees: msat(fee) });
    this.#count(at, { costs: { ...NO_SUMS.costs, [kind]: msat(fee) } });
  }
  /** An invoice of somebody else's: our own spending, no cost of the business. */
  paid(out: number, amount: bigint, fee: bigint, at: UnixMs): void {
    this.#payments += 1;
    const paymentHash = hash('p', this.#payments);
    this.#move(out, {
      at,
      tag: 'invoice',
      paymentHash,
      debit: msat(amount + fee),
      fees: msat(fee),
    });
  }
  /** An invoice of ours. */
  received(into: number, amount: bigint, at: UnixMs): void {
    this.#payments += 1;
    this.#move(into, {
      at,
      tag: 'invoice',
      paymentHash: hash('r', this.#payments),
      credit: msat(amount),
    });
  }

  /** What was earned and paid over all its life, on-chain fees apart. */
  get life(): PeriodSums {
    return sumOf([...this.days.values()]);
  }

  // ---------------------------------------------------------------- what is asked

  override async closedChannels(): Promise<ClosedChannel[]> {
    return [...this.#closed];
  }
  override async forwards(index: ForwardIndex, start: number, limit: number): Promise<Forward[]> {
    if (this.silent.has('forwards')) throw new RetryLater('forwards: no answer');
    const rows = index === 'created' ? this.#created : this.#updated;
    return rows.slice(Math.max(0, start - 1), Math.max(0, start - 1) + limit);
  }
  override async lastForwardIndex(index: ForwardIndex): Promise<number> {
    return index === 'created' ? this.#created.length : this.#updated.length;
  }
  async channelMoves(start: number, limit: number): Promise<readonly ChannelMove[]> {
    if (this.silent.has('moves')) throw new RetryLater('channel moves: no answer');
    return this.moves.slice(Math.max(0, start - 1), Math.max(0, start - 1) + limit);
  }

  #name(number: number): string {
    const open = this.channels.find((one) => one.channelId === channelId(number));
    return open?.scid ?? scid(number);
  }
  #move(
    number: number,
    change: Partial<ChannelMove> & Pick<ChannelMove, 'at' | 'tag' | 'paymentHash'>,
  ): void {
    this.moves.push({
      index: this.moves.length + 1,
      channelId: channelId(number),
      credit: msat(0n),
      debit: msat(0n),
      fees: msat(0n),
      ...change,
    });
  }
  #count(at: UnixMs, change: Partial<PeriodSums>): void {
    const day = utcDay(at);
    this.days.set(day, sumOf([this.days.get(day) ?? NO_SUMS, { ...NO_SUMS, ...change }]));
  }
}

const hash = (kind: string, number: number): string =>
  `${Buffer.from(kind).toString('hex')}${number.toString(16)}`.padStart(64, '0');
const splicedScid = (number: number, splice: number) => scid(number + 1000 * splice);
export const idOf = (number: number): ChannelId => channelId(number);
