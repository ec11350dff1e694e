/**
 * Looks after the jobs that are open: running → stopping → settled, or unknown until it can be settled (SPEC 4.6,
 * 4.7). Every step reads the rows, asks outside, and writes once: killed anywhere, the next run does the same again.
 */
import { judgeJob } from '../../core/spending/job-verdict.ts';
import {
  earliestOf,
  outcomeOf,
  type TwoClocks,
  UNKNOWN_AFTER_MS,
  waitsFor,
} from '../../core/spending/settlement.ts';
import { type UnixMs, unixMs } from '../../core/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { BackendJob } from '../../ports/rebalancer.ts';
import type { CircularPayment, RebalanceJob, SpendStore } from '../../ports/spending.ts';
import type { JobAlarms } from './alarms.ts';
import { type Backend, isOnChannelOf, isOrderOf, type NameOf } from './backend.ts';
import type { Witness } from './evidence.ts';

/** A payment under way ends within seconds, or within the time the backend gives it. */
const SETTLE_AGAIN_MS = 10_000;
/** More than any job has. */
const MOST_PAYMENTS = 100_000;
const NEVER_ANSWERED = 'the order was never answered';

export type JobCareParts = {
  readonly backend: Backend;
  readonly witness: Witness;
  readonly alarms: JobAlarms;
  readonly spending: Pick<SpendStore, 'openJobs' | 'job' | 'mark' | 'settle' | 'payments'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly ledger: () => UnixMs;
  readonly channelOf: NameOf;
  readonly log: Logger;
  readonly alert: (text: string) => void;
  readonly lookAgain: (afterMs: number) => void;
  readonly onSettled: (job: RebalanceJob) => void;
};

type Ending = { readonly job: RebalanceJob; readonly ended: boolean };

export class JobCare {
  readonly #parts: JobCareParts;
  /** Jobs the backend was told to end, by this process. */
  readonly #told = new Set<number>();
  /** Since when they wait to be settled, as the ledger counts. */
  readonly #waiting = new Map<number, UnixMs>();

  constructor(parts: JobCareParts) {
    this.#parts = parts;
  }

  /** `listed`: what the backend has; `heldBack`: why a job may not run on. */
  async round(
    listed: readonly BackendJob[],
    heldBack: (job: RebalanceJob) => string | undefined,
  ): Promise<void> {
    const { spending, backend } = this.#parts;
    const endings: Ending[] = [];
    for (const { id } of spending.openJobs()) {
      const job = this.#stopped(id, listed, heldBack);
      if (job) endings.push({ job, ended: await this.#end(job, listed) });
    }
    if (endings.length === 0) return;
    const left = await backend.list();
    const gone: RebalanceJob[] = [];
    for (const { job, ended } of endings) {
      if (!ended || left === undefined) this.#wait(job, 'the backend does not answer');
      else if (left.jobs.some((one) => isOrderOf(one, job, this.#parts.channelOf)))
        this.#wait(job, 'the backend still has it');
      else gone.push(job);
    }
    if (gone.length > 0) await this.#settleAll(gone);
  }

  /** The job if it is to be ended, after writing down why; undefined: it runs on. */
  #stopped(
    id: number,
    listed: readonly BackendJob[],
    heldBack: (job: RebalanceJob) => string | undefined,
  ): RebalanceJob | undefined {
    const { spending, alarms, channelOf, ledger, log } = this.#parts;
    const seen = this.#read(id);
    if (!seen) return undefined;
    const { payments } = seen;
    let { job } = seen;
    alarms.check(job, payments);
    if (job.state === 'stopping' || job.state === 'unknown') return job;
    const isListed = listed.some((one) => isOrderOf(one, job, channelOf));
    if (job.state === 'ordered' && isListed) {
      spending.mark(id, 'running');
      job = { ...job, state: 'running' };
    }
    const sight = { job, payments, listed: isListed, heldBack: heldBack(job), at: ledger() };
    const verdict = judgeJob(sight);
    if (verdict.kind === 'keep') return undefined;
    if (!this.#told.has(id))
      log('info', `rebalance ${id} into ${job.scid} is stopped: ${verdict.because}`);
    // An order that was never answered may still begin: it keeps its state until that is over.
    if (job.state === 'ordered') return job;
    spending.mark(id, 'stopping', verdict.because);
    return { ...job, state: 'stopping', because: verdict.because };
  }

  /** Ends it in the backend, unless somebody else's job took its place there: that one is not ours to stop. */
  async #end(job: RebalanceJob, listed: readonly BackendJob[]): Promise<boolean> {
    const { backend, channelOf } = this.#parts;
    const there = listed.filter((one) => isOnChannelOf(one, job, channelOf));
    const ours = there.some((one) => isOrderOf(one, job, channelOf));
    if (!ours && (there.length > 0 || this.#told.has(job.id))) return true;
    const ended = await backend.end(job.scid);
    if (ended) this.#told.add(job.id);
    return ended;
  }

  async #settleAll(jobs: readonly RebalanceJob[]): Promise<void> {
    const { witness } = this.#parts;
    const now = this.#now();
    const since = unixMs(Math.min(...jobs.map((job) => earliestOf(job, now))));
    const asked = await witness.ask(since);
    for (const { id } of jobs) {
      const seen = this.#read(id);
      if (!seen) continue;
      const { job, payments } = seen;
      const because =
        asked.kind === 'answer'
          ? waitsFor({ ...job, acknowledged: job.state !== 'ordered' }, asked.value, this.#now())
          : `the node's payments cannot be read: ${asked.because}`;
      if (because === undefined) this.#settle(job, payments);
      else this.#wait(job, because);
    }
  }

  #settle(job: RebalanceJob, payments: readonly CircularPayment[]): void {
    const { spending, alarms, clock, log, onSettled } = this.#parts;
    alarms.check(job, payments);
    const why = job.state === 'ordered' ? NEVER_ANSWERED : job.because;
    const { outcome, because } = outcomeOf(job, payments, why);
    spending.settle(job.id, outcome, because, clock.now());
    alarms.forget(job);
    this.#told.delete(job.id);
    this.#waiting.delete(job.id);
    const settled = spending.job(job.id) ?? job;
    log(
      'info',
      `rebalance ${job.id} into ${job.scid}: ${outcome}, ${settled.moved} msat for ${settled.spent} msat; ${because}`,
    );
    onSettled(settled);
  }

  #wait(job: RebalanceJob, because: string): void {
    const { spending, ledger, alert, lookAgain } = this.#parts;
    if (job.state === 'unknown') return;
    lookAgain(SETTLE_AGAIN_MS);
    const now = ledger();
    const since = this.#waiting.get(job.id) ?? now;
    this.#waiting.set(job.id, since);
    if (now - since < UNKNOWN_AFTER_MS) return;
    const stopped = job.state === 'ordered' ? NEVER_ANSWERED : (job.because ?? 'it ended');
    spending.mark(job.id, 'unknown', `${stopped}; ${because}`);
    alert(
      `rebalance ${job.id} into ${job.scid}: what it cost is unknown, ${job.cap} msat stay held: ${because}`,
    );
  }

  #read(id: number) {
    const { spending } = this.#parts;
    const job = spending.job(id);
    return job && { job, payments: spending.payments({ jobId: id, limit: MOST_PAYMENTS }) };
  }

  #now(): TwoClocks {
    return { wall: this.#parts.clock.now(), ledger: this.#parts.ledger() };
  }
}
