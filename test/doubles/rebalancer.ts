/** A backend that can obey, refuse, stay silent with or without acting, begin late, keep what it was told to end, die. */
import { type Msat, msat, type Scid } from '../../src/core/units.ts';
import { NodeRefused, RetryLater } from '../../src/ports/errors.ts';
import type { BackendJob, RebalanceOrder, Rebalancer } from '../../src/ports/rebalancer.ts';

export type StartManner =
  | 'obeys'
  | 'refuses'
  | 'refuses-done'
  | 'silent-undone'
  | 'silent-done'
  | 'silent-late';
type Moved = (order: RebalanceOrder) => void;
type Running = { readonly job: BackendJob; readonly order: RebalanceOrder | undefined; left: Msat };

export class RebalancerDouble implements Rebalancer {
  startManner: StartManner = 'obeys';
  /** `keeps`: says it stopped, and goes on. */
  stopManner: 'obeys' | 'silent' | 'silent-done' | 'keeps' = 'obeys';
  said = 'v4.3.1';
  present = true;
  silent = false;
  /** Orders wait for it. */
  gate: Promise<void> | undefined;
  readonly running = new Map<Scid, Running>();
  /** Orders it will only begin at the next `work`. */
  late: readonly RebalanceOrder[] = [];
  readonly asked: string[] = [];
  readonly orders: RebalanceOrder[] = [];

  async version(): Promise<string> {
    this.#hear('version');
    return this.said;
  }
  async jobs(): Promise<readonly BackendJob[]> {
    this.#hear('jobs');
    return [...this.running.values()].map(({ job }) => job);
  }
  async start(order: RebalanceOrder): Promise<void> {
    this.#hear(`start ${order.destination}`);
    await this.gate;
    if (this.startManner === 'silent-undone') throw new RetryLater('no answer');
    if (this.startManner === 'refuses' || this.running.has(order.destination))
      throw new NodeRefused('there is a job for this channel', -1);
    this.orders.push(order);
    if (this.startManner === 'silent-late') this.late = [...this.late, order];
    else this.#begin(order);
    if (this.startManner === 'refuses-done') throw new NodeRefused('no', -1);
    if (this.startManner !== 'obeys') throw new RetryLater('no answer');
  }
  async stop(channel: Scid): Promise<number> {
    this.#hear(`stop ${channel}`);
    if (this.stopManner === 'silent') throw new RetryLater('no answer');
    const stopped = this.stopManner !== 'keeps' && this.running.delete(channel);
    if (this.stopManner === 'silent-done') throw new RetryLater('no answer');
    return stopped ? 1 : 0;
  }
  async remove(channel: Scid): Promise<void> {
    this.#hear(`remove ${channel}`);
  }

  /** A job of somebody else. */
  foreign(job: BackendJob): void {
    this.running.set(job.channel, { job, order: undefined, left: msat(0n) });
  }
  /** Every job of ours moves one chunk; done ones end by themselves. */
  work(move: Moved): void {
    for (const order of this.late) this.#begin(order);
    this.late = [];
    for (const [scid, one] of this.running) {
      if (!one.order) continue;
      move(one.order);
      one.left = msat(one.left - one.order.chunk);
      if (one.left <= 0n) this.running.delete(scid);
    }
  }

  #begin(order: RebalanceOrder): void {
    const job: BackendJob = {
      channel: order.destination,
      direction: 'pull',
      chunk: order.chunk,
      total: order.total,
      maxPpm: order.maxPpm,
      sources: order.sources,
    };
    this.running.set(order.destination, { job, order, left: order.total });
  }
  #hear(what: string): void {
    this.asked.push(what);
    if (!this.present) throw new NodeRefused('Unknown command', -32601);
    if (this.silent) throw new RetryLater('no answer');
  }
}
