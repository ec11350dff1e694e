/**
 * One life of the real plugin: the launcher, started by the embedded node as lightningd starts it, in a world whose
 * time stands still wherever a test wants to look. Nothing of ours is called but over the plugin's socket and pipes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DAY_MS, HOUR_MS, type UnixMs, unixMs } from '../../src/core/units.ts';
import { LOCKSTEP_VARIABLE } from '../../src/lockstep.ts';
import type { ClbossDouble, ClbossMode } from '../../src/sim/embedded-node/clboss-double.ts';
import { RpcClient } from '../../src/sim/embedded-node/client.ts';
import { EmbeddedNode } from '../../src/sim/embedded-node/embedded-node.ts';
import type { HiveDouble, HiveMode } from '../../src/sim/embedded-node/hive-double.ts';
import { asRecord, members, parseLossless, toJson } from '../../src/sim/embedded-node/json-text.ts';
import type { PluginHost } from '../../src/sim/embedded-node/plugin-host.ts';
import type { Started } from '../../src/sim/embedded-node/plugin-registry.ts';
import type { SlingDouble } from '../../src/sim/embedded-node/sling-double.ts';
import type { Market, SimChannel } from '../../src/sim/market/market.ts';
import { SimulatedMarket } from '../../src/sim/market/simulated-market.ts';
import type { SlingMode } from '../../src/sim/sling/sling-order.ts';
import { KillAt, type KillMoment } from './kill-at.ts';

/** The real launcher. */
export const PLUGIN = resolve(import.meta.dirname, '../../cl-revenue-ops');
/** Simulated lives begin here. */
export const BORN = unixMs(Date.UTC(2026, 0, 5));
/** Nobody lives that long. */
const FOR_EVER_MS = 10 * 365 * DAY_MS;

type NodeOptions = ConstructorParameters<typeof EmbeddedNode>[0];
type ExtraCommands = NonNullable<NodeOptions['extraCommands']>[number];

export type LifeOptions = {
  readonly seed?: number;
  readonly channels?: number;
  /** Days of forwards that the node has in its table at the start. */
  readonly historyDays?: number;
  readonly market?: Market;
  /** Options of the plugin besides the database's path. Authority is `fees` unless told. */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  /** The database; one in the life's own folder when left out. */
  readonly database?: string;
  /** `machine`: the plugin lives by the machine's clock. */
  readonly clock?: 'lockstep' | 'machine';
  readonly commands?: readonly ExtraCommands[];
  readonly env?: Readonly<Record<string, string>>;
  /** How the node differs from a plain one: its version, its manners, the plugins it lists. */
  readonly like?: Pick<NodeOptions, 'version' | 'deprecatedApis' | 'listedPlugins'>;
  /** sling is there and behaves like that; it can be told otherwise later (`life.sling.mode`). */
  readonly sling?: SlingMode;
  /** cl-hive is there and behaves like that; it can be told otherwise later (`life.hive.mode`). */
  readonly hive?: HiveMode;
  /** clboss is there and behaves like that; it can be told otherwise later (`life.clboss.mode`). */
  readonly clboss?: ClbossMode;
  /** What is started; the launcher of this tree unless told. */
  readonly plugin?: string;
  /** Faults to switch on before the plugin starts. */
  readonly prepare?: (node: EmbeddedNode) => void;
};

/** A `setchannel` of the plugin's: every argument as the JSON text it sent. */
export type FeeCall = {
  readonly at: UnixMs;
  /** Its place among all calls. */
  readonly order: number;
  readonly id: string;
  readonly ppm: string;
  readonly base: string;
  readonly text: string;
};
type Called = { readonly method: string; readonly at: UnixMs };

/** Every commit waits for the disk; a life nobody keeps stays in memory. */
export const memoryFolder = (): string =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'rev-'));

