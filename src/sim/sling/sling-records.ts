/** sling's own statistics of its payments, by channel of the job: at most 10,000 of each kind, the oldest go. */
import type { SlingPayment, SlingStats } from './sling-task.ts';

const MOST = 10_000;

export class SlingRecords {
  #successes = new Map<number, SlingPayment[]>();
  #failures = new Map<number, SlingPayment[]>();

  of(channel: number): SlingStats {
    return {
      successes: [...(this.#successes.get(channel) ?? [])],
      failures: [...(this.#failures.get(channel) ?? [])],
    };
  }

  succeeded(channel: number, payment: SlingPayment): void {
    keep(this.#successes, channel, payment);
  }

  failed(channel: number, payment: SlingPayment): void {
    keep(this.#failures, channel, payment);
  }
}

function keep(into: Map<number, SlingPayment[]>, channel: number, payment: SlingPayment): void {
  const list = into.get(channel) ?? [];
  into.set(channel, list);
  list.push(payment);
  if (list.length > MOST) list.shift();
}
