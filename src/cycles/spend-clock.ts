/**
 * The time in which budgets roll (SPEC 4.6). It never goes back, and it never runs faster than time really passes,
 * whatever happens to the system's clock: a jump frees no window. The time we did not run is not counted, since
 * nobody can tell it from a clock that was put forward meanwhile; a window then lasts longer, never shorter.
 */
import { laterBy, type UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';

/** So much of the ledger's time may be lost at a kill; the windows last that much longer. */
const KEEP_EVERY_MS = 60_000;

export class SpendClock {
  readonly #clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly #keep: (at: UnixMs) => void;
  #at: UnixMs;
  #wall: UnixMs;
  #elapsed: number;
  #kept: UnixMs;

  /**
   * `lastAt`: newest moment of the stored ledger; undefined: a new one, which begins now. `keep` is told about once a
   * minute how far it is, so that a restart goes on from there.
   */
  constructor(
    clock: Pick<Clock, 'now' | 'elapsed'>,
    lastAt: UnixMs | undefined,
    keep: (at: UnixMs) => void = () => undefined,
  ) {
    this.#clock = clock;
    this.#keep = keep;
    this.#wall = clock.now();
    this.#elapsed = clock.elapsed();
    this.#at = lastAt ?? this.#wall;
    this.#kept = this.#at;
  }

  now(): UnixMs {
    const [wall, elapsed] = [this.#clock.now(), this.#clock.elapsed()];
    // Measured from the last reading, never from an earlier one: time held back and handed out later would run too
    // fast for what was booked meanwhile. Parts of a millisecond are lost for the same reason.
    const passed = Math.min(wall - this.#wall, elapsed - this.#elapsed);
    this.#at = laterBy(this.#at, Math.floor(Math.max(0, passed)));
    this.#wall = wall;
    this.#elapsed = elapsed;
    if (this.#at - this.#kept >= KEEP_EVERY_MS) {
      this.#kept = this.#at;
      this.#keep(this.#at);
    }
    return this.#at;
  }
}
