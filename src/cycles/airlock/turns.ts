/** One at a time, in the order asked for: two hands on the same money would not know of each other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** The caller hears how its own turn ended; the next one comes whatever that was. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = Promise.allSettled([mine]);
    return mine;
  }
}
