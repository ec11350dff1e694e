/** A small caller of the socket, as lightning-cli is: one connection a call, nothing lost in numbers. */
import { createConnection } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { asRecord, JsonFramer, parseLossless, toJson } from './json-text.ts';
import { RpcError } from './rpc-error.ts';

export type CallParams = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The connection ended, or gave no JSON, before the answer was there. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export class RpcClient {
  readonly #path: string;
  #calls = 0;

  /** `path`: of the socket `lightning-rpc`. */
  constructor(path: string) {
    this.#path = path;
  }

  /** The result; unsafe integers are bigint. Rejects with RpcError (the node's refusal) or NoAnswer. */
  async call(method: string, params: CallParams = {}, filter?: unknown): Promise<unknown> {
    const id = `cli:${method}#${process.pid}`;
    this.#calls++;
    const request = toJson({ jsonrpc: '2.0', id, method, params, filter });
    const answer = asRecord(parseLossless(await this.raw(request)));
    const error = asRecord(answer?.error);
    if (error !== undefined) throw new RpcError(Number(error.code), String(error.message));
    return answer?.result;
  }

  /** How many calls were made. */
  get calls(): number {
    return this.#calls;
  }

  /** Writes this text and gives the first answer as it came. */
  raw(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.#path);
      const framer = new JsonFramer();
      const decoder = new StringDecoder('utf8');
      const fail = (why: string): void => {
        socket.destroy();
        reject(new NoAnswer(why));
      };
      socket.once('connect', () => socket.write(request));
      socket.once('error', (error) => fail(error.message));
      socket.once('close', () => fail('the connection ended without an answer'));
      socket.on('data', (chunk) => {
        const text = decoder.write(chunk);
        try {
          const [answer] = framer.push(text);
          if (answer === undefined) return;
          resolve(answer);
          socket.destroy();
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          fail(`no JSON: ${text.slice(0, 80)}`);
        }
      });
    });
  }
}
