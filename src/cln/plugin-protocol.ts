import type { Readable, Writable } from 'node:stream';
import { BadRequest, UNKNOWN_COMMAND } from '../ports/errors.ts';
import { checkedCall } from './check-params.ts';
import { type LogLevel, wireLevel } from './log-level.ts';
import { parseLossless } from './lossless-json.ts';
import type { OwnTopic } from './manifest.ts';
import { MAX_DEPTH, MessageStream } from './message-stream.ts';
import { LIGHTNINGD, toRpcError } from './rpc-error.ts';
import { logMessage, StdoutWriter } from './stdout-writer.ts';

/** A JSON-RPC method of ours. `params` as they came: an object or an array, unchecked. */
export type MethodHandler = (params: unknown, mode: { readonly check: boolean }) => unknown;
/** `signal`: lightningd said so. `eof`, `garbage`, `broken-pipe`: it is gone, or cannot be understood any more. */
export type ShutdownCause = 'signal' | 'eof' | 'garbage' | 'broken-pipe';

export type PluginHandlers = {
  /** Answer of `getmanifest`; must touch no file. */
  readonly getmanifest: (params: unknown) => unknown;
  /** Answer of `init`. */
  readonly init: (params: unknown) => unknown;
  /** Everything else that may be called, `setconfig` among it. */
  readonly methods: ReadonlyMap<string, MethodHandler>;
  /** Only puts into a queue: lightningd buffers without limit for a plugin that does not read. */
  readonly onNotification: (topic: string, payload: unknown, origin: string | undefined) => void;
  /** Called once, whatever ends us first. */
  readonly onShutdown: (cause: ShutdownCause) => void;
};

/** Requests being worked on at once; one more is refused with "busy". */
export const MAX_REQUESTS = 100;

/** The plugin's side of lightningd's protocol: requests and notifications on stdin, answers and log on stdout. */
export class PluginProtocol {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #writer: StdoutWriter;
  readonly #handlers: PluginHandlers;
  readonly #stream = new MessageStream();
  #working = 0;
  #over = false;

  constructor(
    input: Readable,
    output: Writable,
    handlers: PluginHandlers,
    writer = new StdoutWriter(output),
  ) {
    this.#input = input;
    this.#output = output;
    this.#writer = writer;
    this.#handlers = handlers;
  }

  /** Begins to read. */
  start(): void {
    this.#output.on('error', () => this.#shutDown('broken-pipe'));
    this.#output.on('drain', () => this.#input.resume());
    this.#input.on('error', () => this.#shutDown('eof'));
    this.#input.on('end', () => this.#shutDown('eof'));
    this.#input.on('data', (chunk: Uint8Array) => this.#read(chunk));
  }

  /** A line in lightningd's log, one entry per line of text; left out while lightningd does not read. */
  readonly log = (level: LogLevel, text: string): void => {
    for (const line of text.split('\n')) {
      if (line.trim() !== '') this.#writer.tell(logMessage(wireLevel(level), line));
    }
  };

  /** A notification of ours, declared in the manifest; other plugins may subscribe. False: left out. */
  notify(topic: OwnTopic, payload: object): boolean {
    return this.#writer.tell({ jsonrpc: '2.0', method: topic, params: { [topic]: payload } });
  }

  /** Resolves when lightningd has been handed everything we wrote. */
  drained(): Promise<void> {
    return this.#writer.drained();
  }

  #read(chunk: Uint8Array): void {
    try {
      this.#stream.push(chunk, (text, depth) => {
        if (depth > MAX_DEPTH) this.#refuseDeep(text);
        else this.#accept(parseLossless(text));
      });
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      this.log('broken', `unreadable message from lightningd: ${because}`);
      this.#input.destroy();
      this.#shutDown('garbage');
    }
  }

  /** Answers nobody reads must not pile up: no new requests until they are taken. */
  #say(answer: object): void {
    this.#writer.answer(answer);
    if (this.#writer.congested) this.#input.pause();
  }

  /** Somebody's call hides a tower of brackets: theirs is refused, everybody else's goes on. */
  #refuseDeep(text: string): void {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null) throw new Error('not an object');
    const { id, method }: Incoming = message;
    const { error } = toRpcError(new BadRequest('params', `nested deeper than ${MAX_DEPTH}`));
    if (id !== undefined) this.#writer.answer({ jsonrpc: '2.0', id, error });
    else this.log('info', `${String(method)} left out: nested deeper than ${MAX_DEPTH}`);
  }

  #accept(message: unknown): void {
    if (typeof message !== 'object' || message === null) throw new Error('not an object');
    const { id, method, params, origin }: Incoming = message;
    if (typeof method !== 'string') {
      this.log('unusual', 'lightningd sent a message without method: ignored');
    } else if ('id' in message) this.#request(id, method, params);
    else this.#notification(method, params, origin);
  }

  #notification(topic: string, params: unknown, origin: unknown): void {
    if (topic === 'shutdown') {
      this.#shutDown('signal');
      return;
    }
    const payload = unwrapped(topic, params);
    try {
      this.#handlers.onNotification(
        topic,
        payload,
        typeof origin === 'string' ? origin : undefined,
      );
    } catch (error) {
      // lightningd does not start a dead plugin again: one event we cannot digest must not end us.
      this.log('broken', `${topic}: ${describe(error)}`);
    }
  }

  #request(id: unknown, method: string, params: unknown): void {
    if (this.#working >= MAX_REQUESTS) {
      const message = `busy with ${MAX_REQUESTS} requests, try again later`;
      this.#say({ jsonrpc: '2.0', id, error: { code: LIGHTNINGD, message } });
      return;
    }
    this.#working++;
    // #answer never rejects: whatever goes wrong in a handler becomes an error object.
    void this.#answer(id, method, params).finally(() => this.#working--);
  }

  async #answer(id: unknown, method: string, params: unknown): Promise<void> {
    try {
      const run = this.#find(method);
      if (!run) {
        const error = { code: UNKNOWN_COMMAND, message: `unknown method ${method}` };
        this.#say({ jsonrpc: '2.0', id, error });
        return;
      }
      const result = await run(params);
      this.#say({ jsonrpc: '2.0', id, result: result ?? {} });
    } catch (cause) {
      const { error, isDefect } = toRpcError(cause);
      if (isDefect) this.log('broken', `${method}: ${describe(cause)}`);
      this.#say({ jsonrpc: '2.0', id, error });
    }
  }

  #find(method: string): ((params: unknown) => unknown) | undefined {
    if (method === 'getmanifest') return this.#handlers.getmanifest;
    if (method === 'init') return this.#handlers.init;
    if (method === 'check') return (params) => this.#check(params);
    const handler = this.#handlers.methods.get(method);
    return handler && ((params) => handler(params, { check: false }));
  }

  async #check(asked: unknown): Promise<object> {
    const { method, params } = checkedCall(asked);
    const handler = this.#handlers.methods.get(method);
    if (!handler) throw new BadRequest('command_to_check', `unknown command ${method}`);
    await handler(params, { check: true });
    return { command_to_check: method };
  }

  #shutDown(cause: ShutdownCause): void {
    if (this.#over) return;
    this.#over = true;
    this.#handlers.onShutdown(cause);
  }
}

type Incoming = {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly origin?: unknown;
};

/** A notification's content lies under its own name; what does not is handed on as it came. */
function unwrapped(topic: string, params: unknown): unknown {
  if (typeof params !== 'object' || params === null || !Object.hasOwn(params, topic)) return params;
  return Object.getOwnPropertyDescriptor(params, topic)?.value;
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
