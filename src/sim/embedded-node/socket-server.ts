/** The unix socket of lightningd's JSON-RPC: framing, the envelope's own errors, and ways to break off. */
import { renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { asRecord, JsonFramer, members } from './json-text.ts';
import { CODE, RpcError } from './rpc-error.ts';

/** sun_path holds 108 bytes with its terminating zero. */
const MAX_PATH_BYTES = 107;

export type Connection = {
  /** Asked for `message` and `progress` by the method `notifications`. */
  wantsProgress: boolean;
  write(text: string): void;
  /** What is written goes out, then the connection ends. */
  end(): void;
  destroy(): void;
};

/** A request with a valid envelope; `text` is what the caller wrote. */
export type Request = {
  readonly text: string;
  /** The id as JSON text, echoed as it came. */
  readonly id: string;
  readonly method: string;
  /** JSON text of an object or an array. */
  readonly params: string;
  readonly filter: string | undefined;
};

export type OnRequest = (request: Request, connection: Connection) => void;

export const answerText = (id: string, result: string): string =>
  `{"jsonrpc":"2.0","id":${id},"result":${result}}\n\n`;
export const errorText = (id: string, error: RpcError): string =>
  `{"jsonrpc":"2.0","id":${id},"error":${error.toText()}}\n\n`;

const invalid = (message: string): RpcError => new RpcError(CODE.INVALID_REQUEST, message);

/** An envelope error: answered under `id`; after some lightningd hangs up. */
class BadEnvelope extends Error {
  readonly id: string;
  readonly error: RpcError;

  constructor(id: string, message: string) {
    super(message);
    this.id = id;
    this.error = invalid(message);
  }
}

function parseRequest(text: string): Request {
  try {
    JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadEnvelope('null', `Failed to parse RPC JSON response '${text}'`);
  }
  const found = text.startsWith('{') ? members(text) : new Map<string, string>();
  if (!found.has('jsonrpc')) {
    throw new BadEnvelope('null', `JSON-RPC message does not contain "jsonrpc" field: '${text}'`);
  }
  const id = found.get('id');
  if (id === undefined) throw new BadEnvelope('null', 'No id');
  const method: unknown = JSON.parse(found.get('method') ?? 'null');
  if (typeof method !== 'string') throw new BadEnvelope(id, 'No method');
  const params = found.get('params');
  if (params === undefined) throw new BadEnvelope(id, 'No params');
  if (!params.startsWith('{') && !params.startsWith('[')) {
    throw new BadEnvelope(id, 'Invalid params');
  }
  return { text, id, method, params, filter: found.get('filter') };
}

export class RpcSocketServer {
  readonly path: string;
  readonly #onRequest: OnRequest;
  readonly #open = new Map<Connection, Socket>();
  #server: Server | undefined;

  constructor(path: string, onRequest: OnRequest) {
    const bytes = Buffer.byteLength(path);
    if (bytes > MAX_PATH_BYTES) {
      throw new RangeError(`a unix socket's path has at most ${MAX_PATH_BYTES} bytes: ${path}`);
    }
    this.path = path;
    this.#onRequest = onRequest;
  }

  /**
   * Bound under another name and renamed, so that closing it leaves a dead socket behind: callers see
   * "connection refused", as after a real lightningd went away.
   */
  async listen(): Promise<void> {
    const bound = `${this.path.slice(0, -1)}~`;
    rmSync(this.path, { force: true });
    rmSync(bound, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(bound, resolve);
    });
    renameSync(bound, this.path);
    this.#server = server;
  }

  /** New connections are refused from now on; those in `keep` stay, all others break. */
  close(keep: readonly Connection[] = []): void {
    this.#server?.close();
    this.#server = undefined;
    this.dropConnections(keep);
  }

  dropConnections(keep: readonly Connection[] = []): void {
    for (const [connection, socket] of this.#open) {
      if (!keep.includes(connection)) socket.destroy();
    }
  }

  #accept(socket: Socket): void {
    const connection: Connection = {
      wantsProgress: false,
      write: (text) => {
        if (socket.writable) socket.write(text);
      },
      end: () => socket.end(),
      destroy: () => socket.destroy(),
    };
    this.#open.set(connection, socket);
    const framer = new JsonFramer();
    const decoder = new StringDecoder('utf8');
    socket.on('data', (chunk) => this.#read(framer, decoder.write(chunk), connection));
    socket.on('close', () => this.#open.delete(connection));
    // A caller that went away is no matter of ours: 'close' follows.
    socket.on('error', () => this.#open.delete(connection));
  }

  #read(framer: JsonFramer, chunk: string, connection: Connection): void {
    try {
      for (const text of framer.push(chunk)) this.#onRequest(parseRequest(text), connection);
    } catch (error) {
      if (error instanceof BadEnvelope) {
        connection.write(errorText(error.id, error.error));
        if (error.id === 'null' && error.error.message !== 'No id') connection.end();
      } else if (error instanceof SyntaxError) {
        const refusal = invalid(`Failed to parse RPC JSON response '${error.message}'`);
        connection.write(errorText('null', refusal));
        connection.end();
      } else throw error;
    }
  }
}

/** `{"channels":[{"x":true}]}`: keeps only what the filter names; arrays filter each element. */
export function filtered(value: unknown, filter: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(filter)) {
    return value.map((element) => filtered(element, filter[0]));
  }
  const [part, wanted] = [asRecord(value), asRecord(filter)];
  if (part === undefined || wanted === undefined) return value;
  return Object.fromEntries(
    Object.entries(part)
      .filter(([name]) => wanted[name] !== undefined && wanted[name] !== false)
      .map(([name, inner]) => [name, filtered(inner, wanted[name])]),
  );
}
