/** What will happen, earliest first; equal times in the order of scheduling. Typed arrays: no object an event. */
const FIRST_CAPACITY = 1024;

export class EventHeap {
  #at = new Float64Array(FIRST_CAPACITY);
  #sequence = new Float64Array(FIRST_CAPACITY);
  #kind = new Uint8Array(FIRST_CAPACITY);
  #subject = new Int32Array(FIRST_CAPACITY);
  #size = 0;
  #next = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the earliest, ms; Infinity when empty. */
  get time(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#at[0] ?? 0);
  }

  get kind(): number {
    return this.#kind[0] ?? 0;
  }

  get subject(): number {
    return this.#subject[0] ?? 0;
  }

  push(at: number, kind: number, subject: number): void {
    if (this.#size === this.#at.length) this.#grow();
    let slot = this.#size++;
    const sequence = this.#next++;
    while (slot > 0) {
      const parent = (slot - 1) >>> 1;
      if ((this.#at[parent] ?? 0) <= at) break;
      this.#move(parent, slot);
      slot = parent;
    }
    this.#put(slot, at, sequence, kind, subject);
  }

  /** Removes the earliest; read `time`, `kind`, `subject` before. */
  pop(): void {
    const last = --this.#size;
    if (last <= 0) return;
    const at = this.#at[last] ?? 0;
    const sequence = this.#sequence[last] ?? 0;
    const [kind, subject] = [this.#kind[last] ?? 0, this.#subject[last] ?? 0];
    let slot = 0;
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#earlier(child + 1, child)) child++;
      const childAt = this.#at[child] ?? 0;
      if (at < childAt || (at === childAt && sequence < (this.#sequence[child] ?? 0))) break;
      this.#move(child, slot);
      slot = child;
    }
    this.#put(slot, at, sequence, kind, subject);
  }

  #earlier(a: number, b: number): boolean {
    const [left, right] = [this.#at[a] ?? 0, this.#at[b] ?? 0];
    return left < right || (left === right && (this.#sequence[a] ?? 0) < (this.#sequence[b] ?? 0));
  }

  #move(from: number, to: number): void {
    this.#put(
      to,
      this.#at[from] ?? 0,
      this.#sequence[from] ?? 0,
      this.#kind[from] ?? 0,
      this.#subject[from] ?? 0,
    );
  }

  #put(slot: number, at: number, sequence: number, kind: number, subject: number): void {
    this.#at[slot] = at;
    this.#sequence[slot] = sequence;
    this.#kind[slot] = kind;
    this.#subject[slot] = subject;
  }

  #grow(): void {
    const twice = this.#at.length * 2;
    const widen = <T extends Float64Array | Uint8Array | Int32Array>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#at = widen(new Float64Array(twice), this.#at);
    this.#sequence = widen(new Float64Array(twice), this.#sequence);
    this.#kind = widen(new Uint8Array(twice), this.#kind);
    this.#subject = widen(new Int32Array(twice), this.#subject);
  }
}
