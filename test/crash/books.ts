/**
 * What happened, read twice: from the node, which knows what was really paid, and from the plugin's database, with
 * nothing of the plugin's own arithmetic in between but where its word is what is tested.
 */
import { type AuditedJob, breaches, type Limits } from '../../src/core/spending/audit.ts';
import { DAY_MS, type Msat, msat, unixMs } from '../../src/core/units.ts';
import { openStore } from '../../src/sqlite/open-store.ts';
import { type Life, readDatabase } from '../e2e/harness.ts';

type JobRow = {
  readonly id: number;
  readonly state: string;
  readonly outcome: string | undefined;
  readonly destination: string;
  readonly cap: Msat;
  readonly spent: Msat;
  readonly moved: Msat;
  readonly deadlineMs: number;
  readonly wall: Span;
  readonly ledger: Span;
};
/** `to` undefined: still open. */
type Span = { readonly from: number; readonly to: number | undefined };
type PaymentRow = {
  readonly hash: string;
  readonly cost: Msat;
  readonly at: number;
  readonly bookedAt: number;
  readonly jobId: number | undefined;
};
export type Books = { readonly jobs: readonly JobRow[]; readonly payments: readonly PaymentRow[] };
/** A payment that left by one channel and came back by another. */
export type Paid = {
  readonly hash: string;
  readonly at: number;
  readonly into: number | undefined;
  readonly cost: Msat;
};

const orNothing = (value: unknown): number | undefined =>
  value === null ? undefined : Number(value);
const money = (value: unknown): Msat => msat(BigInt(Number(value)));

/** The rows as they lie on the disk; the plugin may be alive. */
export const readBooks = (life: Life): Books =>
  readDatabase(life.database, (db) => ({
    jobs: db
      .prepare(
        `SELECT rebalance_job.*, channel_id FROM rebalance_job
         JOIN channel ON channel.key = destination ORDER BY id`,
      )
      .all()
      .map((row) => ({
        id: Number(row.id),
        state: String(row.state),
        outcome: row.outcome === null ? undefined : String(row.outcome),
        destination: String(row.channel_id),
        cap: money(row.cap_msat),
        spent: money(row.spent_msat),
        moved: money(row.moved_msat),
        deadlineMs: Number(row.deadline_ms),
        wall: { from: Number(row.created_wall), to: orNothing(row.ended_wall) },
        ledger: { from: Number(row.held_ledger), to: orNothing(row.ended_ledger) },
      })),
    payments: db
      .prepare('SELECT * FROM circular_payment ORDER BY at')
      .all()
      .map((row) => ({
        hash: String(row.payment_hash),
        cost: money(row.cost_msat),
        at: Number(row.at),
        bookedAt: Number(row.booked_ledger),
        jobId: orNothing(row.job_id),
      })),
  }));

export const openIn = ({ jobs }: Books): readonly JobRow[] =>
  jobs.filter(({ state }) => state !== 'settled');

/** Everything that went round and succeeded, by the node's own table. */
export const paidByNode = ({ node }: Life): readonly Paid[] =>
  node.state.payments
    .page('created', 1, Number.MAX_SAFE_INTEGER)
    .filter(({ status, fromIndex }) => status === 'complete' && fromIndex !== undefined)
    .map((row) => ({
      hash: row.paymentHash,
      at: row.completedAt ?? row.createdAt,
      into: row.toIndex,
      cost: msat(BigInt(row.sent - row.received)),
    }));

export const sumOf = (rows: readonly { readonly cost: Msat }[]): bigint =>
  rows.reduce((sum, { cost }) => sum + cost, 0n);

