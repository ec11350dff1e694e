/** One day of the tape in columns, ascending in time; equal times stay in the order they were drawn. */

export type TapeDay = {
  readonly count: number;
  /** Unix ms. */
  readonly at: Float64Array;
  readonly pair: Int32Array;
  /** What should leave us, msat. */
  readonly amount: Float64Array;
  /** Reservation draw, shared by the parts of a batch. */
  readonly draw: Uint32Array;
  /** Hold and success draw, its own for each part. */
  readonly hold: Uint32Array;
  readonly batch: Uint32Array;
  /** 1: a probe or someone's blind try: takes any price and fails downstream. */
  readonly noise: Uint8Array;
};

type Columns = { -readonly [Name in keyof TapeDay]: TapeDay[Name] };

const FIRST_CAPACITY = 4096;
/** A sort key is time within the day × 2^22 + number: 2^27 × 2^22 is exact. */
const ORDER = 2 ** 22;

const columns = (capacity: number): Columns => ({
  count: 0,
  at: new Float64Array(capacity),
  pair: new Int32Array(capacity),
  amount: new Float64Array(capacity),
  draw: new Uint32Array(capacity),
  hold: new Uint32Array(capacity),
  batch: new Uint32Array(capacity),
  noise: new Uint8Array(capacity),
});

function copy(from: Columns, at: number, to: Columns, slot: number): void {
  to.at[slot] = from.at[at] ?? 0;
  to.pair[slot] = from.pair[at] ?? 0;
  to.amount[slot] = from.amount[at] ?? 0;
  to.draw[slot] = from.draw[at] ?? 0;
  to.hold[slot] = from.hold[at] ?? 0;
  to.batch[slot] = from.batch[at] ?? 0;
  to.noise[slot] = from.noise[at] ?? 0;
}

/** Collects attempts in any order; one builder serves all days. */
export class TapeDayBuilder {
  #drawn = columns(FIRST_CAPACITY);

  clear(): void {
    this.#drawn.count = 0;
  }

  push(
    at: number,
    pair: number,
    amount: number,
    draw: number,
    hold: number,
    batch: number,
    noise: 0 | 1,
  ): void {
    if (this.#drawn.count === this.#drawn.at.length) this.#grow();
    const drawn = this.#drawn;
    const n = drawn.count++;
    drawn.at[n] = at;
    drawn.pair[n] = pair;
    drawn.amount[n] = amount;
    drawn.draw[n] = draw;
    drawn.hold[n] = hold;
    drawn.batch[n] = batch;
    drawn.noise[n] = noise;
  }

  #grow(): void {
    const wider = columns(this.#drawn.at.length * 2);
    for (let n = 0; n < this.#drawn.count; n++) copy(this.#drawn, n, wider, n);
    wider.count = this.#drawn.count;
    this.#drawn = wider;
  }

  /** The attempts of one day, sorted; those that fell beyond its end are left out. */
  day(start: number, end: number): TapeDay {
    const drawn = this.#drawn;
    const keys = new Float64Array(drawn.count);
    let inside = 0;
    for (let n = 0; n < drawn.count; n++) {
      const at = drawn.at[n] ?? 0;
      if (at < end) keys[inside++] = (at - start) * ORDER + n;
    }
    const order = keys.subarray(0, inside).sort();
    const sorted = columns(inside);
    for (let slot = 0; slot < inside; slot++) copy(drawn, (order[slot] ?? 0) % ORDER, sorted, slot);
    sorted.count = inside;
    return sorted;
  }
}
