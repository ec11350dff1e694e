/** Many requests on one connection, their answers by id: far quicker than a connection a call. */
import { createConnection, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { asRecord, JsonFramer, parseLossless } from '../../src/sim/embedded-node/json-text.ts';

/** Under the plugin's own limit of requests at once. */
const AT_ONCE = 40;

/** A request whose parameters are JSON text, since `1e400` and `-0` are no values of JavaScript's. */
export type Request = { readonly method: string; readonly params: string };
/** What came back: a result, or an error with the field that it names. */
export type Answer = {
  readonly result: unknown;
  readonly code: number | undefined;
  readonly field: string | undefined;
  readonly message: string;
};

export class Pipeline {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #asked = 0;

  /** `path`: of the socket `lightning-rpc`. */
  constructor(path: string) {
    this.#socket = createConnection(path);
    const framer = new JsonFramer();
    const decoder = new StringDecoder('utf8');
    this.#socket.on('data', (chunk) => {
      for (const text of framer.push(decoder.write(chunk))) this.#take(text);
    });
  }

  get asked(): number {
    return this.#asked;
  }

  /** The answers in the order of the requests; so many at a time as the plugin takes. */
  async ask(requests: readonly Request[]): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (let from = 0; from < requests.length; from += AT_ONCE)
      answers.push(
        ...(await Promise.all(requests.slice(from, from + AT_ONCE).map((one) => this.#send(one)))),
      );
    return answers;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send({ method, params }: Request): Promise<Answer> {
    this.#asked += 1;
    const id = `p${this.#asked}`;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.write(
        `{"jsonrpc":"2.0","id":"${id}","method":${JSON.stringify(method)},"params":${params}}`,
      );
    });
  }

  #take(text: string): void {
    const answer = asRecord(parseLossless(text));
    const error = asRecord(answer?.error);
    const field = asRecord(error?.data)?.field;
    this.#waiting.get(String(answer?.id))?.({
      result: answer?.result,
      code: error === undefined ? undefined : Number(error.code),
      field: typeof field === 'string' ? field : undefined,
      message: String(error?.message ?? ''),
    });
    this.#waiting.delete(String(answer?.id));
  }
}
