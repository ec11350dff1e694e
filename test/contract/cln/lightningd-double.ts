import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLossless, writeLossless } from '../../../src/cln/lossless-json.ts';
import { MessageStream } from '../../../src/cln/message-stream.ts';

export type Asked = {
  readonly id: string;
  readonly method: string;
  readonly params: unknown;
  /** Which connection it came by, from 1. */
  readonly connection: number;
  result(value: unknown): void;
  error(code: number, message: string): void;
  /** Any bytes at all, as if lightningd had written them. */
  raw(text: string): void;
  drop(): void;
};

/** A unix socket where lightningd should be, which answers as told: late, wrong, twice or never. */
export class LightningdDouble {
  readonly #dir = mkdtempSync(join(tmpdir(), 'cln-double-'));
  readonly path = join(this.#dir, 'lightning-rpc');
  readonly asked: Asked[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #onAsked: (asked: Asked, all: readonly Asked[]) => void;
  #server: Server | undefined;
  connections = 0;

  constructor(onAsked: (asked: Asked, all: readonly Asked[]) => void) {
    this.#onAsked = onAsked;
  }

  async listen(): Promise<this> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server = createServer((socket) => this.#serve(socket)).listen(this.path, resolve);
    await promise;
    return this;
  }

  /** As when lightningd goes away: every connection ends and no new one is taken. */
  async goAway(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#server?.listening) this.#server.close(() => resolve());
    else resolve();
    await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #serve(socket: Socket): void {
    const connection = ++this.connections;
    const stream = new MessageStream();
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) =>
      stream.push(chunk, (text) => this.#take(parseLossless(text), socket, connection)),
    );
  }

  #take(message: unknown, socket: Socket, connection: number): void {
    const request = message as { jsonrpc: string; id: string; method: string; params: object };
    const refuse = (text: string) =>
      socket.write(
        writeLossless({ jsonrpc: '2.0', id: null, error: { code: -32600, message: text } }),
      );
    if (request.jsonrpc !== '2.0') refuse('no "jsonrpc" field');
    else if (typeof request.id !== 'string') refuse('No id');
    else if (typeof request.params !== 'object') refuse('No params');
    else this.#answer(request, socket, connection);
  }

  #answer(
    { id, method, params }: { id: string; method: string; params: object },
    socket: Socket,
    connection: number,
  ): void {
    const say = (rest: object) =>
      socket.write(`${writeLossless({ jsonrpc: '2.0', id, ...rest })}\n\n`);
    const asked: Asked = {
      id,
      method,
      params,
      connection,
      result: (result) => say({ result }),
      error: (code, text) => say({ error: { code, message: text } }),
      raw: (text) => socket.write(text),
      drop: () => socket.destroy(),
    };
    this.asked.push(asked);
    this.#onAsked(asked, this.asked);
  }
}
