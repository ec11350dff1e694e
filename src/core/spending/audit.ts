/**
 * The books of spending read afterwards: was any cap ever exceeded (SPEC 4.6)? Independent of the governor on purpose,
 * so that one mistake cannot hide in both: it knows nothing of grants, only what was held, when, and what was paid.
 */
import { DAY_MS, type Msat, msat, type UnixMs } from '../units.ts';

const WEEK_MS = 7 * DAY_MS;

export type AuditedJob = {
  readonly heldAt: UnixMs;
  /** undefined: still open. */
  readonly endedAt: UnixMs | undefined;
  /** What was held when it began. */
  readonly cap: Msat;
  readonly payments: readonly { readonly at: UnixMs; readonly cost: Msat }[];
};
export type Limits = { readonly daily: Msat; readonly weekly: Msat };
export type Breach = {
  readonly at: UnixMs;
  readonly window: 'day' | 'week';
  /** Held and spent at that moment, msat. */
  readonly used: Msat;
};

/** Every moment at which held and spent together stood above a limit: looked at whenever something was held or paid. */
export function breaches(jobs: readonly AuditedJob[], limits: Limits): readonly Breach[] {
  const moments = new Set<UnixMs>();
  for (const job of jobs) {
    moments.add(job.heldAt);
    for (const { at } of job.payments) moments.add(at);
  }
  return [...moments]
    .sort((one, other) => one - other)
    .flatMap((at) => {
      const held = heldAt(jobs, at);
      const day = msat(held + spentIn(jobs, at, DAY_MS));
      const week = msat(held + spentIn(jobs, at, WEEK_MS));
      const found: Breach[] = [];
      if (day > limits.daily) found.push({ at, window: 'day', used: day });
      if (week > limits.weekly) found.push({ at, window: 'week', used: week });
      return found;
    });
}

/** What open jobs may still spend at a moment, msat. */
function heldAt(jobs: readonly AuditedJob[], at: UnixMs): Msat {
  let held = 0n;
  for (const job of jobs) {
    if (job.heldAt > at || (job.endedAt !== undefined && job.endedAt <= at)) continue;
    const left = job.cap - paidUntil(job, at);
    if (left > 0n) held += left;
  }
  return msat(held);
}

function paidUntil(job: AuditedJob, at: UnixMs): bigint {
  return job.payments.reduce((sum, one) => (one.at <= at ? sum + one.cost : sum), 0n);
}

function spentIn(jobs: readonly AuditedJob[], at: UnixMs, windowMs: number): bigint {
  let spent = 0n;
  for (const { payments } of jobs)
    for (const one of payments) if (one.at <= at && one.at > at - windowMs) spent += one.cost;
  return spent;
}
