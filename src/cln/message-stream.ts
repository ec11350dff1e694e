/** What arrived is no sequence of JSON objects, or one of them is too long: nothing after it can be read. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

/** Ten times the largest answer we ask for (listpeerchannels: 6.7 kB a channel, 1000 channels). */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** lightningd nests below 20; deeper texts are not parsed, which keeps our recursion off the stack's end. */
export const MAX_DEPTH = 500;
/** One JSON text, and how deep it nests. */
type OnMessage = (text: string, depth: number) => void;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Cuts a byte stream into JSON texts: objects or arrays with any white space, or none, around them. Works on
 * bytes, so a character split between two reads does not matter, and looks at every byte once. Memory is
 * bounded by `maxBytes` for the one message that is incomplete; beyond it `push` throws Unreadable.
 */
export class MessageStream {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #held = 0;
  #depth = 0;
  #deepest = 0;
  #inString = false;
  #escaped = false;
  #dead: Unreadable | undefined;

  constructor(maxBytes = MAX_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of an incomplete message now held. */
  get held(): number {
    return this.#held;
  }

  /** Hands every text that `chunk` completes to `onMessage`, in order. Throws Unreadable, then and ever after. */
  push(chunk: Uint8Array, onMessage: OnMessage): void {
    if (this.#dead) throw this.#dead;
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#depth === 0) {
        at = this.#findStart(chunk, at);
        start = at;
        if (at === chunk.length) return;
      }
      at = this.#findEnd(chunk, at);
      if (this.#depth > 0) break;
      this.#keep(chunk.subarray(start, at));
      const depth = this.#deepest;
      this.#deepest = 0;
      onMessage(this.#take(), depth);
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
  }

  /** The first byte of the next value, at depth 0. */
  #findStart(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && isSpace(chunk[at] ?? 0)) at++;
    const byte = chunk[at];
    if (byte === undefined || byte === OPEN_BRACE || byte === OPEN_BRACKET) return at;
    throw this.#die(`a message cannot begin with byte 0x${byte.toString(16)}`);
  }

  /** Just behind the value that is open, or the end of the chunk with depth > 0. */
  #findEnd(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#inString) {
        at = this.#findQuote(chunk, at);
        continue;
      }
      const byte = chunk[at++];
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.#depth += 1;
        if (this.#depth > this.#deepest) this.#deepest = this.#depth;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--this.#depth === 0) return at;
      }
    }
    return at;
  }

  /** Just behind the quote that ends the open string, or the end of the chunk. */
  #findQuote(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length) {
      const byte = chunk[at++];
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return at;
      }
    }
    return at;
  }

  #keep(part: Uint8Array): void {
    this.#held += part.length;
    if (this.#held > this.#maxBytes) {
      throw this.#die(`a message is longer than ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
  }

  #take(): string {
    const [only, ...more] = this.#parts;
    const bytes = only && more.length === 0 ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#held = 0;
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  }

  #die(because: string): Unreadable {
    this.#dead = new Unreadable(because);
    this.#parts = [];
    this.#held = 0;
    return this.#dead;
  }
}
