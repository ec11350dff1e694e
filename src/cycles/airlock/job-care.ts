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
import { Unwritten } from './answer.ts';
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

/** `nothing there`: no job of ours was, so nothing had to be ended. */
type End = 'ended' | 'nothing there' | 'silent';
type Ending = { readonly job: RebalanceJob; readonly end: End };

export class JobCare {
  readonly #parts: JobCareParts;
  /** Jobs the backend was told to end, by this process. */
  readonly #told = new Set<number>();
  /** Since when they wait to be settled, as the ledger counts. */
  readonly #waiting = new Map<number, UnixMs>();
  readonly #disk = new Unwritten();

  constructor(parts: JobCareParts) {
    this.#parts = parts;
  }

  /**
   * `listed`: what the backend has, undefined when it does not answer; `heldBack`: why a job may not run on. Returns
   * how many jobs the backend had and were ended. On a full disk everything is stopped all the same, and the failure
   * is thrown after that.
   */
  async round(
    listed: readonly BackendJob[] | undefined,
    heldBack: (job: RebalanceJob) => string | undefined,
  ): Promise<number> {
    const { spending, backend, channelOf } = this.#parts;
    const endings: Ending[] = [];
    const open = spending.openJobs();
    this.#keepOnly(new Set(open.map(({ id }) => id)));
    for (const { id } of open) {
      const job = this.#stopped(id, listed, heldBack);
      if (job) endings.push({ job, end: await this.#end(job, listed) });
    }
    if (endings.length === 0) {
      this.#disk.throwIfAny();
      return 0;
    }
    const left = listed && (await backend.list());
    const gone: RebalanceJob[] = [];
    for (const { job, end } of endings) {
      if (end === 'silent' || left === undefined) this.#wait(job, 'sling does not answer');
      else if (left.jobs.some((one) => isOrderOf(one, job, channelOf)))
        this.#wait(job, 'sling still has it');
      else gone.push(job);
    }
    // One whose outcome is unknown may be old, and what was sent since is much: the others do not wait for it.
    const isUnknown = ({ state }: RebalanceJob): boolean => state === 'unknown';
    await this.#settleAll(gone.filter((job) => !isUnknown(job)));
    await this.#settleAll(gone.filter(isUnknown));
    this.#disk.throwIfAny();
    return endings.filter(({ end }) => end === 'ended').length;
  }

  /** The job if it is to be ended, after writing down why; undefined: it runs on. */
  #stopped(
    id: number,
    listed: readonly BackendJob[] | undefined,
    heldBack: (job: RebalanceJob) => string | undefined,
  ): RebalanceJob | undefined {
    const { spending, alarms, channelOf, ledger, log } = this.#parts;
    const seen = this.#read(id);
    if (!seen) return undefined;
    const { payments } = seen;
    let { job } = seen;
    const alarmed = this.#disk.write(() => alarms.check(seen.job, payments));
    if (job.state === 'stopping' || job.state === 'unknown') return job;
    const isOurs = (one: BackendJob): boolean => isOrderOf(one, job, channelOf);
    const isListed = listed?.some(isOurs) ?? job.state === 'running';
    if (job.state === 'ordered' && isListed) {
      this.#disk.write(() => spending.mark(id, 'running'));
      job = { ...job, state: 'running' };
    }
    const sight = { job, payments, listed: isListed, heldBack: heldBack(job), at: ledger() };
    const verdict = judgeJob(sight);
    if (verdict.kind === 'keep') return undefined;
    if (!this.#told.has(id))
      log('info', `rebalance ${id} into ${job.scid} is stopped: ${verdict.because}`);
    // An order that was never answered may still begin: it keeps its state until that is over.
    if (job.state === 'ordered') return job;
    // What was not locked in writing must not look like done to the next run.
    if (alarmed) this.#disk.write(() => spending.mark(id, 'stopping', verdict.because));
    return { ...job, state: 'stopping', because: verdict.because };
  }

  /** Ends it in the backend, unless somebody else's job took its place there: that one is not ours to stop. */
  async #end(job: RebalanceJob, listed: readonly BackendJob[] | undefined): Promise<End> {
    const { backend, channelOf } = this.#parts;
    if (listed === undefined) return 'silent';
    const there = listed.filter((one) => isOnChannelOf(one, job, channelOf));
    const ours = there.some((one) => isOrderOf(one, job, channelOf));
    // An order without an answer may begin after it was stopped, and no list need show it: it is told every time.
    const mayBegin = job.state === 'ordered' || !this.#told.has(job.id);
    if (!ours && (there.length > 0 || !mayBegin)) return 'nothing there';
    const ran = await backend.end(job.scid);
    if (ran === undefined) return 'silent';
    this.#told.add(job.id);
    // What an earlier life of ours ordered is in no list: the answer tells whether it ran.
    return ours || ran > 0 ? 'ended' : 'nothing there';
  }

  async #settleAll(jobs: readonly RebalanceJob[]): Promise<void> {
    const { witness } = this.#parts;
    if (jobs.length === 0) return;
    const now = this.#now();
    const since = unixMs(Math.min(...jobs.map((job) => earliestOf(job, now))));
    const asked = await this.#disk.after(() => witness.ask(since));
    if (asked === undefined) return;
    for (const { id } of jobs) {
      const seen = this.#read(id);
      if (!seen) continue;
      const { job, payments } = seen;
      const because =
        asked.kind === 'answer'
          ? waitsFor({ ...job, acknowledged: job.state !== 'ordered' }, asked.value, this.#now())
          : `the node's payments cannot be read: ${asked.because}`;
      if (because === undefined) this.#disk.write(() => this.#settle(job, payments));
      else this.#wait(job, because);
    }
  }

  #settle(job: RebalanceJob, payments: readonly CircularPayment[]): void {
    const { spending, alarms, clock, log, onSettled } = this.#parts;
    alarms.check(job, payments);
    const why = job.state === 'ordered' ? NEVER_ANSWERED : job.because;
    const { outcome, because } = outcomeOf(job, payments, why);
    spending.settle(job.id, outcome, because, clock.now());
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
    const mark = () => spending.mark(job.id, 'unknown', `${stopped}; ${because}`);
    if (!this.#disk.write(mark)) return;
    alert(
      `rebalance ${job.id} into ${job.scid}: what it cost is unknown, ${job.cap} msat stay held: ${because}`,
    );
  }

  /** The others were settled, by us or by hand. */
  #keepOnly(open: ReadonlySet<number>): void {
    this.#parts.alarms.keepOnly(open);
    for (const id of this.#told) if (!open.has(id)) this.#told.delete(id);
    for (const id of this.#waiting.keys()) if (!open.has(id)) this.#waiting.delete(id);
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
