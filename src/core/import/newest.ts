/** The newest of many, in bounded memory. Rows come oldest first. */
export class Newest<T> {
  readonly #most: number;
  #kept: T[] = [];
  #dropped = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(one: T): void {
    this.#kept.push(one);
    if (this.#kept.length >= 2 * this.#most) this.#trim();
  }
  list(): readonly T[] {
    this.#trim();
    return this.#kept;
  }
  /** How many older ones gave way so far; complete after `list`. */
  get dropped(): number {
    return this.#dropped;
  }

  #trim(): void {
    const over = this.#kept.length - this.#most;
    if (over <= 0) return;
    this.#dropped += over;
    this.#kept = this.#kept.slice(over);
  }
}
