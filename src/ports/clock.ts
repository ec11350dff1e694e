import type { UnixMs } from '../core/units.ts';

/** Stops a call that has not happened yet; harmless afterwards. */
export type Cancel = () => void;

/**
 * The time the plugin lives in. Live: the system's. In a simulation: the embedded node's virtual clock, which
 * advances only when everything due has finished.
 */
export interface Clock {
  now(): UnixMs;
  /** Milliseconds that really passed since some fixed moment of this process; no jump of `now` moves it. */
  elapsed(): number;
  /** Runs `job` once, at or soon after `when`. The job handles its own errors; a simulated clock waits for its promise. */
  at(when: UnixMs, job: () => Promise<void>): Cancel;
}

/** Real waiting, to leave the node and our event loop room to breathe; never simulated. */
export interface Pacer {
  pause(ms: number): Promise<void>;
}
