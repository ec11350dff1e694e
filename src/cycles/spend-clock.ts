/**
 * The time in which budgets roll (SPEC 4.6). It never goes back, and it never runs faster than time really passes,
 * whatever happens to the system's clock: a jump frees no window. The time we did not run is not counted, since
 * nobody can tell it from a clock that was put forward meanwhile; a window then lasts longer, never shorter.
 */
import { laterBy, type UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';

export class SpendClock {
  readonly #clock: Pick<Clock, 'now' | 'elapsed'>;
  #at: UnixMs;
  #wall: UnixMs;
  #elapsed: number;

  /** `lastAt`: newest moment of the stored ledger; undefined: a new one, which begins now. */
  constructor(clock: Pick<Clock, 'now' | 'elapsed'>, lastAt: UnixMs | undefined) {
    this.#clock = clock;
    this.#wall = clock.now();
    this.#elapsed = clock.elapsed();
    this.#at = lastAt ?? this.#wall;
  }

  now(): UnixMs {
    const [wall, elapsed] = [this.#clock.now(), this.#clock.elapsed()];
    // Measured from the last reading, never from an earlier one: time held back and handed out later would run too
    // fast for what was booked meanwhile. Parts of a millisecond are lost for the same reason.
    const passed = Math.min(wall - this.#wall, elapsed - this.#elapsed);
    this.#at = laterBy(this.#at, Math.floor(Math.max(0, passed)));
    this.#wall = wall;
    this.#elapsed = elapsed;
    return this.#at;
  }
}
