/**
 * sling's engine over a market, its time driven from outside: jobs, their tries and waits, what it says of them. The
 * embedded node puts sling's commands over it, the in-process simulation a `Rebalancer`. One payment at a time a job.
 *
 * Whoever owns the machine lets time pass through `advance`, which runs the market and sling in turns; so the machine
 * hears how its payments ended, and the story does not depend on how the time is cut.
 */
import type { UnixMs } from '../../core/units.ts';
import type { Market, MarketEvent } from '../market/market.ts';
import { SlingGone, type SlingMode, type SlingOrder } from './sling-order.ts';
import type { SlingStats, SlingTask } from './sling-task.ts';

type Emit = (event: MarketEvent) => void;

export class SlingMachine {
  #market: Market;
  #mode: () => SlingMode;
  #gone = false;

  constructor(market: Market, mode: () => SlingMode = () => 'healthy') {
    this.#market = market;
    this.#mode = mode;
  }

  /** It died (mode `dies in mid job`): every call but `revive`, `gone`, `advance` throws SlingGone. */
  get gone(): boolean {
    return this.#gone;
  }

  version(): string {
    this.#alive();
    return this.#mode() === 'too old' ? 'v4.2.1' : 'v4.3.1';
  }

  /** With a total `sling-once`, else `sling-job` and `sling-go`. Throws SlingRefused. Tries from the next `advance` on. */
  start(_order: SlingOrder): void {
    this.#alive();
  }

  /** `sling-job`: written down, not started. */
  add(_order: SlingOrder): void {
    this.#alive();
  }

  /** `sling-go`: starts what is written down and does not run; how many. */
  go(_index?: number): number {
    this.#alive();
    return 0;
  }

  /** `sling-stop`: ends what is on its way at once; answers the number of task slots, 0: none. */
  stop(_index: number, _emit: Emit): number {
    this.#alive();
    return 0;
  }

  /** `sling-deletejob`: stops and forgets. */
  remove(_index: number, _emit: Emit): void {
    this.#alive();
  }

  /** Jobs written down, running or not, and once jobs that run. (`sling-jobsettings` shows those without `total`.) */
  jobs(): readonly SlingTask[] {
    this.#alive();
    return [];
  }

  job(index: number): SlingTask | undefined {
    return this.jobs().find(({ order }) => order.channel === index);
  }

  /** All tasks in memory, ended ones too: what `sling-stats` lists. */
  tasks(): readonly SlingTask[] {
    this.#alive();
    return [];
  }

  stats(_index: number): SlingStats {
    this.#alive();
    return { successes: [], failures: [] };
  }

  /** Comes back after it died: jobs written down are there, not started; once jobs are not. */
  revive(): void {
    this.#gone = false;
  }

  /** When it does something next. */
  nextAt(): UnixMs | undefined {
    return undefined;
  }

  /** Runs market and sling up to and including `until`; every event of the market is handed over in order. */
  advance(until: UnixMs, emit: Emit): void {
    this.#market.advance(until, emit);
  }

  #alive(): void {
    if (this.#gone) throw new SlingGone('Unknown command');
  }
}
