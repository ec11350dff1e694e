import { type UnixMs, unixMs } from '../core/units.ts';
import type { Cancel, Clock, Pacer } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';

/** setTimeout holds 31 bits of milliseconds; longer waits are split. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. Waits are measured as they pass: a wall clock that jumps neither hastens nor delays them. */
export class SystemClock implements Clock {
  now(): UnixMs {
    return unixMs(Date.now());
  }

  elapsed(): number {
    return performance.now();
  }

  at(when: UnixMs, job: () => Promise<void>): Cancel {
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const left = Math.max(0, when - Date.now());
      timer = setTimeout(left > LONGEST_TIMER_MS ? arm : run, Math.min(left, LONGEST_TIMER_MS));
    };
    const run = (): void => {
      void job();
    };
    arm();
    return () => clearTimeout(timer);
  }
}

export const systemPacer: Pacer = {
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

export const systemEntropy: Entropy = { uniform: () => Math.random() };
