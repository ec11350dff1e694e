/**
 * Rests of a life in virtual time. A short one leaves room for a node and an event loop that others wait for; nobody
 * waits for a simulated one, so it is only a turn of the loop. A long one is a deadline of the real process.
 */
import type { Pacer } from '../ports/clock.ts';
import { systemPacer } from './system-time.ts';

const LONGEST_REST_MS = 100;

export const simulatedPacer: Pacer = {
  pause: (ms) =>
    ms > LONGEST_REST_MS
      ? systemPacer.pause(ms)
      : new Promise((resolve) => {
          setImmediate(resolve);
        }),
};
