/**
 * sling as one of the node's plugins: its commands with their true shapes over the engine in `sim/sling`
 * (facts/neighbours.md §5.1). All calls but sling-version wait for one lock, so everything waits behind a stop. Jobs live
 * here and not in the plugin under test: they go on when that one is killed.
 */
import type { UnixMs } from '../../core/units.ts';
import type { MarketEvent } from '../market/market.ts';
import { SlingMachine } from '../sling/sling-machine.ts';
import { SlingGone, type SlingMode, type SlingOrder, SlingRefused } from '../sling/sling-order.ts';
import type { SlingTask } from '../sling/sling-task.ts';
import type { DirectCommand } from './dispatcher.ts';
import { asRecord, parseLossless, toJson } from './json-text.ts';
import type { NodeState } from './node-state.ts';
import { type Notification, pluginChanged } from './notifications.ts';
import { CODE, RpcError } from './rpc-error.ts';
import { SlingExceptions } from './sling-exceptions.ts';
import { orderOf, scidOf, slingError } from './sling-parameters.ts';
import { statsOf, tableOf, taskLine } from './sling-stats.ts';

export const SLING_PATH = '/usr/local/bin/sling';

export type SlingSettings = {
  readonly node: NodeState;
  readonly mode: SlingMode;
  /** Where what a stop makes happen goes. */
  readonly happened: (event: MarketEvent) => void;
  readonly tell: (notification: Notification) => void;
};

/** An operator's endless job: small payments, cheap, from every other channel. */
const OPERATORS = {
  direction: 'pull',
  chunk: 100_000_000,
  maxPpm: 50,
  keepShare: 0.2,
  keepAmount: 2_000_000_000,
} as const;

const SUCCESS = toJson({ result: 'success' });
const isTrue = (value: unknown): boolean => value === true || value === 'true';

/** A refusal as the caller gets it; anything else is a mistake of the double itself. */
function asAnswer(error: unknown): unknown {
  if (error instanceof SlingRefused) return slingError(error.message);
  if (error instanceof SlingGone)
    return new RpcError(CODE.PLUGIN_TERMINATED, 'Plugin terminated before replying to RPC call.');
  return error;
}

export class SlingDouble {
  readonly machine: SlingMachine;
  /** How long a stop holds the lock, ms of the wall clock; up to 120,000 in the real one. */
  stopMs = 0;
  readonly #settings: SlingSettings;
  readonly #node: NodeState;
  readonly #exceptions: SlingExceptions;
  readonly #commands: readonly DirectCommand[];
  #mode: SlingMode;
  #known = true;
  #lock: Promise<unknown> = Promise.resolve();

