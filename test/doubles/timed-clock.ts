import { laterBy, type UnixMs, unixMs } from '../../src/core/units.ts';
import type { Cancel, Clock } from '../../src/ports/clock.ts';

type Timer = { readonly when: UnixMs; readonly job: () => Promise<void> };

/** Time that passes only when told to; timers run on the way, each to its end. */
export class TimedClock implements Clock {
  #now: UnixMs;
  #timers: readonly Timer[] = [];

  constructor(now: UnixMs) {
    this.#now = now;
  }

  now(): UnixMs {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  at(when: UnixMs, job: () => Promise<void>): Cancel {
    const timer = { when, job };
    this.#timers = [...this.#timers, timer].sort((a, b) => a.when - b.when);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async pass(ms: number): Promise<void> {
    const end = laterBy(this.#now, ms);
    for (let next = this.#timers[0]; next && next.when <= end; next = this.#timers[0]) {
      this.#timers = this.#timers.slice(1);
      this.#now = unixMs(Math.max(this.#now, next.when));
      await next.job();
    }
    this.#now = end;
  }
}
