/**
 * The clock of a simulated life: time belongs to the embedded node and moves only when everything due has
 * finished. One round: ask the node to run its market until our next timer, take in every notification it sent
 * on the way, run the timer. So a month passes in seconds and the same seed gives the same life.
 */
import { type UnixMs, unixMs } from '../core/units.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

type Timer = { readonly when: UnixMs; readonly order: number; readonly job: () => Promise<void> };

export type Lockstep = {
  /** Runs the node's world until the moment; answers its time and how many notifications it has sent in all. */
  readonly advance: (
    until: UnixMs,
  ) => Promise<{ readonly now: UnixMs; readonly notifications: number }>;
  /** Resolves when that many notifications have arrived and been taken in. */
  readonly taken: (notifications: number) => Promise<void>;
};

export class LockstepClock implements Clock {
  #now: UnixMs;
  #order = 0;
  #timers: Timer[] = [];

  constructor(start: UnixMs) {
    this.#now = start;
  }

  now(): UnixMs {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  at(when: UnixMs, job: () => Promise<void>): Cancel {
    const timer: Timer = { when: unixMs(Math.max(when, this.#now)), order: this.#order++, job };
    this.#timers.push(timer);
    this.#timers.sort((a, b) => a.when - b.when || a.order - b.order);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lives until `end` (or for ever while timers remain); false when nothing was left to wait for. */
  async run(node: Lockstep, end: UnixMs): Promise<void> {
    while (this.#now < end) {
      const next = this.#timers[0];
      const until = next && next.when < end ? next.when : end;
      // Before the world runs: what happens on the way is heard of at its end, as by somebody who was busy, never
      // before it happened.
      this.#now = until;
      const world = await node.advance(until);
      this.#now = world.now;
      await node.taken(world.notifications);
      await this.#fireDue();
    }
  }

  async #fireDue(): Promise<void> {
    let due = this.#timers[0];
    while (due && due.when <= this.#now) {
      this.#timers.shift();
      await due.job();
      due = this.#timers[0];
    }
  }
}
