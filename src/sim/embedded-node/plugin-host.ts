/** One plugin process: started, introduced, spoken to and ended as lightningd does (facts/cln.md "Plugin protocol"). */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { asRecord, JsonFramer, memberSpans, parseLossless, splice, toJson } from './json-text.ts';
import { type Manifest, PluginFault, parseManifest } from './manifest.ts';
import { CODE, RpcError } from './rpc-error.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'unusual', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** `source`: the plugin, or lightningd itself. */
export type LogLine = {
  readonly level: LogLevel;
  readonly source: string;
  readonly message: string;
};
export type CustomNotification = {
  readonly plugin: string;
  readonly method: string;
  readonly params: unknown;
};

/** Where messages for the plugin go. */
export type MessagePipe = { write(message: string): void; end(): void };

export type PluginHostSettings = {
  /** The executable file. */
  readonly path: string;
  readonly workingDirectory: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLog: (line: LogLine) => void;
  readonly onStderr: (plugin: string, text: string) => void;
  readonly onCustom: (notification: CustomNotification) => void;
  /** `message` and `progress` of a call under way; `id` is the plugin's. */
  readonly onProgress: (id: string, text: string) => void;
  readonly onExit: (host: PluginHost, why: string) => void;
};

type Pending = {
  /** The answer with lightningd's own id in it. */
  readonly answered: (text: string) => void;
  readonly died: () => void;
};

const TERMINATED = new RpcError(
  CODE.PLUGIN_TERMINATED,
  'Plugin terminated before replying to RPC call.',
);
/** How long a dead plugin's stdout is still read. */
const LAST_WORDS_MS = 200;
const NOT_FORWARDED = "it hasn't declared in its manifest, not forwarding to subscribers.";

export class PluginHost {
  readonly name: string;
  readonly path: string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  manifest: Manifest | undefined;
  active = false;
  /** Why it is a plugin no more. */
  fate: string | undefined;
  /** It was initialised at some time: others hear of its end. */
  wasActive = false;
  /** How many notifications were written to this process. */
  notifications = 0;
  readonly #settings: PluginHostSettings;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #stdin: MessagePipe;
  readonly #pending = new Map<string, Pending>();
  readonly #framer = new JsonFramer();
  #killed = false;
  #fallen = false;
  #gone = false;

