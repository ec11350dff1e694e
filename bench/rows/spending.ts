/**
 * What costs when much was rebalanced: the ledger itself, the cycle and the methods that show it, with ten thousand
 * jobs and a hundred thousand payments stored, as old as any that are kept (SPEC 4.6, 12).
 */
import { grant } from '../../src/core/spending/grant.ts';
import type { SpendLaw } from '../../src/core/spending/types.ts';
import { DAY_MS, fromSat, laterBy, msat } from '../../src/core/units.ts';
import { KEEP_JOBS_DAYS } from '../../src/sqlite/table-retention.ts';
import { type Bench, type BenchRow, quantile, row, timed } from '../bench-row.ts';
import { LongHistory } from '../long-history.ts';
import { channelIdOf } from '../synthetic-forwards.ts';
import { storeJobs } from '../synthetic-jobs.ts';

const CHANNELS = 1000;
/** A week of flow is what a cycle looks at. */
const FORWARDS = 250_000;
const JOBS = 10_000;
const PAYMENTS = 100_000;
const BACK_MS = KEEP_JOBS_DAYS * DAY_MS;
const TURNS = 40;
const CYCLES = 7;
const READ_RPC_MS = 250;
const CYCLE_MS = 150;
/** The loop is blocked for so long at every order. */
const LEDGER_MS = 50;
const METHODS = ['revenue-status', 'revenue-locks', 'revenue-rebalance-debug'];

export const spending: Bench = {
  name: 'spending',
  async run(say) {
    const history = new LongHistory(CHANNELS);
    try {
      await history.begin();
      history.grow(FORWARDS);
      say(`storing ${JOBS} jobs`);
      const until = history.clock.now();
      const from = laterBy(until, -BACK_MS);
      const { store } = history;
      storeJobs(store.spending, {
        channels: CHANNELS,
        jobs: JOBS,
        payments: PAYMENTS,
        from,
        until,
      });
      await history.settle();
      return [await ledger(history), await cycle(history), ...(await methods(history))];
    } finally {
      history.end();
    }
  },
};

const LAW: SpendLaw = {
  dailyBudget: fromSat(1_000_000),
  proportional: false,
  proportionalPct: 0,
  minWalletReserve: msat(0n),
  minOnchainReserve: msat(0n),
  hiveWeeklyLoss: msat(0n),
};
const RICH = fromSat(100_000_000);

/** What a promise of money is judged by, read and judged. */
async function ledger({ store, clock }: LongHistory): Promise<BenchRow> {
  const funds = { confirmedOnchain: RICH, spendable: RICH, revenue24h: RICH };
  const times: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const request = {
      destination: channelIdOf(turn),
      kind: 'normal' as const,
      amount: fromSat(100),
      destinationFees30d: RICH,
    };
    times.push(
      await timed(() => {
        const { holds, spends } = store.spending.account();
        grant(request, holds, spends, funds, LAW, clock.now());
      }),
    );
  }
  return row('spending/account and grant p99', quantile(times, 0.99), 'ms', LEDGER_MS);
}

async function cycle({ parts }: LongHistory): Promise<BenchRow> {
  const times: number[] = [];
  for (let turn = 0; turn < CYCLES; turn += 1)
    times.push(await timed(() => parts.rebalancing.run('bench')));
  return row('spending/rebalance-cycle', quantile(times, 0.5), 'ms', CYCLE_MS);
}

async function methods(history: LongHistory): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const method of METHODS) {
    const times: number[] = [];
    for (let turn = 0; turn < TURNS; turn += 1)
      times.push(await timed(() => history.call(method, {})));
    rows.push(row(`spending/${method} p99`, quantile(times, 0.99), 'ms', READ_RPC_MS));
  }
  return rows;
}
