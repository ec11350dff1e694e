/** Whatever may happen to a node within a year, as steps that a machine can think up. */
import fc from 'fast-check';
import type { SpendKind } from '../../../src/core/spending/types.ts';
import {
  DAY_MS,
  fromSat,
  HOUR_MS,
  type Msat,
  msat,
  ppm,
  type UnixMs,
  unixMs,
} from '../../../src/core/units.ts';
import { BookedLife } from '../../doubles/booked-life.ts';
import { nodeId, scid } from '../../doubles/peer-channel.ts';
import { idOf } from '../../doubles/recorded-node.ts';

export const NEW_YEAR = unixMs(Date.UTC(2026, 0, 1, 7));
const KINDS = [
  ...['forwards', 'forwards', 'forwards', 'forwards', 'rebalance', 'rebalance', 'ordered'],
  ...['pay', 'receive', 'batch', 'peer-opens', 'splice-in', 'splice-out', 'close', 'close-alone'],
  ...['wallet', 'deposit', 'withdraw', 'restart', 'chain-silent', 'deaf', 'mute'],
  ...['answers', 'answers'],
] as const;

export const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  /** Since the step before. */
  hours: fc.integer({ min: 3, max: 70 }),
  /** Which channels; taken modulo what there is. */
  one: fc.nat({ max: 1000 }),
  other: fc.nat({ max: 1000 }),
  sat: fc.integer({ min: 1000, max: 400_000 }),
  /** msat. */
  fee: fc.nat({ max: 900_000 }),
  /** Hours until what needs time is done: a lock-in, a sweep, an HTLC that hangs. */
  later: fc.integer({ min: 1, max: 200 }),
  /** The plugin takes a turn after it. */
  turn: fc.boolean(),
});
export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

type Open = { readonly number: number; capacity: Msat; readonly ours: boolean; splices: number };
type Due = { readonly at: UnixMs; readonly act: (at: UnixMs) => void };

/** Our side of any channel, for what is closed or spliced. */
const OUR_SIDE = fromSat(2_000_000);
const CAPACITY = fromSat(5_000_000);
/** A splice moves so much. */
const MOVED = fromSat(500_000);
const SECOND_MS = 1000;
const YEAR_MS = 365 * DAY_MS;

export class AnyLife {
  readonly life = new BookedLife(NEW_YEAR, new Map([['keep_forwards_days', 30]]));
  #open: readonly Open[] = [];
  #numbers = 0;
  #due: readonly Due[] = [];

