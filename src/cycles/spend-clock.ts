/**
 * The time in which budgets roll (SPEC 4.6). It never goes back, and it never runs faster than time really passes,
 * whatever happens to the system's clock: a jump frees no window. The time we did not run is not counted, since
 * nobody can tell it from a clock that was put forward meanwhile; a window then lasts longer, never shorter.
 */
import { type UnixMs, unixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';

/** So much of the ledger's time may be lost at a kill; the windows last that much longer. */
const KEEP_EVERY_MS = 60_000;

export class SpendClock {
  readonly #clock: Pick<Clock, 'now' | 'elapsed'>;
  readonly #keep: (at: UnixMs) => void;
  /** With fractions: readings in quick succession lose nothing. */
  #at: number;
  #wall: number;
  #elapsed: number;
  #kept: number;

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
    const passed = Math.min(wall - this.#wall, elapsed - this.#elapsed);
    // Less than the clock's own step is left to the next reading, or readings in quick succession would lose it.
    if (passed < 0 || passed >= 1) {
      this.#at += Math.max(0, passed);
      this.#wall = wall;
      this.#elapsed = elapsed;
    }
    const at = unixMs(this.#at);
    if (at - this.#kept >= KEEP_EVERY_MS) {
      this.#kept = at;
      this.#keep(at);
    }
    return at;
  }
}
