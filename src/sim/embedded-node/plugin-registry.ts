/** The plugins of the node: started in order, kept apart by their names, told what they subscribed to. */
import { accessSync, constants } from 'node:fs';
import { basename } from 'node:path';
import {
  type Manifest,
  type OptionValue,
  PluginFault,
  type PluginMethod,
  type PluginOption,
  refuseTwice,
} from './manifest.ts';
import { type Notification, pluginChanged, shutdown } from './notifications.ts';
import type { PluginHost } from './plugin-host.ts';
import { type GivenOptions, initOptions } from './plugin-options.ts';
import { CODE, RpcError } from './rpc-error.ts';

/** SHUTDOWN notification → SIGKILL or EOF. */
const SHUTDOWN_GRACE_MS = 30_000;
/** getmanifest and init, each: lightningd kills a plugin that takes longer. */
const HANDSHAKE_MS = 120_000;

export type RegistrySettings = {
  readonly allowDeprecated: boolean;
  /** `configuration` of init without `startup`. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Methods of the node itself: no plugin may take one. */
  readonly ownMethods: () => ReadonlySet<string>;
  readonly launch: (path: string) => PluginHost;
  readonly log: (level: 'debug' | 'info' | 'unusual', source: string, message: string) => void;
  /** lightningd's 30 s; shorter only for tests of what comes after. */
  readonly shutdownGraceMs: number | undefined;
  /** lightningd's 120 s, likewise. */
  readonly handshakeMs: number | undefined;
};

/** How a plugin is introduced: ids of getmanifest and init, and whether lightningd itself is starting. */
export type Introduction = {
  readonly manifestId: string;
  readonly initId: () => string;
  readonly startup: boolean;
};

export type Started =
  | { readonly kind: 'started'; readonly host: PluginHost }
  | { readonly kind: 'disabled'; readonly path: string; readonly reason: string };

export class PluginRegistry {
  readonly #settings: RegistrySettings;
  #hosts: PluginHost[] = [];
  readonly #options = new Map<string, ReturnType<typeof initOptions>>();

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  get hosts(): readonly PluginHost[] {
    return this.#hosts;
  }

  /** The options a running plugin was initialised with. */
  optionsOf(host: PluginHost): Readonly<ReturnType<typeof initOptions>> {
    return this.#options.get(host.path) ?? {};
  }

  /** getmanifest, checks, init. Rejects with PluginFault for what lightningd would kill it for. */
  async start(path: string, given: GivenOptions, introduction: Introduction): Promise<Started> {
    this.#refusePath(path);
    const host = this.#settings.launch(path);
    this.#hosts.push(host);
    try {
      return await this.#introduce(host, given, introduction);
    } catch (error) {
      if (error instanceof PluginFault) {
        this.#settings.log('unusual', `plugin-${host.name}`, `Killing plugin: ${error.message}`);
        host.kill(error.message);
        throw new PluginFault(`${path}: ${error.message}`);
      }
      if (error instanceof RpcError)
        throw new PluginFault(`${path}: ${host.fate ?? error.message}`);
      throw error;
    }
  }

  /** The plugin that declared an option, and the option. */
  declaring(name: string): { host: PluginHost; option: PluginOption } | undefined {
    for (const host of this.#hosts) {
      const option = host.manifest?.options.find((known) => known.name === name);
      if (option !== undefined) return { host, option };
    }
    return undefined;
  }

  /** A dynamic option has a new value. */
  setOption(host: PluginHost, name: string, value: OptionValue): void {
    this.#options.set(host.path, { ...this.#options.get(host.path), [name]: value });
  }

