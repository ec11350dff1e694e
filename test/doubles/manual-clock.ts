import { laterBy, type UnixMs } from '../../src/core/units.ts';
import type { Cancel, Clock, Pacer } from '../../src/ports/clock.ts';

/** Time that stands still until it is moved; timers are not run. */
export class ManualClock implements Clock {
  #now: UnixMs;

  constructor(now: UnixMs) {
    this.#now = now;
  }

  now(): UnixMs {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  at(): Cancel {
    return () => {};
  }

  move(ms: number): void {
    this.#now = laterBy(this.#now, ms);
  }
}

/** Time of the wall and time that really passed, moved apart at will. */
export class SplitClock extends ManualClock {
  #ran = 0;
  override elapsed(): number {
    return this.#ran;
  }
  pass(ms: number): void {
    this.#ran += ms;
    this.move(ms);
  }
}

/** Does not wait, and remembers how long it was asked to. */
export class InstantPacer implements Pacer {
  readonly pauses: number[] = [];

  async pause(ms: number): Promise<void> {
    this.pauses.push(ms);
  }
}
