import type { Writable } from 'node:stream';
import { writeLossless } from './lossless-json.ts';

/** Unread bytes beyond which log lines and notifications are left out, and requests wait. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/**
 * The only writer on stdout, which belongs to lightningd. Answers are always written. What nobody waits for is
 * left out, and counted, while lightningd does not read.
 */
export class StdoutWriter {
  readonly #output: Writable;
  readonly #maxUnread: number;
  #leftOut = 0;

  constructor(output: Writable, maxUnread = MAX_UNREAD_BYTES) {
    this.#output = output;
    this.#maxUnread = maxUnread;
  }

  /** More is waiting to be read than the bound allows. */
  get congested(): boolean {
    return this.#output.writableLength > this.#maxUnread;
  }

  /** A message somebody waits for. */
  answer(message: object): void {
    if (this.#output.writable) this.#output.write(`${writeLossless(message)}\n\n`);
  }

  /** A message nobody waits for; false when it was left out. */
  tell(message: object): boolean {
    if (!this.#output.writable) return false;
    if (this.congested) {
      this.#leftOut++;
      return false;
    }
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.answer(message);
    if (leftOut > 0) this.answer(logMessage('warn', `${leftOut} messages to lightningd left out`));
    return true;
  }

  /** Resolves when everything written has been handed over, or cannot be any more. */
  drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#output.writable) this.#output.write('', () => resolve());
    else resolve();
    return promise;
  }
}

export const logMessage = (level: string, message: string): object => ({
  jsonrpc: '2.0',
  method: 'log',
  params: { level, message },
});
