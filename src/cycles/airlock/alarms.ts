/** What must not happen with a job: the operator hears of it once, and money that vanishes stops all rebalancing. */
import { type Alarm, alarmsOf } from '../../core/spending/job-verdict.ts';
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
      const key = `${job.id} ${alarm.cause}`;
      if (this.#raised.has(key) || job.because?.startsWith(alarm.because)) continue;
      this.#raise(job, alarm);
      this.#raised.add(key);
    }
  }

  /** The job is settled. */
  forget(job: RebalanceJob): void {
    for (const key of this.#raised) if (key.startsWith(`${job.id} `)) this.#raised.delete(key);
  }

  #raise(job: RebalanceJob, { cause, because }: Alarm): void {
    const text = `rebalance ${job.id} into ${job.scid}: ${because}`;
    if (cause === 'shortchanged') this.#lock(text);
    this.#alert(cause === 'shortchanged' ? `${text}; all rebalancing is locked` : text);
  }

  #lock(reason: string): void {
    const since = this.#clock.now();
    if (this.#locks.active(since).some((lock) => lock.reason === reason)) return;
    const expiresAt = laterBy(since, LOCK_MS);
    this.#locks.add({ scope: 'rebalance', channelId: undefined, reason, since, expiresAt });
  }
}
