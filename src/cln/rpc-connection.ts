import { createConnection, type Socket } from 'node:net';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { Say } from './log-level.ts';
import { parseLossless, writeLossless } from './lossless-json.ts';
import { MAX_DEPTH, MessageStream, Unreadable } from './message-stream.ts';

/** An answer of lightningd: a refusal is an answer too, and a sign of health. */
export type Answer = { readonly result: unknown } | { readonly refused: NodeRefused };

type Pending = {
  readonly method: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: RetryLater) => void;
  readonly timer: NodeJS.Timeout;
};

/** "Plugin terminated before replying": whether the act was done is not known (facts: code −4). */
const PLUGIN_DIED = -4;
/** Beyond this many unanswered calls a new one is refused: nothing of ours asks for more than a few at once. */
export const MAX_PENDING = 256;

/**
 * One connection to lightningd's socket. Answers find their call by id, in any order. When it breaks, every
 * call without an answer fails with RetryLater, and `lost` is true for good.
 */
export class RpcConnection {
  readonly #socket: Socket;
  readonly #say: Say;
  readonly #stream = new MessageStream();
  readonly #pending = new Map<string, Pending>();
  #heardAt = performance.now();
  #lost = false;

  constructor(socketPath: string, say: Say) {
    this.#say = say;
    this.#socket = createConnection(socketPath);
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#break(error.message));
    this.#socket.on('close', () => this.#break('lightningd closed the connection'));
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Sends one request; `id` must be unused. Rejects only with RetryLater. */
  ask(id: string, method: string, params: object, timeoutMs: number): Promise<Answer> {
    if (this.#lost) return Promise.reject(new RetryLater(`${method}: no connection`));
    if (this.#pending.size >= MAX_PENDING) {
      return Promise.reject(new RetryLater(`${method}: ${MAX_PENDING} calls are unanswered`));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const askedAt = performance.now();
    const timer = setTimeout(() => this.#timeOut(id, askedAt, timeoutMs), timeoutMs);
    this.#pending.set(id, { method, resolve, reject, timer });
    this.#socket.write(`${writeLossless({ jsonrpc: '2.0', id, method, params })}\n\n`);
    return promise;
  }

  /** Ends it; unanswered calls fail. */
  close(): void {
    this.#break('we closed the connection', 'debug');
  }

  #read(chunk: Uint8Array): void {
    this.#heardAt = performance.now();
    try {
      this.#stream.push(chunk, (text, depth) => {
        if (depth > MAX_DEPTH) throw new Unreadable(`nested deeper than ${MAX_DEPTH}`);
        this.#accept(parseLossless(text));
      });
    } catch (error) {
      this.#break(`unreadable answer: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Throws what makes the connection useless. */
  #accept(message: unknown): void {
    if (typeof message !== 'object' || message === null) throw new Error('not an object');
    const { id, method, result, error }: Message = message;
    if (typeof id !== 'string') {
      if (typeof method === 'string' && id === undefined) return; // a progress notification
      throw new Error('an answer without our id');
    }
    const pending = this.#pending.get(id);
    if (!pending) {
      this.#say('debug', `an answer to ${id} came too late or twice`);
      return;
    }
    this.#forget(id, pending);
    if (error !== undefined && error !== null) this.#refuse(pending, error);
    else if (result !== undefined) pending.resolve({ result });
    else pending.reject(new RetryLater(`${pending.method}: neither a result nor an error came`));
  }

  #refuse({ method, resolve, reject }: Pending, error: unknown): void {
    const { code, message }: { code?: unknown; message?: unknown } =
      typeof error === 'object' && error !== null ? error : {};
    if (typeof code !== 'number' || typeof message !== 'string') {
      reject(new RetryLater(`${method}: an error without code and message`));
    } else if (code === PLUGIN_DIED) reject(new RetryLater(`${method}: ${message}`));
    else resolve({ refused: new NodeRefused(`${method}: ${message}`, code) });
  }

  #timeOut(id: string, askedAt: number, timeoutMs: number): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#forget(id, pending);
    pending.reject(new RetryLater(`${pending.method}: no answer within ${timeoutMs} ms`));
    // A slow but living connection is kept; a dead one, or one with half an answer stuck in it, is replaced.
    const silentMs = performance.now() - this.#heardAt;
    const stuck = this.#stream.held > 0 && silentMs > timeoutMs / 2;
    if (stuck || this.#heardAt <= askedAt) this.#break(`silent for ${Math.round(silentMs)} ms`);
  }

  #forget(id: string, pending: Pending): void {
    clearTimeout(pending.timer);
    this.#pending.delete(id);
  }

  #break(because: string, level: 'info' | 'debug' = 'info'): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#socket.destroy();
    const open = [...this.#pending];
    this.#say(level, `connection to lightningd lost (${because}); ${open.length} calls unanswered`);
    for (const [id, pending] of open) {
      this.#forget(id, pending);
      pending.reject(new RetryLater(`${pending.method}: connection lost (${because})`));
    }
  }
}

type Message = {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
};
