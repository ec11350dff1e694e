/**
 * When things happen: each job at its own pace with jitter, never twice at a time, and always answerable to
 * "when did you run last, what went wrong, when next" (SPEC 7.3, 7.6). An interval that changes in the
 * configuration takes effect at once.
 */
import { laterBy, type UnixMs } from '../core/units.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Entropy } from '../ports/entropy.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { JobName, JobStatus } from './services.ts';

/** SPEC 3: ± 20 % so that many nodes do not act in step. */
const JITTER = 0.2;

export type Job = {
  readonly name: JobName;
  readonly everyMs: () => number;
  readonly firstAfterMs: number;
  /** Jitter would spoil what must be sampled evenly (feerates). */
  readonly even?: boolean;
  /** A sentence why it must not run now, else undefined. */
  readonly blocked?: () => string | undefined;
  /** A sentence which part of its work must wait, else undefined; it runs all the same. */
  readonly partly?: () => string | undefined;
  readonly run: (reason: string) => Promise<void>;
};

type Slot = {
  readonly job: Job;
  timer: Cancel | undefined;
  nextRun: UnixMs | undefined;
  running: Promise<void> | undefined;
  again: string | undefined;
  lastRun: UnixMs | undefined;
  lastMs: number | undefined;
  lastError: string | undefined;
  runs: number;
  failures: number;
  everyMs: number;
};

export class Jobs {
  readonly #slots = new Map<JobName, Slot>();
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #log: Logger;
  #stopped = false;

  constructor(clock: Clock, entropy: Entropy, log: Logger) {
    this.#clock = clock;
    this.#entropy = entropy;
    this.#log = log;
  }

  /** Registers a job and arms its first run. */
  add(job: Job): void {
    const slot: Slot = {
      job,
      timer: undefined,
      nextRun: undefined,
      running: undefined,
      again: undefined,
      lastRun: undefined,
      lastMs: undefined,
      lastError: undefined,
      runs: 0,
      failures: 0,
      everyMs: job.everyMs(),
    };
    this.#slots.set(job.name, slot);
    this.#arm(slot, job.firstAfterMs);
  }

  /** Runs a job now (or once more when it is running). Resolves when that run has ended. */
  async trigger(name: JobName, reason: string): Promise<void> {
    const slot = this.#slots.get(name);
    if (!slot || this.#stopped) return;
    if (slot.running !== undefined) {
      slot.again = reason;
      return slot.running;
    }
    await this.#run(slot, reason);
  }

  /** Runs `name` once at a moment of its own, beside its rhythm. */
  once(name: JobName, afterMs: number, reason: string): void {
    this.#clock.at(laterBy(this.#clock.now(), afterMs), () => this.trigger(name, reason));
  }

  /** Re-reads all intervals; those that changed are armed anew. */
  rearm(): void {
    for (const slot of this.#slots.values()) {
      const everyMs = slot.job.everyMs();
      if (everyMs === slot.everyMs) continue;
      slot.everyMs = everyMs;
      this.#arm(slot, this.#jittered(slot));
    }
  }

  list(): readonly JobStatus[] {
    return [...this.#slots.values()].map((slot) => ({
      name: slot.job.name,
      running: slot.running !== undefined,
      lastRun: slot.lastRun,
      lastMs: slot.lastMs,
      lastError: slot.lastError,
      nextRun: slot.nextRun,
      runs: slot.runs,
      failures: slot.failures,
      waitingFor: slot.job.blocked?.() ?? slot.job.partly?.(),
    }));
  }

  /** No further run starts; resolves when the running ones but these have ended. */
  async stop(unawaited: ReadonlySet<JobName> = new Set()): Promise<void> {
    this.#stopped = true;
    for (const slot of this.#slots.values()) slot.timer?.();
    const awaited = [...this.#slots.values()].filter(({ job }) => !unawaited.has(job.name));
    await Promise.all(awaited.map((slot) => slot.running));
  }

  #arm(slot: Slot, afterMs: number): void {
    slot.timer?.();
    if (this.#stopped) return;
    slot.nextRun = laterBy(this.#clock.now(), afterMs);
    slot.timer = this.#clock.at(slot.nextRun, async () => {
      this.#arm(slot, this.#jittered(slot));
      await this.trigger(slot.job.name, 'interval');
    });
  }

  #jittered(slot: Slot): number {
    const every = slot.job.everyMs();
    return slot.job.even ? every : every * (1 + JITTER * (2 * this.#entropy.uniform() - 1));
  }

  async #run(slot: Slot, reason: string): Promise<void> {
    slot.running = this.#rounds(slot, reason);
    try {
      await slot.running;
    } finally {
      slot.running = undefined;
    }
  }

  async #rounds(slot: Slot, reason: string): Promise<void> {
    let why: string | undefined = reason;
    while (why !== undefined && !this.#stopped) {
      if (slot.job.blocked?.() !== undefined) return;
      slot.again = undefined;
      await this.#attempt(slot, why);
      why = slot.again;
    }
  }

  async #attempt(slot: Slot, reason: string): Promise<void> {
    const started = this.#clock.now();
    const stopwatch = performance.now();
    slot.runs += 1;
    try {
      await slot.job.run(reason);
      slot.lastError = undefined;
    } catch (error) {
      slot.failures += 1;
      slot.lastError = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      // A node that is away or says no is no alarm (SPEC 7.6); a disk that fails and a defect of ours are.
      const passing = error instanceof RetryLater || error instanceof NodeRefused;
      // Who was not waited for at the end finds everything closed.
      const level = passing || this.#stopped ? 'info' : 'broken';
      this.#log(
        level,
        `${slot.job.name} did not finish, next try at its next turn: ${slot.lastError}`,
      );
    }
    slot.lastRun = started;
    slot.lastMs = performance.now() - stopwatch;
  }
}
