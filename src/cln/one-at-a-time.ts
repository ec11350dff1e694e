import { RetryLater } from '../ports/errors.ts';

/** Runs acts one after another, in the order they came, whatever becomes of each. */
export class OneAtATime {
  readonly #name: string;
  readonly #most: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** `most` acts wait or run; one more is RetryLater at once. */
  constructor(name: string, most: number) {
    this.#name = name;
    this.#most = most;
  }

  run<T>(act: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#most) {
      return Promise.reject(new RetryLater(`${this.#name}: ${this.#most} calls wait already`));
    }
    this.#waiting += 1;
    const mine = this.#last.then(act).finally(() => {
      this.#waiting -= 1;
    });
    // Its failure belongs to whoever asked; the next one only waits for the end.
    this.#last = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }
}
