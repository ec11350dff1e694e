/**
 * Whether the clock can be believed with something that cannot be taken back. A clock that leaps ahead against the
 * time that really passed may be put right again soon; so it has to stand for a while first. One that goes back only
 * makes things wait longer, and needs no doubt.
 */
import type { UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';

/** A clock that is slewed or adjusted by a time server moves less. */
const LEAP_MS = 900_000;
/** Time servers answer well within this. */
const STANDS_MS = 2 * 3_600_000;

export class SteadyTime {
  readonly #clock: Pick<Clock, 'now' | 'elapsed'>;
  #wall: UnixMs;
  #elapsed: number;
  #leaptAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'now' | 'elapsed'>) {
    this.#clock = clock;
    this.#wall = clock.now();
    this.#elapsed = clock.elapsed();
  }

  /** A sentence while a leap ahead is fresh. To be asked now and then: a leap is seen at the next question. */
  doubt(): string | undefined {
    const [wall, elapsed] = [this.#clock.now(), this.#clock.elapsed()];
    const leap = wall - this.#wall - (elapsed - this.#elapsed);
    if (leap > LEAP_MS) this.#leaptAt = elapsed;
    this.#wall = wall;
    this.#elapsed = elapsed;
    return elapsed - this.#leaptAt < STANDS_MS
      ? 'the clock has leapt ahead, and is believed when it has stood for two hours'
      : undefined;
  }
}
