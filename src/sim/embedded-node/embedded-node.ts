/**
 * A lightningd stand-in in one process: starts plugins as lightningd does, serves its JSON-RPC socket, and lives in
 * a Market (SPEC 10, 13). What it answers was seen on v26.06.6; what it gets wrong on purpose is in `faults`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnixMs } from '../../core/units.ts';
import type { ChainLife } from '../chain/chain-life.ts';
import { COMMANDS } from './answers/all.ts';
import { CLBOSS_PATH, ClbossDouble } from './clboss-double.ts';
import { RpcClient } from './client.ts';
import { type DirectCommand, Dispatcher } from './dispatcher.ts';
import type { EmbeddedNodeOptions } from './embedded-node-options.ts';
import { Faults } from './faults.ts';
import { HIVE_PATH, HiveDouble } from './hive-double.ts';
import { PluginFault } from './manifest.ts';
import { type ListedPlugin, nodeCommands } from './node-commands.ts';
import { NodeState } from './node-state.ts';
import { NodeTime } from './node-time.ts';
import {
  type CustomNotification,
  type LogLine,
  PluginHost,
  type PluginHostSettings,
} from './plugin-host.ts';
import type { GivenOptions } from './plugin-options.ts';
import { PluginPipe } from './plugin-pipe.ts';
import { PluginRegistry, type Started } from './plugin-registry.ts';
import type { ChannelQuirk } from './quirks.ts';
import { simCommands } from './sim-commands.ts';
import { SLING_PATH, SlingDouble } from './sling-double.ts';
import { type Connection, RpcSocketServer } from './socket-server.ts';

export type PluginStart = { readonly path: string; readonly options?: GivenOptions };

const VERSION = 'v26.06.6';
/** lightningd's first request to a plugin and its first init, as seen in the wire log. */
const [FIRST_MANIFEST_ID, FIRST_INIT_ID] = [20, 44];
const FEATURES = {
  init: '800898880a8a59a1',
  node: '808898880a8a59a1',
  channel: '',
  invoice: '02000002024100',
  bolt12_offer: '',
  bolt12_invreq: '',
  bolt12_invoice: '020000',
  channel_type: '08800000800000',
};
/** Older lines are dropped. */
const MAX_LOG_LINES = 10_000;

export class EmbeddedNode implements AsyncDisposable {
  readonly faults = new Faults();
  readonly state: NodeState;
  readonly time: NodeTime;
  readonly plugins: PluginRegistry;
  /** sling, to change its ways while it runs. */
  readonly sling: SlingDouble | undefined;
  /** clboss, likewise. */
  readonly clboss: ClbossDouble | undefined;
  /** cl-hive, likewise. */
  readonly hive: HiveDouble | undefined;
  readonly networkDirectory: string;
  readonly socketPath: string;
  /** What plugins and lightningd logged; the newest MAX_LOG_LINES. */
  readonly logs: LogLine[] = [];
  /** What plugins wrote to stderr. */
  stderr = '';
  /** Custom notifications of plugins. */
  readonly published: CustomNotification[] = [];
  /** Number of calls on the socket by method. */
  readonly calls = new Map<string, number>();
  readonly #options: EmbeddedNodeOptions;
  readonly #directory: string;
  readonly #server: RpcSocketServer;
  readonly #dispatcher: Dispatcher;
  readonly #direct: readonly DirectCommand[];
  /** Every process that was ever started, to leave none behind. */
  readonly #processes: PluginHost[] = [];
  #ids = FIRST_INIT_ID;