export class Life implements AsyncDisposable {
  readonly folder = memoryFolder();
  readonly database: string;
  readonly market: Market;
  readonly node: EmbeddedNode;
  /** What the plugin asked the node, oldest first; the outsider's calls are not in it. */
  readonly called: Called[] = [];
  readonly sets: FeeCall[] = [];
  readonly #options: LifeOptions;
  #limit: number;
  #turn = 0;
  #parked = Promise.withResolvers<void>();
  #released = Promise.withResolvers<void>();
  #outside = 0;
  #dying: Promise<void> = Promise.resolve();
  readonly #killing = new KillAt(() => {
    this.#limit = this.now;
    this.#sigkill();
  });

  constructor(options: LifeOptions = {}) {
    this.#options = options;
    const { seed = 1, channels = 8, historyDays = 0, clock = 'lockstep' } = options;
    const start = clock === 'lockstep' ? BORN : unixMs(Date.now());
    this.market = options.market ?? new SimulatedMarket({ seed, start, channels, historyDays });
    this.database = options.database ?? join(this.folder, 'revenue-ops.db');
    this.#limit = this.market.now();
    this.node = this.#embed(seed, clock);
    options.prepare?.(this.node);
  }

  /** Starts the plugin and waits until its world stands still for the first time. */
  static async start(options: LifeOptions = {}): Promise<Life> {
    const life = new Life(options);
    try {
      const started = await life.startPlugin();
      if (started.kind !== 'started') throw new Error(`${started.reason}\n${life.node.stderr}`);
      await life.arrived();
      return life;
    } catch (error) {
      await life.destroy();
      throw error;
    }
  }

  /** The first start of the plugin, whatever comes of it. */
  async startPlugin(): Promise<Started> {
    const [started] = await this.node.start([{ path: this.#path, options: this.#given() }]);
    if (started === undefined) throw new Error('nothing was started');
    return started;
  }

  /** `lightning-cli plugin start`, over the same database as before. */
  async restartPlugin(): Promise<void> {
    this.#parked = Promise.withResolvers();
    this.#killing.revived();
    await this.call('plugin', { subcommand: 'start', plugin: this.#path, ...this.#given() });
    await this.arrived();
  }

  get plugin(): PluginHost {
    const [host] = this.node.plugins.hosts;
    if (host === undefined) throw new Error(`the plugin is gone\n${this.node.stderr}`);
    return host;
  }

  get sling(): SlingDouble {
    const { sling } = this.node;
    if (sling === undefined) throw new Error('this life has no sling');
    return sling;
  }

  get hive(): HiveDouble {
    const { hive } = this.node;
    if (hive === undefined) throw new Error('this life has no cl-hive');
    return hive;
  }

  get clboss(): ClbossDouble {
    const { clboss } = this.node;
    if (clboss === undefined) throw new Error('this life has no clboss');
    return clboss;
  }

  get now(): UnixMs {
    return this.market.now();
  }

  channel(index: number): SimChannel {
    const found = this.market.channels()[index];
    if (found === undefined) throw new Error(`no channel ${index}`);
    return found;
  }

  /** A call as lightning-cli makes it; the result, which must be an object. */
  async call(
    method: string,
    params: readonly unknown[] | Readonly<Record<string, unknown>> = {},
  ): Promise<Record<string, unknown>> {
    const result = asRecord(await new RpcClient(this.node.socketPath).call(method, params));
    if (result === undefined) throw new Error(`${method} answered no object`);
    return result;
  }

  /** What somebody else does: `setchannel` by hand. */
  async outsiderSets(index: number, base: number, ppm: number): Promise<void> {
    this.#outside += 1;
    await this.call('setchannel', [this.channel(index).scid, base, ppm]);
  }

  /** Lives on for that long; then the world stands still and everything due has been done. */
  async hours(count: number): Promise<void> {
    await this.runTo(unixMs(this.now + count * HOUR_MS));
  }

  async days(count: number): Promise<void> {
    await this.hours(24 * count);
  }

  async runTo(at: UnixMs): Promise<void> {
    this.#limit = at;
    this.#parked = Promise.withResolvers();
    const { resolve: release } = this.#released;
    this.#released = Promise.withResolvers();
    release();
    await this.arrived();
  }

  /** The plugin waits for time to go on: it has taken in everything that happened. */
  async arrived(): Promise<void> {
    if (this.#options.clock === 'machine') return;
    const { plugin } = this;
    const died = plugin.exited.then(() => {
      throw new Error(`the plugin ended: ${plugin.fate}\n${this.node.stderr}\n${this.said()}`);
    });
    await Promise.race([this.#parked.promise, died]);
  }

  /** Everything in the log, for the message of a failing test. */
  said(): string {
    return this.node.logs.map(({ level, message }) => `${level}: ${message}`).join('\n');
  }

  /** How many calls of the plugin's to that method. */
  count(method: string): number {
    return this.called.filter((call) => call.method === method).length;
  }

  /** SIGKILL of the plugin; the world stops where it is. */
  async killPlugin(): Promise<void> {
    const { plugin } = this;
    this.#limit = this.now;
    this.#sigkill();
    await plugin.exited;
    this.#limit = this.now;
  }

  /**
   * SIGKILL at an exact call of the plugin's. Resolves with that call's method when the process is gone; until the
   * next start the world stands still, but for what `node.advance` is asked for, and sling's jobs stay.
   */
  async killAt(moment: KillMoment): Promise<string> {
    const { method } = await this.#killing.arm(moment);
    await this.#dying;
    return method;
  }

  /** Forgets a moment that was not reached. */
  spare(): void {
    this.#killing.disarm();
  }

  /** As `hours`; false when `killAt` struck meanwhile. */
  async survives(count: number): Promise<boolean> {
    try {
      await this.hours(count);
      return true;
    } catch (error) {
      if (!this.#killing.dead) throw error;
      await this.#dying;
      return false;
    }
  }

  #sigkill(): void {
    const { plugin } = this;
    if (plugin.pid === undefined) throw new Error('the plugin has no process');
    process.kill(plugin.pid, 'SIGKILL');
    this.#dying = plugin.exited;
  }

  /** `plugin stop`. */
  async stopPlugin(): Promise<void> {
    await this.call('plugin', { subcommand: 'stop', plugin: this.#path });
  }

  async destroy(): Promise<void> {
    await this.node.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  get #path(): string {
    return this.#options.plugin ?? PLUGIN;
  }

  #given(): Record<string, string | number | boolean> {
    const { options = { 'revenue-ops-authority': 'fees' } } = this.#options;
    return { 'revenue-ops-db-path': this.database, ...options };
  }

  #embed(seed: number, clock: 'lockstep' | 'machine'): EmbeddedNode {
    const directory = join(this.folder, 'ln');
    mkdirSync(directory);
    const env = { ...this.#options.env };
    // Read at every start of a plugin: it begins where the world is.
    const lockstep = () =>
      JSON.stringify({ start_ms: this.now, end_ms: this.now + FOR_EVER_MS, seed });
    if (clock === 'lockstep')
      Object.defineProperty(env, LOCKSTEP_VARIABLE, { enumerable: true, get: lockstep });
    return new EmbeddedNode({
      ...this.#options.like,
      ...(this.#options.sling === undefined ? {} : { sling: this.#options.sling }),
      ...(this.#options.clboss === undefined ? {} : { clboss: this.#options.clboss }),
      ...(this.#options.hive === undefined ? {} : { hive: this.#options.hive }),
      market: this.market,
      directory,
      env,
      onCall: (method, params) => this.#onCall(method, params),
      onCalled: this.#killing.onCalled,
      extraCommands: [...this.#timeCommands(), ...(this.#options.commands ?? [])],
    });
  }

  #onCall(method: string, params: string): void {
    if (method.startsWith('sim-') || method.startsWith('revenue-') || method === 'plugin') return;
    if (method === 'setchannel' && this.#outside > 0) {
      this.#outside -= 1;
      return;
    }
    this.called.push({ method, at: this.now });
    if (method === 'setchannel') this.sets.push(feeCall(params, this.now, this.called.length));
  }

  /** Instead of the embedded node's own: time passes only up to the moment the test allows. */
  #timeCommands(): ExtraCommands[] {
    return [
      {
        name: 'sim-advance',
        usage: 'until_ms',
        answer: (_, args) => this.#advance(Number(args.get('until_ms'))),
      },
      { name: 'sim-state', usage: '', answer: () => '{}' },
    ];
  }

  async #advance(until: number): Promise<string> {
    this.#turn += 1;
    const turn = this.#turn;
    while (this.now >= this.#limit) {
      this.#parked.resolve();
      await this.#released.promise;
      // The plugin that asked is gone, and another one lives in its place.
      if (turn !== this.#turn) return new Promise<string>(() => undefined);
    }
    this.node.advance(unixMs(Math.min(until, this.#limit)));
    return toJson({ now_ms: this.now, notifications: this.plugin.notifications });
  }
}

function feeCall(params: string, at: UnixMs, order: number): FeeCall {
  const given = members(params);
  return {
    at,
    order,
    id: String(parseLossless(given.get('id') ?? 'null')),
    ppm: given.get('feeppm') ?? '',
    base: given.get('feebase') ?? '',
    text: params,
  };
}

/** Reads a database from outside, beside whoever writes it. */
export function readDatabase<T>(path: string, read: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

/** SHA-256 over every row of every table: equal hashes, equal memory. */
export function contentHash(path: string): string {
  return readDatabase(path, (db) => {
    const hash = createHash('sha256');
    const tables = db
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
      .all();
    for (const { name } of tables) {
      hash.update(`${String(name)}\n`);
      const rows = db.prepare(`SELECT * FROM "${String(name)}" ORDER BY 1, 2`);
      rows.setReadBigInts(true);
      for (const row of rows.iterate()) hash.update(`${toJson(row)}\n`);
    }
    return hash.digest('hex');
  });
}