  constructor(settings: PluginHostSettings, pipeTo: (stdin: Writable) => MessagePipe) {
    this.#settings = settings;
    this.path = settings.path;
    this.name = basename(settings.path);
    this.#process = spawn(settings.path, [], {
      cwd: settings.workingDirectory,
      env: {
        ...process.env,
        ...settings.env,
        LIGHTNINGD_PLUGIN: '1',
        LIGHTNINGD_VERSION: settings.version,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#stdin = pipeTo(this.#process.stdin);
    this.exited = this.#watch();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return !this.#gone;
  }

  get subscribed(): ReadonlySet<string> {
    return new Set(this.manifest?.subscriptions ?? []);
  }

  /** Sends a request of lightningd's own; the result, or a throw of RpcError. */
  async call(method: string, params: unknown, id: string): Promise<unknown> {
    const text = toJson({ jsonrpc: '2.0', id, method, params });
    const answer = asRecord(parseLossless(await this.exchange(id, text)));
    const refusal = asRecord(answer?.error);
    if (refusal !== undefined) {
      throw new RpcError(Number(refusal.code), String(refusal.message));
    }
    return answer?.result;
  }

  /** Writes a request whose id is `id` and gives the answer's text as it came. Rejects with RpcError -4. */
  exchange(id: string, request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#fallen) {
        reject(TERMINATED);
        return;
      }
      this.#pending.set(id, { answered: resolve, died: () => reject(TERMINATED) });
      this.#stdin.write(`${request}\n\n`);
    });
  }

  /** Writes `{method, params}` when the plugin subscribed to it (or to all). */
  notify(method: string, message: string): void {
    const topics = this.subscribed;
    if (!this.active || this.#fallen || !(topics.has(method) || topics.has('*'))) return;
    this.notifications++;
    this.#stdin.write(message);
  }

  async introduce(id: string, allowDeprecated: boolean): Promise<Manifest> {
    const result = await this.call('getmanifest', { 'allow-deprecated-apis': allowDeprecated }, id);
    this.manifest = parseManifest(result);
    return this.manifest;
  }

  activate(): void {
    this.active = true;
    this.wasActive = true;
  }

  /** SIGKILL, with the reason for the log; lightningd forgets the plugin at once. */
  kill(why: string): void {
    if (!this.#gone) this.#process.kill('SIGKILL');
    this.#killed = true;
    this.#fall(why);
  }

  /** EOF on its stdin, and nobody reads its stdout any more: what a plugin sees when lightningd dies. */
  orphan(): void {
    this.#stdin.end();
  }

  /** As `orphan`, and its stdout breaks too. */
  abandon(): void {
    this.orphan();
    this.#process.stdout.destroy();
  }

  #watch(): Promise<void> {
    const decoder = new StringDecoder('utf8');
    this.#process.stdout.on('data', (chunk: Buffer) => this.#read(decoder.write(chunk)));
    this.#process.stderr.on('data', (chunk: Buffer) =>
      this.#settings.onStderr(this.name, chunk.toString()),
    );
    this.#process.stdin.on('error', (error: Error) =>
      this.#log('debug', `stdin: ${error.message}`),
    );
    return new Promise((resolve) => {
      const gone = (why: string): void => {
        if (this.#gone) return;
        this.#gone = true;
        this.#fall(why);
        resolve();
      };
      this.#process.once('error', (error) => gone(error.message));
      const ended = (): void => gone('exited during normal operation');
      // What it wrote last is still read, unless a child of its own keeps the pipe open.
      this.#process.once('close', ended);
      this.#process.once('exit', () => setTimeout(ended, LAST_WORDS_MS));
    });
  }

  /** It is a plugin no more: calls get -4, its methods are gone. */
  #fall(why: string): void {
    if (this.#fallen) return;
    this.#fallen = true;
    this.fate = why;
    this.active = false;
    for (const { died } of this.#pending.values()) died();
    this.#pending.clear();
    this.#settings.onExit(this, why);
  }

  #read(chunk: string): void {
    if (this.#killed) return;
    try {
      for (const message of this.#framer.push(chunk)) this.#message(message);
    } catch (error) {
      if (error instanceof SyntaxError) {
        this.kill(`Failed to parse RPC JSON response '${error.message}'`);
      } else if (error instanceof PluginFault) this.kill(error.message);
      else throw error;
    }
  }

  #message(text: string): void {
    const message = this.#parsed(text);
    if (message.jsonrpc === undefined) {
      throw new PluginFault(`JSON-RPC message does not contain "jsonrpc" field: '${text}'`);
    }
    if (message.id === undefined) this.#notification(message, text);
    else {
      const id = String(message.id);
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (pending === undefined) this.#log('debug', `answer with the unknown id ${id}`);
      else pending.answered(text);
    }
  }

  #parsed(text: string): Record<string, unknown> {
    try {
      return asRecord(parseLossless(text)) ?? {};
    } catch (error) {
      if (error instanceof SyntaxError) throw new SyntaxError(text);
      throw error;
    }
  }

  #notification(message: Record<string, unknown>, text: string): void {
    const method = String(message.method);
    const params = asRecord(message.params) ?? {};
    if (method === 'log') {
      this.#logged(params);
    } else if (method === 'message' || method === 'progress') {
      this.#settings.onProgress(String(params.id), text);
    } else if (this.manifest?.notifications.includes(method)) {
      this.#settings.onCustom({ plugin: this.name, method, params: message.params });
    } else {
      this.#log(
        'unusual',
        `Plugin attempted to send a notification to topic "${method}" ${NOT_FORWARDED}`,
      );
    }
  }

  #logged(params: Record<string, unknown>): void {
    const level = LOG_LEVELS.find((known) => known === (params.level ?? 'info'));
    if (level === undefined) {
      throw new PluginFault(
        `Unknown log-level "${String(params.level)}", valid values are "trace", "debug", "info", "warn", or "error".`,
      );
    }
    for (const line of String(params.message).split('\n')) this.#log(level, line);
  }

  #log(level: LogLevel, message: string): void {
    this.#settings.onLog({ level, source: `plugin-${this.name}`, message });
  }
}

/** Puts another id into an answer or notification, leaving every other character as it is. */
export function withId(text: string, idText: string): string {
  const span = memberSpans(text).get('id');
  return span === undefined ? text : splice(text, span, idText);
}