/** The plugin is dead: what its memory promises and has spent, by its own account, against every cap. */
export function overCaps(life: Life, limits: Limits): readonly string[] {
  const store = openStore(life.database, { onProblem: () => undefined });
  try {
    const { holds, spends } = store.spending.account();
    const now = store.spending.lastAt() ?? 0;
    const fees = store.forwards.revenue(unixMs(life.now), 30);
    const used = (windowMs: number, destination?: string): bigint =>
      [...holds, ...spends.filter(({ at }) => now - at < windowMs)]
        .filter((one) => destination === undefined || one.destination === destination)
        .reduce((sum, { amount }) => sum + amount, 0n);
    const over: string[] = [];
    if (used(DAY_MS) > limits.daily) over.push(`the day: ${used(DAY_MS)} msat`);
    if (used(7 * DAY_MS) > limits.weekly) over.push(`the week: ${used(7 * DAY_MS)} msat`);
    for (const { destination } of holds) {
      const limit = (fees.get(destination)?.fees ?? 0n) / 2n + 100_000n;
      const here = used(30 * DAY_MS, destination);
      if (here > limit) over.push(`${destination}: ${here} of ${limit} msat`);
    }
    return over;
  } finally {
    store.close();
  }
}
/** Every moment so far at which held and spent stood above a cap: as the world's clock goes, and as the ledger's. */
export function everOver({ jobs, payments }: Books, limits: Limits): readonly string[] {
  const audited = (clock: 'wall' | 'ledger'): readonly AuditedJob[] =>
    jobs.map((job) => {
      const { from, to } = job[clock];
      return {
        heldAt: unixMs(from),
        endedAt: to === undefined ? undefined : unixMs(to),
        cap: job.cap,
        payments: payments
          .filter(({ jobId }) => jobId === job.id)
          .map(({ at, bookedAt, cost }) => ({
            at: unixMs(clock === 'wall' ? at : bookedAt),
            cost,
          })),
      };
    });
  return (['wall', 'ledger'] as const).flatMap((clock) =>
    breaches(audited(clock), limits).map(
      ({ at, window, used }) => `${clock} ${at}: ${used} msat in a ${window}`,
    ),
  );
}

/** What is booked must have been paid, at that price, by whoever ordered it; `all`: what was paid must be booked too. */
export function misbooked(
  { jobs, payments }: Books,
  paid: readonly Paid[],
  isOurs: (one: Paid) => boolean,
  all: boolean,
): readonly string[] {
  const real = new Map(paid.map((one) => [one.hash, one]));
  const wrong: string[] = [];
  for (const { hash, cost, jobId } of payments) {
    const one = real.get(hash);
    if (!one) wrong.push(`${hash} was never paid`);
    else if (one.cost !== cost) wrong.push(`${hash} cost ${one.cost}, booked are ${cost} msat`);
    else if (isOurs(one) !== (jobId !== undefined))
      wrong.push(`${hash} is booked on ${jobId ?? 'nobody'}`);
  }
  const booked = new Set(payments.map(({ hash }) => hash));
  if (all)
    for (const { hash, cost } of paid)
      if (!booked.has(hash)) wrong.push(`${hash} for ${cost} msat is not booked`);
  for (const { id, spent, cap, wall } of jobs) {
    const its = payments.filter(({ jobId }) => jobId === id);
    const sum = sumOf(its);
    if (its.some(({ at }) => wall.to !== undefined && at > wall.to))
      wrong.push(`job ${id} was settled while it paid`);
    if (sum !== spent) wrong.push(`job ${id} says ${spent}, its payments cost ${sum} msat`);
    if (spent > cap) wrong.push(`job ${id} spent ${spent} of ${cap} msat`);
  }
  return wrong;
}

/** How old the ledger's time may be when an end is written. */
const LEDGER_LAG_MS = 60_000;
type RecordRow = { readonly channel: string; readonly failures: number; readonly success: number };
const records = (life: Life): readonly RecordRow[] =>
  readDatabase(life.database, (db) =>
    db
      .prepare('SELECT channel_id, failures, last_success FROM job_record JOIN channel USING (key)')
      .all()
      .map((row) => ({
        channel: String(row.channel_id),
        failures: Number(row.failures),
        success: Number(row.last_success),
      })),
  );

/** Failures and successes that no job stands for, and ends by a deadline that had not come. */
export function unfair(life: Life, { jobs }: Books): readonly string[] {
  const found: string[] = [];
  for (const { id, outcome, ledger, deadlineMs, moved } of jobs) {
    if (outcome === undefined) continue;
    const lasted = (ledger.to ?? ledger.from) - ledger.from;
    if (outcome === 'nothing moved' && lasted < deadlineMs - LEDGER_LAG_MS)
      found.push(`job ${id} counts as failed after ${lasted} of ${deadlineMs} ms`);
    if ((outcome === 'moved' || outcome === 'strayed') !== moved > 0n)
      found.push(`job ${id} is called ${outcome}, ${moved} msat moved`);
  }
  for (const { channel, failures, success } of records(life)) {
    const into = jobs.filter(({ destination }) => destination === channel);
    const good = into.findLastIndex(({ outcome }) => outcome === 'moved');
    const bad = into
      .slice(good + 1)
      .filter(({ outcome }) => outcome === 'nothing moved' || outcome === 'strayed');
    if (failures !== bad.length && into.length > 0)
      found.push(`${channel} has ${failures} failures, ${bad.length} jobs failed`);
    if (success !== (into[good]?.wall.to ?? 0)) found.push(`${channel} succeeded at ${success}`);
  }
  return found;
}
