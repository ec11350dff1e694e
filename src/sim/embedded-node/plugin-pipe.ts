/** Writing to a plugin's stdin, in pieces of any shape: a plugin must not count on one message a read. */
import type { Writable } from 'node:stream';
import type { PipeShape } from './faults.ts';

/** In shape 'several in one', what comes within this time goes out together. */
const GATHER_MS = 20;

export class PluginPipe {
  readonly #stdin: Writable;
  readonly #shape: () => PipeShape;
  #gathered: string[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(stdin: Writable, shape: () => PipeShape) {
    this.#stdin = stdin;
    this.#shape = shape;
  }

  write(message: string): void {
    switch (this.#shape()) {
      case 'whole':
        this.#now(message);
        return;
      case 'several in one':
        if (this.#gathered.length === 0) setTimeout(() => this.#flush(), GATHER_MS);
        this.#gathered.push(message);
        return;
      case 'single bytes':
        this.#flush();
        this.#writing = this.#writing.then(() => this.#byByte(Buffer.from(message)));
        return;
    }
  }

  /** EOF, after everything written before it. */
  end(): void {
    this.#flush();
    void this.#writing.then(() => this.#stdin.end());
  }

  #now(message: string): void {
    this.#flush();
    if (this.#stdin.writable) this.#stdin.write(message);
  }

  #flush(): void {
    if (this.#gathered.length > 0 && this.#stdin.writable)
      this.#stdin.write(this.#gathered.join(''));
    this.#gathered = [];
  }

  async #byByte(bytes: Buffer): Promise<void> {
    for (let i = 0; i < bytes.length && this.#stdin.writable; i++) {
      this.#stdin.write(bytes.subarray(i, i + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
