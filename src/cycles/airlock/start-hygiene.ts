/**
 * Jobs in the backend that no open row of ours stands for (SPEC 4.7): remains of our own are ended, those of others
 * are respected, or ended too where the operator gave us the backend alone.
 */
import { DAY_MS, unixMs } from '../../core/units.ts';
import type { Clock } from '../../ports/clock.ts';
import type { BackendJob } from '../../ports/rebalancer.ts';
import type { RebalanceJob, SpendStore } from '../../ports/spending.ts';
import { type Backend, isOrderOf, type NameOf } from './backend.ts';

/** How far back a job that runs again is recognised as ours. */
const RECENT_MS = 30 * DAY_MS;
const MOST_RECENT = 1000;

export type HygieneParts = {
  readonly backend: Backend;
  readonly spending: Pick<SpendStore, 'openJobs' | 'jobs'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly channelOf: NameOf;
  readonly exclusive: () => boolean;
  readonly alert: (text: string) => void;
};

export type Swept = {
  /** Ended now. */
  readonly ended: number;
  /** All that had to be ended were. */
  readonly clean: boolean;
  readonly foreign: readonly BackendJob[];
};

export async function sweep(
  { backend, spending, clock, channelOf, exclusive, alert }: HygieneParts,
  listed: readonly BackendJob[],
): Promise<Swept> {
  const open = spending.openJobs();
  const isOf = (jobs: readonly RebalanceJob[]) => (one: BackendJob) =>
    jobs.some((job) => isOrderOf(one, job, channelOf));
  const strangers = listed.filter((one) => !isOf(open)(one));
  const known =
    strangers.length > 0 ? spending.jobs(MOST_RECENT, unixMs(clock.now() - RECENT_MS)) : [];
  const settled = known.filter(({ state }) => state === 'settled');
  const foreign: BackendJob[] = [];
  let ended = 0;
  let clean = true;
  for (const one of strangers) {
    const ours = isOf(settled)(one);
    if (!ours && !exclusive()) foreign.push(one);
    else if ((await backend.end(one.channel)) !== undefined) ended += 1;
    else clean = false;
    if (ours) alert(`a rebalance into ${one.channel} that was settled runs in sling: ended`);
  }
  return { ended, clean, foreign };
}