  constructor(options: EmbeddedNodeOptions) {
    this.#options = options;
    const network = options.network ?? 'regtest';
    this.#directory = options.directory ?? mkdtempSync(join(tmpdir(), 'ln-'));
    this.networkDirectory = join(this.#directory, network);
    this.socketPath = join(this.networkDirectory, 'lightning-rpc');
    this.state = new NodeState({
      market: options.market,
      network,
      version: options.version ?? VERSION,
      alias: options.alias ?? 'sim',
      deprecatedApis: options.deprecatedApis ?? true,
      directory: this.networkDirectory,
      faults: this.faults,
    });
    this.sling = this.#makeSling();
    this.clboss = this.#makeClboss();
    const { hive } = options;
    this.hive = hive && new HiveDouble(hive, (note) => this.plugins.tell(note));
    const world = this.clboss ?? this.sling;
    this.time = new NodeTime(this.state, (note) => this.plugins.tell(note), world);
    this.#dispatcher = this.#makeDispatcher();
    this.plugins = this.#makeRegistry();
    this.#direct = this.#makeDirect();
    this.#server = new RpcSocketServer(this.socketPath, (request, connection) =>
      this.#dispatcher.handle(request, connection),
    );
    mkdirSync(this.networkDirectory, { recursive: true });
  }

  client(): RpcClient {
    return new RpcClient(this.socketPath);
  }

