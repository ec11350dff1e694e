/** What a simulated or replayed life came to: the one object `npm run demo -- --json` prints (SPEC 13). */
import { createHash } from 'node:crypto';
import type { ConfigValues } from '../config/snapshot.ts';
import { breaches, type Limits } from '../core/spending/audit.ts';
import { fromSat, type Msat, msat, type UnixMs, unixMs } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import type { Store } from '../ports/store.ts';

export type RunSummary = {
  readonly seed: number;
  readonly days: number;
  /** Channels that were both analysed and priced. */
  readonly channels: number;
  readonly forwards: number;
  readonly fee_changes: number;
  readonly rebalances: number;
  readonly revenue_msat: bigint;
  readonly rebalance_cost_msat: Msat;
  readonly net_msat: bigint;
  readonly decisions: number;
  readonly gossip_per_channel_day_max: number;
  readonly budget_breaches: number;
  readonly journal_hash: string;
};

/** Reads a finished run's database. Revenue counts each forward once (exit side). */
export function summarise(
  store: Store,
  run: { seed: number; days: number; from: UnixMs; to: UnixMs; limits: Limits },
): RunSummary {
  const totals = store.forwards.nodeTotals();
  const analysed = store.flow.latest();
  const priced = [...store.fees.states().keys()].filter((id) => analysed.has(id));
  const spent = spending(store, run.limits);
  const changes = store.fees.changes({ since: run.from, limit: Number.MAX_SAFE_INTEGER });
  return {
    seed: run.seed,
    days: run.days,
    channels: priced.length,
    forwards: totals.forwards,
    fee_changes: changes.filter((change) => change.by !== 'outside').length,
    rebalances: spent.rebalances,
    revenue_msat: totals.fees,
    rebalance_cost_msat: spent.cost,
    net_msat: totals.fees - spent.cost,
    decisions: store.journal.count(),
    gossip_per_channel_day_max: store.fees.gossipPeak(run.from, unixMs(run.to + 1))
      .perChannelDayMax,
    budget_breaches: spent.breaches,
    journal_hash: journalHash(store),
  };
}

/** What the budgets of a configuration allow; one that grows with revenue is bounded by the week alone. */
export function limitsOf(config: ConfigValues): Limits {
  const daily = fromSat(config.daily_budget_sats);
  const weekly =
    config.weekly_budget_sats > 0 ? fromSat(config.weekly_budget_sats) : msat(daily * 4n);
  return { daily: config.enable_proportional_budget ? weekly : daily, weekly };
}

/** What rebalancing came to: jobs that moved something, what all of them cost, and every moment above a cap. */
function spending({ spending: memory }: Store, limits: Limits) {
  const jobs = memory.jobs(EVERY).map((job) => ({
    ...job,
    payments: memory.payments({ jobId: job.id, limit: EVERY }),
  }));
  const cost = jobs.reduce((sum, job) => msat(sum + job.spent), msat(0n));
  return {
    rebalances: jobs.filter(({ moved }) => moved > 0n).length,
    cost,
    breaches: breaches(jobs, limits).length,
  };
}
const EVERY = Number.MAX_SAFE_INTEGER;

/** SHA-256 over every entry, oldest first: equal lives give equal hashes. */
export function journalHash(store: Store): string {
  const hash = createHash('sha256');
  store.journal.each((decision) => hash.update(`${toText(decision)}\n`));
  return hash.digest('hex');
}
