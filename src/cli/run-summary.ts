/** What a simulated or replayed life came to: the one object `npm run demo -- --json` prints (SPEC 13). */
import { createHash } from 'node:crypto';
import { type UnixMs, unixMs } from '../core/units.ts';
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
  readonly rebalance_cost_msat: bigint;
  readonly net_msat: bigint;
  readonly decisions: number;
  readonly gossip_per_channel_day_max: number;
  readonly budget_breaches: number;
  readonly journal_hash: string;
};

/** Reads a finished run's database. Revenue counts each forward once (exit side). */
export function summarise(
  store: Store,
  run: { seed: number; days: number; from: UnixMs; to: UnixMs },
): RunSummary {
  const totals = store.forwards.nodeTotals();
  const analysed = store.flow.latest();
  const priced = [...store.fees.states().keys()].filter((id) => analysed.has(id));
  const changes = store.fees.changes({ since: run.from, limit: Number.MAX_SAFE_INTEGER });
  return {
    seed: run.seed,
    days: run.days,
    channels: priced.length,
    forwards: totals.forwards,
    fee_changes: changes.filter((change) => change.by !== 'outside').length,
    rebalances: 0,
    revenue_msat: totals.fees,
    rebalance_cost_msat: 0n,
    net_msat: totals.fees,
    decisions: store.journal.count(),
    gossip_per_channel_day_max: store.fees.gossipPeak(run.from, unixMs(run.to + 1))
      .perChannelDayMax,
    budget_breaches: 0,
    journal_hash: journalHash(store),
  };
}

/** SHA-256 over every entry, oldest first: equal lives give equal hashes. */
export function journalHash(store: Store): string {
  const hash = createHash('sha256');
  store.journal.each((decision) => hash.update(`${toText(decision)}\n`));
  return hash.digest('hex');
}
