/** Watches one loop for standing still (SPEC 7.6): fed once a cycle, it alerts about once a day while nothing moves. */
import {
  ALIVE,
  type Automation,
  type DeadCount,
  nextDeadCount,
} from '../core/protections/dead-automation.ts';

export class DeadAutomation {
  readonly #automation: Automation;
  readonly #alert: (text: string) => void;
  #count: DeadCount = ALIVE;

  constructor(automation: Automation, alert: (text: string) => void) {
    this.#automation = automation;
    this.#alert = alert;
  }

  /**
   * `eligible`: how many wanted to act in this cycle, and would have but for an error or a backend that is not ready.
   * What was kept by decision, refused by a budget or only would have been done is not among them. `acted`: how
   * many did.
   */
  note(eligible: number, acted: number): void {
    const { count, alert } = nextDeadCount(this.#count, eligible, acted, this.#automation);
    this.#count = count;
    if (alert !== undefined) this.#alert(alert);
  }
}
