/** What must not happen with a job: the operator hears of it once, and money that vanishes stops all rebalancing. */
import { alarmsOf } from '../../core/spending/job-verdict.ts';
import { DAY_MS, laterBy } from '../../core/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CircularPayment, RebalanceJob } from '../../ports/spending.ts';
import type { LockStore } from '../../ports/store.ts';

/** Long enough for somebody to look; removable. */
const LOCK_MS = 30 * DAY_MS;

export class JobAlarms {
  readonly #locks: Pick<LockStore, 'add' | 'active'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #alert: (text: string) => void;
  readonly #raised = new Set<string>();

  constructor(
    locks: Pick<LockStore, 'add' | 'active'>,
    clock: Pick<Clock, 'now'>,
    alert: (text: string) => void,
  ) {
    this.#locks = locks;
    this.#clock = clock;
    this.#alert = alert;
  }

  /** Raises what was not raised before, also not by an earlier run: then the job was stopped for it. */
  check(job: RebalanceJob, payments: readonly CircularPayment[]): void {
    for (const alarm of alarmsOf(job, payments)) {
      if (job.because?.startsWith(alarm.because)) continue;
      const { cause } = alarm;
      const text = `rebalance ${job.id} into ${job.scid}: ${alarm.because}`;
      const isShort = cause === 'shortchanged';
      this.#once(`${job.id} ${cause}`, () =>
        this.#alert(isShort ? `${text}; all rebalancing is locked` : text),
      );
      // On a full disk it cannot be written: the operator has heard of it, and it is tried again at the next look.
      if (isShort) this.#once(`${job.id} lock`, () => this.#lock(text));
    }
  }

  /** Forgets all but these, which are open. */
  keepOnly(open: ReadonlySet<number>): void {
    for (const key of this.#raised)
      if (!open.has(Number(key.split(' ', 1)[0]))) this.#raised.delete(key);
  }

  #once(key: string, act: () => void): void {
    if (this.#raised.has(key)) return;
    act();
    this.#raised.add(key);
  }

  #lock(reason: string): void {
    const since = this.#clock.now();
    if (this.#locks.active(since).some((lock) => lock.reason === reason)) return;
    const expiresAt = laterBy(since, LOCK_MS);
    this.#locks.add({ scope: 'rebalance', channelId: undefined, reason, since, expiresAt });
  }
}