  constructor(settings: SlingSettings) {
    this.#settings = settings;
    this.#node = settings.node;
    this.#mode = settings.mode;
    this.machine = new SlingMachine(settings.node.market, () => this.#mode);
    this.#exceptions = new SlingExceptions(settings.node, this.machine);
    this.#commands = this.#allCommands();
    if (this.#mode === 'operator jobs') this.operatorJob();
  }

  get mode(): SlingMode {
    return this.#mode;
  }

  /** From now on it behaves like that; `operator jobs` brings a job of the operator's along. */
  set mode(mode: SlingMode) {
    this.#mode = mode;
    this.machine.mortal();
    if (mode === 'operator jobs') this.operatorJob();
  }

  /** What the node offers now: nothing once sling died. */
  get commands(): readonly DirectCommand[] {
    return this.machine.gone ? [] : this.#commands;
  }

  /** Runs market and sling; tells when sling died of it. */
  advance(until: UnixMs, emit: (event: MarketEvent) => void): void {
    this.machine.advance(until, emit);
    if (this.machine.gone) this.#mourn();
  }

  /** sling is started again: once jobs are gone, the operator's are there and do not run. */
  revive(): void {
    this.machine.revive();
    this.#known = true;
    this.#settings.tell(pluginChanged('plugin_started', this.#description()));
  }

  /** Somebody else's running job, on the emptiest channel unless told; the order that was given. */
  operatorJob(changes: Partial<SlingOrder> = {}): SlingOrder {
    const open = this.#node.channels().filter(({ state }) => state === 'CHANNELD_NORMAL');
    const [emptiest] = open.toSorted((a, b) => a.toUs / a.capacity - b.toUs / b.capacity);
    const channel = changes.channel ?? emptiest?.index;
    if (channel === undefined) throw new RangeError('no channel to have a job on');
    const candidates = open.map(({ index }) => index).filter((index) => index !== channel);
    const order = { ...OPERATORS, candidates, ...changes, channel };
    this.machine.start(order);
    return order;
  }

  #mourn(): void {
    if (!this.#known) return;
    this.#known = false;
    this.#settings.tell(pluginChanged('plugin_stopped', this.#description()));
  }

  #description(): { name: string; path: string; methods: string[] } {
    return { name: 'sling', path: SLING_PATH, methods: this.#commands.map(({ name }) => name) };
  }

  #allCommands(): DirectCommand[] {
    const emit = this.#settings.happened;
    return [
      { name: 'sling-version', usage: '', run: () => toJson({ version: this.machine.version() }) },
      this.#locked('sling-once', 'scid direction amount maxppm onceamount', (params) => {
        this.machine.start(this.#order('sling-once', params));
        return toJson({ result: 'started' });
      }),
      this.#locked('sling-job', 'scid direction amount maxppm', (params) => this.#job(params)),
      this.#locked('sling-go', '[scid]', (params) => this.#go(params)),
      this.#locked('sling-jobsettings', '[scid]', (params) => this.#jobSettings(params)),
      this.#locked('sling-deletejob', 'job [delete_stats]', (params) => {
        for (const { order } of this.#meant(scidOf(params, 'job')))
          this.machine.remove(order.channel, emit);
        return SUCCESS;
      }),
      this.#locked('sling-stats', '[scid] [json]', (params) => this.#stats(params)),
      this.#locked('sling-except-chan', 'command [scid]', (params) =>
        this.#exceptions.channels(params),
      ),
      this.#locked('sling-except-peer', 'command [id]', (params) => this.#exceptions.peers(params)),
      this.#stop(emit),
    ];
  }

  #locked(name: string, usage: string, answer: (params: string) => string): DirectCommand {
    return { name, usage, run: ({ params }) => this.#serially(async () => answer(params)) };
  }

  /** Nobody else is served while it lasts. */
  #stop(emit: (event: MarketEvent) => void): DirectCommand {
    const run = async (params: string): Promise<string> => {
      const scid = scidOf(params);
      const channels = new Set(this.#meant(scid ?? 'all').map(({ order }) => order.channel));
      const counts = [...channels].map((channel) => this.machine.stop(channel, emit));
      if (this.stopMs > 0) await new Promise((resolve) => setTimeout(resolve, this.stopMs));
      return toJson({ stopped_count: counts.reduce((a, b) => a + b, 0) });
    };
    return {
      name: 'sling-stop',
      usage: '[scid]',
      run: ({ params }) => this.#serially(() => run(params)),
    };
  }

  #serially(work: () => Promise<string>): Promise<string> {
    const mine = this.#lock.then(work).catch((error: unknown) => {
      if (this.machine.gone) this.#mourn();
      throw asAnswer(error);
    });
    // Whoever asked hears of a failure; the next in line only waits for the end.
    this.#lock = Promise.allSettled([mine]);
    return mine;
  }

  #order(method: 'sling-once' | 'sling-job', params: string): SlingOrder {
    const pulled = (index: number): boolean =>
      this.machine
        .jobs()
        .some(({ order }) => order.channel === index && order.direction === 'pull');
    return orderOf(this.#node, method, params, pulled);
  }

  #job(params: string): string {
    const order = this.#order('sling-job', params);
    const running = this.machine.job(order.channel);
    if (running?.active === true && running.order.total !== undefined)
      throw slingError('Once-job is currently running for this channel');
    this.machine.add(order);
    return SUCCESS;
  }

  /** Jobs that were written down: once jobs never are. */
  #written(): readonly SlingTask[] {
    return this.machine.jobs().filter(({ order }) => order.total === undefined);
  }

  /** Tasks and jobs that a name means; `all`: every one. */
  #meant(scid: string | undefined): readonly SlingTask[] {
    if (scid === undefined) throw slingError('Missing job');
    const all = [...this.machine.tasks(), ...this.machine.jobs()];
    const named = all.filter(
      ({ order }) => scid === 'all' || this.#node.scidOf(order.channel) === scid,
    );
    return [...new Map(named.map((task) => [task.order.channel, task])).values()];
  }

  #go(params: string): string {
    const written = this.#written();
    if (written.length === 0) throw slingError('No jobs found');
    const scid = scidOf(params);
    const chosen = written.find(({ order }) => this.#node.scidOf(order.channel) === scid);
    if (scid !== undefined && chosen === undefined)
      throw slingError('Shortchannelid not found in jobs');
    const started = this.machine.go(chosen?.order.channel);
    // The second name really ends with a colon.
    return toJson({ tasks_started: started, 'tasks_failed_start:': 0 });
  }

  #jobSettings(params: string): string {
    const scid = scidOf(params);
    const open = new Set(
      this.#node
        .channels()
        .filter(({ state }) => state === 'CHANNELD_NORMAL')
        .map(({ index }) => index),
    );
    const shown = this.#written()
      .filter(({ order }) => open.has(order.channel))
      .map(({ order }) => [this.#node.scidOf(order.channel), this.#settingsOf(order)] as const)
      .filter(([name]) => scid === undefined || name === scid);
    if (scid !== undefined && shown.length === 0) throw slingError('channel not found');
    return toJson(Object.fromEntries(shown));
  }

  #settingsOf(order: SlingOrder): object {
    return {
      sat_direction: order.direction === 'pull' ? 'Pull' : 'Push',
      amount_msat: order.chunk,
      maxppm: order.maxPpm,
      candidates: order.candidates.map((index) => this.#node.scidOf(index)),
      target: order.target,
      depleteuptopercent: order.keepShare,
      depleteuptoamount_msat: order.keepAmount,
    };
  }

  #stats(params: string): string {
    const given = parseLossless(params);
    const json = Array.isArray(given) ? given.at(-1) : asRecord(given)?.json;
    const scid =
      Array.isArray(given) && given.length === 1 && isTrue(json) ? undefined : scidOf(params);
    if (scid !== undefined) return this.#statsOf(scid, isTrue(json));
    const lines = this.machine.tasks().map((task) => taskLine(this.#node, this.machine, task));
    return toJson(isTrue(json) ? lines : tableOf(lines));
  }

  #statsOf(scid: string, json: boolean): string {
    const channel = this.#node.channels().find((one) => one.scid === scid);
    if (channel === undefined) throw slingError('channel not found');
    const stats = statsOf(this.#node, this.machine, channel.index);
    return toJson(json ? stats : tableOf([stats]));
  }
}
