/**
 * sling's engine over a market, its time driven from outside: jobs, their tries and waits, what it says of them. The
 * embedded node puts sling's commands over it, the in-process simulation a `Rebalancer`. One payment at a time a job.
 *
 * Whoever owns the machine lets time pass through `advance`, which runs the market and sling in turns; so the machine
 * hears how its payments ended, and the story does not depend on how the time is cut.
 */
import type { UnixMs } from '../../core/units.ts';
import { unixMs } from '../../core/units.ts';
import type { CircularEvent } from '../market/circular.ts';
import type { Market, MarketEvent } from '../market/market.ts';
import {
  refusalOf,
  SlingGone,
  type SlingMode,
  type SlingOrder,
  SlingRefused,
} from './sling-order.ts';
import { SlingRecords } from './sling-records.ts';
import type { SlingStats, SlingTask } from './sling-task.ts';
import { freshTask, type RunningTask, snapshot } from './sling-task.ts';
import { SlingTries } from './sling-tries.ts';

type Emit = (event: MarketEvent) => void;

export class SlingMachine {
  #market: Market;
  #mode: () => SlingMode;
  #tries: SlingTries;
  #records = new SlingRecords();
  /** `sling-job`s, which survive sling itself. */
  #written = new Map<number, SlingOrder>();
  #tasks = new Map<number, RunningTask>();
  #gone = false;
  #died = false;

  constructor(market: Market, mode: () => SlingMode = () => 'healthy') {
    this.#market = market;
    this.#mode = mode;
    this.#tries = new SlingTries(market, this.#records);
  }

  /** It died (mode `dies in mid job`): every call but `revive`, `nextAt`, `advance` throws SlingGone. */
  get gone(): boolean {
    return this.#gone;
  }

  version(): string {
    this.#alive();
    return this.#mode() === 'too old' ? 'v4.2.1' : 'v4.3.1';
  }

  /** With a total `sling-once`, else `sling-job` and `sling-go`. Throws SlingRefused. Tries from the next `advance` on. */
  start(order: SlingOrder): void {
    if (order.total === undefined) {
      this.add(order);
      this.go(order.channel);
      return;
    }
    this.#check(order);
    const task = this.#tasks.get(order.channel);
    if (this.#written.has(order.channel))
      throw new SlingRefused('There is already a job for that scid!');
    if (task?.active === true)
      throw new SlingRefused('There is already a job for that scid running!');
    this.#tasks.set(order.channel, freshTask(order, this.#market.now()));
  }

  /** `sling-job`: written down, not started; an earlier one of the channel is stopped and replaced. */
  add(order: SlingOrder): void {
    this.#check(order);
    const task = this.#tasks.get(order.channel);
    if (task?.active === true && task.order.total !== undefined)
      throw new SlingRefused('Once-job is currently running for this channel');
    this.#tasks.delete(order.channel);
    this.#written.set(order.channel, order);
  }

  #check(order: SlingOrder): void {
    this.#alive();
    const channels = this.#market.channels();
    const refused = refusalOf(order, channels[order.channel]);
    if (refused !== undefined) throw new SlingRefused(refused);
    const against = order.candidates.find((one) => this.#direction(one) === order.direction);
    if (against !== undefined)
      throw new SlingRefused(
        `candidate ${channels[against]?.scid} has a ${order.direction}-job that rebalances in the other direction!`,
      );
  }

  #direction(index: number): SlingOrder['direction'] | undefined {
    const task = this.#tasks.get(index);
    const running = task?.active === true ? task.order : undefined;
    return (running ?? this.#written.get(index))?.direction;
  }

  /** `sling-go`: starts what is written down and does not run; how many. */
  go(index?: number): number {
    this.#alive();
    const idle = [...this.#written.values()].filter(
      ({ channel }) =>
        (index === undefined || index === channel) && this.#tasks.get(channel)?.active !== true,
    );
    for (const order of idle) this.#tasks.set(order.channel, freshTask(order, this.#market.now()));
    return idle.length;
  }

  /** `sling-stop`: ends what is on its way at once; answers the number of task slots, 0: none. */
  stop(index: number, emit: Emit): number {
    this.#alive();
    const task = this.#tasks.get(index);
    if (task === undefined) return 0;
    if (task.inFlight !== undefined) this.#market.endCircular?.(task.inFlight, this.#hearing(emit));
    this.#alive();
    if (task.active) task.status = 'Stopped';
    task.active = false;
    return 1;
  }

  /** `sling-deletejob`: stops and forgets; its statistics stay. */
  remove(index: number, emit: Emit): void {
    this.stop(index, emit);
    this.#tasks.delete(index);
    this.#written.delete(index);
  }

  /** Jobs written down, running or not, and once jobs that run. (`sling-jobsettings` shows those without `total`.) */
  jobs(): readonly SlingTask[] {
    this.#alive();
    const once = [...this.#tasks.values()].filter(
      ({ order, active }) => active && order.total !== undefined,
    );
    const written = [...this.#written.values()].map(
      (order) => this.#tasks.get(order.channel) ?? notStarted(order),
    );
    return [...written, ...once].map(snapshot);
  }

  job(index: number): SlingTask | undefined {
    return this.jobs().find(({ order }) => order.channel === index);
  }

  /** All tasks in memory, ended ones too: what `sling-stats` lists. */
  tasks(): readonly SlingTask[] {
    this.#alive();
    return [...this.#tasks.values()].map(snapshot);
  }

  stats(index: number): SlingStats {
    this.#alive();
    return this.#records.of(index);
  }

  /** Told anew how to behave: it may die once more. */
  mortal(): void {
    this.#died = false;
  }

  /** Comes back after it died: jobs written down are there, not started; once jobs are not. */
  revive(): void {
    this.#gone = false;
  }

  /** When it does something next; never in the past. undefined: nothing to do. */
  nextAt(): UnixMs | undefined {
    const wakes = [...this.#tasks.values()].filter(({ active }) => active).map((one) => one.wakeAt);
    if (wakes.length === 0) return undefined;
    return unixMs(Math.max(this.#market.now(), Math.min(...wakes)));
  }

  /** Runs market and sling up to and including `until`; every event of the market is handed over in order. */
  advance(until: UnixMs, emit: Emit): void {
    const heard = this.#hearing(emit);
    for (let next = this.nextAt(); next !== undefined && next <= until; next = this.nextAt()) {
      this.#market.advance(next, heard);
      this.#run(heard);
    }
    this.#market.advance(until, heard);
  }

  #run(emit: Emit): void {
    const now = this.#market.now();
    for (const task of this.#tasks.values())
      if (task.active && task.wakeAt <= now) this.#tries.step(task, this.#mode(), emit);
  }

  /** Others are told before sling acts on it. */
  #hearing(emit: Emit): Emit {
    return (event) => {
      emit(event);
      if (event.kind === 'circular') this.#heard(event);
    };
  }

  #heard(event: CircularEvent): void {
    const task = [...this.#tasks.values()].find((one) => one.inFlight === event.paymentHash);
    if (task === undefined) return;
    this.#tries.heard(task, event);
    if (event.phase === 'settled' && this.#mode() === 'dies in mid job') this.#die();
  }

  /** Once only, unless told anew: what comes back stays. A payment still on its way is the node's, and ends without it. */
  #die(): void {
    if (this.#died) return;
    this.#died = true;
    this.#gone = true;
    this.#tasks.clear();
  }

  #alive(): void {
    if (this.#gone) throw new SlingGone('sling is not running');
  }
}

const notStarted = (order: SlingOrder): RunningTask => ({
  ...freshTask(order, 0),
  status: 'NotStarted',
  active: false,
});