  constructor() {
    for (let i = 0; i < 4; i += 1) this.#opens(1);
    for (const { act } of this.#due) act(NEW_YEAR);
    this.#due = [];
    // From here on the node has records of every day.
    this.#passes(0, 1, 1_000n, 1n, 0);
  }

  get now(): UnixMs {
    return this.life.clock.now();
  }

  async take(one: Step): Promise<void> {
    this.waitUntil(unixMs(this.now + one.hours * HOUR_MS));
    // The airlock reads what was paid before it orders anything.
    if (one.kind === 'ordered') this.#answers();
    if (one.kind === 'ordered') await this.life.parts.rebalancing.gate.watch('before an order');
    this.#happen(one);
    if (one.turn) await this.life.turn();
  }

  /** Everything that is due by then happens, each at its own time. */
  waitUntil(at: UnixMs): void {
    for (;;) {
      const [next, ...rest] = this.#due.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > at) break;
      this.#due = rest;
      this.life.clock.move(next.at - this.now);
      next.act(next.at);
    }
    this.life.clock.move(at - this.now);
  }

  /** The year is over, whatever needs time is done, the node answers, and every day is closed. */
  async settle(): Promise<void> {
    this.#answers();
    this.waitUntil(unixMs(Math.max(this.now, NEW_YEAR + YEAR_MS) + 10 * DAY_MS));
    await this.life.turn();
  }

  /** A quiet year: a forward and a turn a month. */
  async yearLater(): Promise<void> {
    for (let month = 0; month < 12; month += 1) {
      this.waitUntil(unixMs(this.now + 31 * DAY_MS));
      this.#passes(month, month + 1, 50_000n, 77n, 0);
      await this.life.turn();
    }
  }

  #happen(step: Step): void {
    const { chain } = this.life.node;
    const { now } = this;
    const fee = BigInt(step.fee);
    switch (step.kind) {
      case 'forwards':
        for (let i = 0; i < 3; i += 1)
          this.#passes(step.one + i, step.other, BigInt(step.sat) * 1000n, fee + BigInt(i), i);
        if (step.later % 5 === 0) this.#hangs(step);
        return;
      case 'rebalance':
      case 'ordered':
        this.#circles(step);
        return;
      case 'pay':
        this.life.node.paid(this.#pick(step.one).number, BigInt(step.sat) * 1000n, fee, now);
        return;
      case 'receive':
        this.life.node.received(this.#pick(step.one).number, BigInt(step.sat) * 1000n, now);
        return;
      case 'wallet':
        chain.consolidate(fee, now);
        return;
      case 'deposit':
        chain.deposit(fromSat(step.sat), now);
        return;
      case 'withdraw':
        chain.withdraw(fromSat(step.sat), fee, now);
        return;
      case 'restart':
        this.#answers();
        this.life.restart();
        return;
      case 'chain-silent':
        chain.silent = true;
        return;
      case 'deaf':
        this.life.node.silent.add('forwards');
        return;
      case 'mute':
        this.life.node.silent.add('moves');
        return;
      case 'answers':
        this.#answers();
        return;
      case 'batch':
      case 'peer-opens':
      case 'splice-in':
      case 'splice-out':
      case 'close':
      case 'close-alone':
        this.#chainEvent(step, fee);
    }
  }

  #chainEvent(step: Step, fee: bigint): void {
    const { chain } = this.life.node;
    switch (step.kind) {
      case 'batch':
        this.#opens((step.one % 3) + 1, fee, step.later);
        return;
      case 'peer-opens': {
        const number = this.#number();
        chain.openedByPeer(number, CAPACITY, this.now);
        this.#isOpen(number, false);
        return;
      }
      case 'splice-in':
        this.#splices(this.#pick(step.one), MOVED, fee);
        return;
      case 'splice-out':
        this.#splices(this.#pick(step.one), -MOVED, fee);
        return;
      case 'close':
      case 'close-alone':
        if (this.#open.length > 3) this.#closes(step, fee);
    }
  }

  /** Of one transaction; they can be used once they are locked in. */
  #opens(count: number, fee = 0n, hours = 1): void {
    const numbers = Array.from({ length: count }, () => this.#number());
    const batch = numbers.map((number) => ({ number, capacity: CAPACITY }));
    const { lockIn } = this.life.node.chain.openBatch(batch, fee, this.now);
    this.#later(hours, (at) => {
      lockIn(at);
      for (const number of numbers) this.#isOpen(number, true);
    });
  }
  #isOpen(number: number, ours: boolean): void {
    this.life.node.opened(number, CAPACITY, ours ? 'local' : 'remote', this.now);
    this.#open = [...this.#open, { number, capacity: CAPACITY, ours, splices: 0 }];
  }

  #splices(channel: Open, added: bigint, fee: bigint): void {
    const { node } = this.life;
    node.chain.splice(channel.number, OUR_SIDE, channel.capacity, added, fee, this.now);
    channel.capacity = msat(channel.capacity + added);
    channel.splices += 1;
    node.spliced(channel.number, channel.capacity, channel.splices);
  }

  #closes({ kind, one, later }: Step, fee: bigint): void {
    const { number, capacity, ours } = this.#pick(one);
    const { node } = this.life;
    this.#open = this.#open.filter((open) => open.number !== number);
    node.gone(number);
    if (kind === 'close') {
      node.chain.closeTogether(number, OUR_SIDE, capacity, ours ? fee : 0n, this.now);
      return;
    }
    const { sweep } = node.chain.closeAlone(number, OUR_SIDE, capacity, fee, this.now);
    this.#later(later, (at) => sweep(fee / 2n, at));
  }

  #passes(one: number, other: number, amount: bigint, fee: bigint, seconds: number): void {
    const [from, out] = this.#pair(one, other);
    const at = unixMs(this.now + seconds * SECOND_MS);
    this.life.node.passed({ in: from, out, amount, fee, at });
  }
  /** Offered now, settled hours or days later: it belongs to the day on which it settled. */
  #hangs({ one, other, sat, fee, later }: Step): void {
    const [from, out] = this.#pair(one, other);
    const { node } = this.life;
    const heldMs = later * HOUR_MS;
    const passed = {
      in: from,
      out,
      amount: BigInt(sat) * 1000n,
      fee: BigInt(fee),
      at: this.now,
      heldMs,
    };
    const offered = node.offer(passed);
    this.#later(later, () => void node.settle(offered, passed));
  }

  /** Ordered by nobody of ours, or by a job: a diagnostic, or a refill for the fleet. */
  #circles({ kind, one, other, sat, fee, later }: Step): void {
    const [out, into] = this.#pair(one, other);
    const { node } = this.life;
    const circle = { out, in: into, amount: BigInt(sat) * 1000n, fee: BigInt(fee), at: this.now };
    if (kind === 'rebalance') node.circled(circle, 'rebalance');
    else {
      const ordered = later % 2 === 0 ? ('diagnostic' as const) : ('hive' as const);
      const done = this.#job(ordered, out, into, fromSat(sat));
      node.circled(circle, ordered);
      done();
    }
  }
  #job(kind: SpendKind, out: number, into: number, amount: Msat): () => void {
    const { spending } = this.life.store;
    const when = { wall: this.now, ledger: this.life.ledgerTime() };
    const { job } = spending.open(
      {
        kind,
        subject: idOf(into),
        destination: idOf(into),
        destinationPeer: nodeId(into),
        scid: scid(into),
        sources: [idOf(out)],
        amount,
        chunk: amount,
        maxPpm: ppm(1000),
        cap: amount,
        expectedIncome: msat(0n),
        expectedLoss: msat(0n),
        decisionId: undefined,
        deadlineMs: HOUR_MS,
      },
      () => ({ kind: 'granted', hold: amount, because: 'a test' }),
      when,
    );
    if (!job) throw new Error('the way is free');
    return () => spending.settle(job.id, 'moved', 'done', this.now);
  }

  #answers(): void {
    this.life.node.chain.silent = false;
    this.life.node.silent.clear();
  }

  #number(): number {
    this.#numbers += 1;
    return this.#numbers;
  }
  #pick(index: number): Open {
    const chosen = this.#open[index % this.#open.length];
    if (chosen === undefined) throw new Error('no channel is open');
    return chosen;
  }
  /** Two different ones. */
  #pair(one: number, other: number): readonly [number, number] {
    const { length } = this.#open;
    const shift = 1 + (other % (length - 1));
    return [this.#pick(one).number, this.#pick((one % length) + shift).number];
  }
  #later(hours: number, act: Due['act']): void {
    this.#due = [...this.#due, { at: unixMs(this.now + hours * HOUR_MS), act }];
  }
}