  /** Opens the socket, then starts the plugins one after another; time runs when asked to run by the clock. */
  async start(plugins: readonly PluginStart[] = []): Promise<Started[]> {
    await this.#server.listen();
    const started: Started[] = [];
    for (const [i, { path, options }] of plugins.entries()) {
      const introduction = {
        manifestId: `cln:getmanifest#${FIRST_MANIFEST_ID + i}`,
        initId: () => `cln:init#${this.#nextId()}`,
        startup: true,
      };
      try {
        started.push(await this.plugins.start(path, options ?? {}, introduction));
      } catch (error) {
        if (!(error instanceof PluginFault)) throw error;
        throw new PluginFault(`${error.message}\n${this.stderr}`.trim());
      }
    }
    if (this.#options.realtime !== undefined) this.time.run(this.#options.realtime.speed);
    return started;
  }

  /** Moves simulated time on, without the socket. */
  advance(until: UnixMs): void {
    this.time.advance(until);
  }

  /** Changes how a channel of the market looks; tells the plugins when that changes its state. */
  setQuirk(index: number, quirk: ChannelQuirk): void {
    this.time.setQuirk(index, quirk);
  }

  /** Opens, splices, closes or withdraws on the chain; tells the plugins. The market does not hear of it. */
  onChain(act: (chain: ChainLife) => void): void {
    this.time.onChain(act);
  }

  /** `lightningd stop`: the RPC refuses, plugins are told, 30 s, then EOF; a stubborn plugin lives on. */
  async stop(keep: readonly Connection[] = []): Promise<void> {
    this.time.halt();
    this.#server.close(keep);
    await this.plugins.stopAll();
  }

  /** SIGKILL (or SIGTERM) of lightningd: sockets and pipes break at once, nobody is told anything. */
  die(): void {
    this.time.halt();
    this.#server.close();
    for (const host of this.#processes) host.abandon();
  }

  /** The socket goes away and comes back; the plugin keeps running, or gets EOF and is not started again. */
  async restartSocket(downMs: number, plugin: 'stays' | 'eof'): Promise<void> {
    this.#server.close();
    if (plugin === 'eof') for (const host of this.plugins.hosts) host.orphan();
    await new Promise((resolve) => setTimeout(resolve, downMs));
    await this.#server.listen();
  }

  /** Ends everything that is left and removes a temporary directory. */
  async destroy(): Promise<void> {
    this.die();
    for (const host of this.#processes) host.kill('the stand-in ends');
    await Promise.all(this.#processes.map(({ exited }) => exited));
    rmSync(this.socketPath, { force: true });
    if (this.#options.directory === undefined)
      rmSync(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  #nextId(): number {
    const id = this.#ids;
    this.#ids++;
    return id;
  }

  #makeDispatcher(): Dispatcher {
    return new Dispatcher({
      node: this.state,
      commands: [...COMMANDS, ...(this.#options.extraCommands ?? [])],
      direct: () => [
        ...this.#direct,
        ...(this.sling?.commands ?? []),
        ...(this.clboss?.commands ?? []),
        ...(this.hive?.commands ?? []),
      ],
      faults: this.faults,
      serving: (method) => this.plugins.serving(method),
      nextId: () => this.#nextId(),
      onCall: (method, params) => {
        this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
        this.#options.onCall?.(method, params);
      },
      onCalled: (call, phase) => this.#options.onCalled?.(call, phase),
    });
  }

  #makeSling(): SlingDouble | undefined {
    const { sling } = this.#options;
    if (sling === undefined) return undefined;
    return new SlingDouble({
      node: this.state,
      mode: sling,
      happened: (event) => this.time.happened(event),
      tell: (note) => this.plugins.tell(note),
    });
  }

  #makeClboss(): ClbossDouble | undefined {
    const { clboss, market } = this.#options;
    if (clboss === undefined) return undefined;
    return new ClbossDouble({
      node: this.state,
      mode: clboss,
      world: this.sling ?? market,
      tell: (note) => this.plugins.tell(note),
    });
  }

  #listedPlugins(): ListedPlugin[] {
    const names = this.#options.listedPlugins ?? ['bookkeeper'];
    const listed = names.map((name) => ({ name, dynamic: false }));
    const sling = this.sling !== undefined && !this.sling.machine.gone;
    const clboss = this.clboss?.present === true;
    return [
      ...listed,
      ...(sling ? [{ name: SLING_PATH, dynamic: true }] : []),
      ...(clboss ? [{ name: CLBOSS_PATH, dynamic: true }] : []),
      ...(this.hive?.present === true ? [{ name: HIVE_PATH, dynamic: true }] : []),
    ];
  }

  #makeRegistry(): PluginRegistry {
    return new PluginRegistry({
      allowDeprecated: this.state.settings.deprecatedApis,
      configuration: {
        'lightning-dir': this.networkDirectory,
        'rpc-file': 'lightning-rpc',
        network: this.state.settings.network,
        feature_set: FEATURES,
      },
      ownMethods: () => new Set(this.#dispatcher.methods().map(({ name }) => name)),
      launch: (path) => this.#launch(path),
      log: (level, source, message) => this.#log({ level, source, message }),
      shutdownGraceMs: this.#options.shutdownGraceMs,
      handshakeMs: this.#options.handshakeMs,
    });
  }

  #makeDirect(): DirectCommand[] {
    const own = nodeCommands({
      node: this.state,
      plugins: this.plugins,
      dispatcher: this.#dispatcher,
      listedPlugins: () => this.#listedPlugins(),
      nextId: () => this.#nextId(),
      startPlugin: (path, options, callerId) => this.#startByCall(path, options, callerId),
      stop: (keep) => this.stop([keep]),
    });
    if (this.#options.lockstep !== true) return own;
    const told = (): number => this.plugins.hosts.at(0)?.notifications ?? 0;
    return [...own, ...simCommands(this.state, this.time, told, this.#options.pace)];
  }

  async #startByCall(path: string, options: GivenOptions, callerId: string): Promise<void> {
    const prefix = callerId.replace(/^"|"$/g, '');
    const started = await this.plugins.start(path, options, {
      manifestId: `${prefix}/cln:getmanifest#${this.#nextId()}`,
      initId: () => `cln:init#${this.#nextId()}`,
      startup: false,
    });
    if (started.kind === 'disabled') throw new PluginFault(`${path}: ${started.reason}`);
  }

  #launch(path: string): PluginHost {
    const settings: PluginHostSettings = {
      path,
      workingDirectory: this.networkDirectory,
      version: this.state.settings.version,
      env: this.#options.env ?? {},
      onLog: (line) => this.#log(line),
      onStderr: (_, text) => {
        this.stderr += text;
      },
      onCustom: (notification) => this.published.push(notification),
      onProgress: (id, text) => this.#dispatcher.progress(id, text),
      onExit: (host, why) => {
        this.#log({
          level: 'info',
          source: `plugin-${host.name}`,
          message: `Killing plugin: ${why}`,
        });
        this.plugins.forget(host);
      },
    };
    const host = new PluginHost(settings, (stdin) => new PluginPipe(stdin, () => this.faults.pipe));
    this.#processes.push(host);
    return host;
  }

  #log(line: LogLine): void {
    this.logs.push(line);
    if (this.logs.length > MAX_LOG_LINES) this.logs.shift();
    this.#options.onLog?.(line);
  }
}
