/**
 * Whether the clock can be believed with something that cannot be taken back. A clock that leaps ahead against the
 * time that really passed may be put right again soon; so it has to stand for a while first. One that goes back only
 * makes things wait longer, and needs no doubt.
 */
import { DAY_MS, type UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';

/** A clock that is slewed or adjusted by a time server moves less. */
const LEAP_MS = 900_000;
/** Time servers answer well within this. */
const STANDS_MS = 2 * 3_600_000;
/** Whoever comes back after longer cannot tell whether he was away or the clock of the machine was wrong at its start. */
const AWAY_MS = 3 * DAY_MS;

export class SteadyTime {
  readonly #clock: Pick<Clock, 'now' | 'elapsed'>;
  #wall: UnixMs;
  #elapsed: number;
  #leaptAt = Number.NEGATIVE_INFINITY;

  /** `lastSeen`: when an earlier process believed the clock, give or take a day; undefined: there was none. */
  constructor(clock: Pick<Clock, 'now' | 'elapsed'>, lastSeen?: UnixMs) {
    this.#clock = clock;
    this.#wall = clock.now();
    this.#elapsed = clock.elapsed();
    if (lastSeen !== undefined && this.#wall - lastSeen > AWAY_MS) this.#leaptAt = this.#elapsed;
  }

  /** A sentence while a leap ahead is fresh. To be asked now and then: a leap is seen at the next question. */
  doubt(): string | undefined {
    const [wall, elapsed] = [this.#clock.now(), this.#clock.elapsed()];
    const leap = wall - this.#wall - (elapsed - this.#elapsed);
    if (leap > LEAP_MS) this.#leaptAt = elapsed;
    this.#wall = wall;
    this.#elapsed = elapsed;
    return elapsed - this.#leaptAt < STANDS_MS
      ? 'the clock has leapt ahead, or nobody was here for days: it is believed when it has stood for two hours'
      : undefined;
  }
}
