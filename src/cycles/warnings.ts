/** What the operator should know: said once in the log and as `revenue_alert`, and kept for `revenue-status`. */
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** Older ones are in the log. */
const KEPT = 20;

export class Warnings {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #notify: (topic: 'revenue_alert', payload: object) => void;
  #kept: string[] = [];

  constructor(
    clock: Clock,
    log: Logger,
    notify: (topic: 'revenue_alert', payload: object) => void,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#notify = notify;
  }

  /** Money events only: they reach the operator's alarms (SPEC 7.6). */
  readonly alert = (text: string): void => {
    this.#log('unusual', text);
    this.#notify('revenue_alert', { text, at_ms: this.#clock.now() });
    this.#kept = [...this.#kept.filter((known) => known !== text), text].slice(-KEPT);
  };

  /** Newest first. */
  list(): readonly string[] {
    return this.#kept.toReversed();
  }
}