  /** The plugin that answers this method. */
  serving(method: string): PluginHost | undefined {
    return this.#hosts.find(
      (host) => host.active && host.manifest?.methods.some(({ name }) => name === method),
    );
  }

  methods(): readonly PluginMethod[] {
    return this.#hosts.flatMap((host) => (host.active ? (host.manifest?.methods ?? []) : []));
  }

  tell({ topic, message }: Notification): void {
    for (const host of this.#hosts) host.notify(topic, message);
  }

  /** A process is gone: it is forgotten, and the others hear of it. */
  forget(host: PluginHost): void {
    this.#hosts = this.#hosts.filter((other) => other !== host);
    if (host.wasActive) this.tell(pluginChanged('plugin_stopped', describe(host)));
  }

  /** `plugin stop`: not subscribed to shutdown: SIGKILL at once; else 30 s, then SIGKILL. */
  async stop(name: string): Promise<void> {
    const host = this.#hosts.find((other) => other.path === name || other.name === basename(name));
    if (host === undefined || host.manifest?.dynamic === false) {
      throw new RpcError(CODE.INVALID_PARAMS, `Could not find plugin ${name}`);
    }
    if (!host.subscribed.has('shutdown')) {
      host.kill('stopped by lightningd via RPC');
      await host.exited;
      return;
    }
    host.notify(shutdown.topic, shutdown.message);
    if (await this.#outlives([host])) {
      this.#settings.log('unusual', `plugin-${host.name}`, 'Timeout on shutdown: killing anyway');
      host.kill('stopped by lightningd via RPC');
    }
    await host.exited;
  }

  /** `lightningd stop`: notification or EOF, 30 s, then EOF for those still there: nobody is killed. */
  async stopAll(): Promise<void> {
    const hosts = [...this.#hosts];
    for (const host of hosts) {
      if (host.subscribed.has('shutdown')) host.notify(shutdown.topic, shutdown.message);
      else host.orphan();
    }
    if (!(await this.#outlives(hosts))) return;
    for (const host of this.#hosts) {
      this.#settings.log(
        'debug',
        'lightningd',
        `${host.name}: failed to self-terminate in time, killing.`,
      );
      host.orphan();
    }
  }

  #refusePath(path: string): void {
    if (this.#hosts.some((host) => host.path === path)) {
      throw new RpcError(CODE.INVALID_PARAMS, `${path}: Invalid argument`);
    }
    try {
      accessSync(path, constants.X_OK);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new RpcError(
        CODE.INVALID_PARAMS,
        `${path} is not executable: No such file or directory`,
      );
    }
  }

  async #introduce(
    host: PluginHost,
    given: GivenOptions,
    { manifestId, initId, startup }: Introduction,
  ): Promise<Started> {
    const manifest = await this.#inTime(
      'getmanifest',
      host.introduce(manifestId, this.#settings.allowDeprecated),
    );
    this.#refuseNames(host, manifest);
    if (!startup && !manifest.dynamic) throw new PluginFault('Not a dynamic plugin');
    if (manifest.disable !== undefined)
      return this.#disabled(host, 'getmanifest', manifest.disable);
    const options = initOptions(manifest.options, given);
    this.#options.set(host.path, options);
    const configuration = this.#settings.configuration;
    const params = { options, configuration: { ...configuration, startup } };
    const result = await this.#inTime('init', host.call('init', params, initId()));
    const reason = disableOf(result);
    if (reason !== undefined) return this.#disabled(host, 'init', reason);
    host.activate();
    this.tell(pluginChanged('plugin_started', describe(host)));
    return { kind: 'started', host };
  }

  #refuseNames(host: PluginHost, manifest: Manifest): void {
    const others = this.#hosts.filter((other) => other !== host);
    const taken = others.flatMap((other) => other.manifest?.methods ?? []);
    refuseTwice(
      manifest.methods.map(({ name }) => name),
      new Set([...this.#settings.ownMethods(), ...taken.map(({ name }) => name)]),
      'method',
    );
    const options = others.flatMap((other) => other.manifest?.options ?? []);
    refuseTwice(
      manifest.options.map(({ name }) => name),
      new Set(options.map(({ name }) => name)),
      'option',
    );
  }

  #disabled(host: PluginHost, where: string, reason: string): Started {
    const why = `disabled itself at ${where}: ${reason}`;
    this.#settings.log('debug', `plugin-${host.name}`, `Killing plugin: ${why}`);
    host.kill(why);
    return { kind: 'disabled', path: host.path, reason: why };
  }

  async #inTime<T>(what: string, answer: Promise<T>): Promise<T> {
    const limit = this.#settings.handshakeMs ?? HANDSHAKE_MS;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const why = `failed to respond to '${what}' in time, terminating.`;
      timer = setTimeout(() => reject(new PluginFault(why)), limit);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether one of them is still there after the grace. */
  async #outlives(hosts: readonly PluginHost[]): Promise<boolean> {
    const grace = this.#settings.shutdownGraceMs ?? SHUTDOWN_GRACE_MS;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), grace);
    });
    const all = Promise.all(hosts.map(({ exited }) => exited)).then(() => false);
    const outlived = await Promise.race([all, late]);
    clearTimeout(timer);
    return outlived;
  }
}

const describe = (host: PluginHost): { name: string; path: string; methods: string[] } => ({
  name: host.name,
  path: host.path,
  methods: (host.manifest?.methods ?? []).map(({ name }) => name),
});

const disableOf = (result: unknown): string | undefined =>
  typeof result === 'object' && result !== null && 'disable' in result
    ? String(result.disable)
    : undefined;

/** A plugin's option as `listconfigs` shows it. */
export function configOf(
  host: PluginHost,
  name: string,
  value: unknown,
): Record<string, unknown> | undefined {
  const option = host.manifest?.options.find((known) => known.name === name);
  if (option === undefined) return undefined;
  const source = option.default === value ? 'default' : 'cmdline';
  const shown = {
    string: { value_str: value },
    int: { value_int: value },
    bool: { value_bool: value },
    flag: { set: value },
  }[option.type];
  const many = Array.isArray(value)
    ? { values_str: value.map(String), sources: value.map(() => source) }
    : undefined;
  return {
    ...(many ?? { ...shown, source }),
    plugin: host.path,
    ...(option.dynamic ? { dynamic: true } : {}),
  };
}
