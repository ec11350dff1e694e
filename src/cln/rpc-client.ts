import { RetryLater } from '../ports/errors.ts';
import { BREAKER_LAWS, Breaker, type BreakerLaw, type NeighbourGroup } from './breakers.ts';
import type { Say } from './log-level.ts';
import { type Answer, RpcConnection } from './rpc-connection.ts';

export type CallOptions = {
  /** Whose circuit breaker counts it; the node's own when left out. */
  readonly group?: NeighbourGroup;
  /** Milliseconds until it fails with RetryLater; DEFAULT_TIMEOUT_MS when left out. */
  readonly timeoutMs?: number;
};
/** Anything that can ask lightningd: the client, or a stand-in. */
export interface NodeCaller {
  call(method: string, params: object, options?: CallOptions): Promise<unknown>;
}

/** Far above the slowest call we make, far below a cycle. */
const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * Calls lightningd over its unix socket, reconnecting when needed. Every call ends within its time limit: with
 * the result, with NodeRefused (it said no: not done) or with RetryLater (no usable answer: outcome unknown).
 */
export class RpcClient implements NodeCaller {
  readonly #socketPath: string;
  readonly #say: Say;
  readonly #breakers: Readonly<Record<NeighbourGroup, Breaker>>;
  #connection: RpcConnection | undefined;
  #asked = 0;
  #closed = false;

  constructor(
    socketPath: string,
    say: Say,
    laws: Readonly<Record<NeighbourGroup, BreakerLaw>> = BREAKER_LAWS,
  ) {
    this.#socketPath = socketPath;
    this.#say = say;
    const breaker = (group: NeighbourGroup): Breaker => new Breaker(group, laws[group], say);
    this.#breakers = {
      node: breaker('node'),
      bookkeeper: breaker('bookkeeper'),
      sling: breaker('sling'),
      clboss: breaker('clboss'),
      hive: breaker('hive'),
    };
  }

  /** The `result` member, read without losing a digit and otherwise unchecked. */
  async call(method: string, params: object, options: CallOptions = {}): Promise<unknown> {
    const { group = 'node', timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const answer = await this.#breakers[group].run(() => this.#ask(method, params, timeoutMs));
    if ('refused' in answer) throw answer.refused;
    return answer.result;
  }

  /** Neighbours whose breaker is open now. */
  brokenOff(): readonly NeighbourGroup[] {
    return GROUPS.filter((group) => this.#breakers[group].isOpen);
  }

  /** Unanswered calls fail with RetryLater, and so does every later one. */
  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  async #ask(method: string, params: object, timeoutMs: number): Promise<Answer> {
    if (this.#closed) throw new RetryLater(`${method}: the connection is closed for good`);
    if (this.#connection === undefined || this.#connection.lost) {
      this.#connection = new RpcConnection(this.#socketPath, this.#say);
    }
    // Method and counter, because lightningd shows the id in its own log.
    const id = `revenue-ops:${method}#${++this.#asked}`;
    return this.#connection.ask(id, method, params, timeoutMs);
  }
}

const GROUPS: readonly NeighbourGroup[] = ['node', 'bookkeeper', 'sling', 'clboss', 'hive'];
