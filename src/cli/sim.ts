/**
 * `npm run sim`: strategies side by side on the same tapes. Each meets the same payers, peers and block space, so only
 * the prices differ, and what is moved.
 */
import { Command, InvalidArgumentError } from 'commander';
import type { OptionValue } from '../config/option-rows.ts';
import type { OptionKey } from '../config/snapshot.ts';
import { DAY_MS, laterBy, unixMs } from '../core/units.ts';
import type { Regime } from '../sim/market/regimes.ts';
import { SimulatedMarket } from '../sim/market/simulated-market.ts';
import type { RunSummary } from './run-summary.ts';
import { simulate } from './simulate.ts';

const BORN = unixMs(Date.UTC(2026, 0, 5));
const SCENARIOS: readonly Regime[] = ['sparse', 'medium', 'dense'];
type Settings = readonly (readonly [OptionKey, OptionValue])[];
/** Where nothing is spent, what would be moved is looked at once in six hours: the looks cost, and change nothing. */
const RARELY = ['rebalance_interval', 21_600] as const;
/** What each sets. Without `rebalancing` nothing is spent. */
const OPTIONS_OF = {
  ladder: [['fee_learner', 'ladder'], RARELY],
  'hill-climbing': [['fee_learner', 'hill-climbing'], RARELY],
  'ladder+rebalancing': [
    ['fee_learner', 'ladder'],
    ['authority', 'full'],
  ],
} as const satisfies Record<string, Settings>;
type Strategy = keyof typeof OPTIONS_OF;
const STRATEGIES: readonly Strategy[] = ['ladder', 'hill-climbing', 'ladder+rebalancing'];
/** What is compared unless told: the learners alone. */
const LEARNERS: readonly Strategy[] = ['ladder', 'hill-climbing'];

export type Comparison = {
  readonly scenario: Regime;
  readonly strategies: readonly Strategy[];
  readonly seeds: number;
  readonly days: number;
  readonly channels: number;
};
export type Outcome = {
  readonly strategy: string;
  readonly seed: number;
  readonly net_sat: number;
  readonly rebalances: number;
  readonly rebalance_cost_sat: number;
  readonly budget_breaches: number;
  readonly forwards: number;
  readonly fee_changes: number;
  readonly gossip_per_channel_day_max: number;
};

/** One life per strategy and seed. */
export async function compare(wish: Comparison): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let seed = 1; seed <= wish.seeds; seed++) {
    for (const strategy of wish.strategies) {
      const market = new SimulatedMarket({
        seed,
        start: BORN,
        channels: wish.channels,
        regime: wish.scenario,
      });
      const end = laterBy(BORN, wish.days * DAY_MS);
      const options = new Map<OptionKey, OptionValue>(OPTIONS_OF[strategy]);
      outcomes.push(outcome(strategy, await simulate({ market, end, seed, options })));
    }
  }
  return outcomes;
}

const outcome = (strategy: string, run: RunSummary): Outcome => ({
  strategy,
  seed: run.seed,
  net_sat: Number(run.net_msat / 1000n),
  rebalances: run.rebalances,
  rebalance_cost_sat: Number(run.rebalance_cost_msat / 1000n),
  budget_breaches: run.budget_breaches,
  forwards: run.forwards,
  fee_changes: run.fee_changes,
  gossip_per_channel_day_max: run.gossip_per_channel_day_max,
});

/** The mean net of each strategy over all seeds, one line each. */
function means(outcomes: readonly Outcome[]): readonly string[] {
  return [...Map.groupBy(outcomes, ({ strategy }) => strategy)].map(([strategy, runs]) => {
    const net = runs.reduce((sum, { net_sat }) => sum + net_sat, 0) / runs.length;
    return `${strategy}: mean net ${Math.round(net)} sat over ${runs.length} seeds`;
  });
}

const oneOf =
  <T extends string>(known: readonly T[]) =>
  (text: string): T => {
    const found = known.find((name) => name === text);
    if (found === undefined) throw new InvalidArgumentError(`one of ${known.join(', ')}`);
    return found;
  };
const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number');
  return value;
};

if (import.meta.main) {
  await new Command('sim')
    .option('--scenario <name>', SCENARIOS.join(', '), oneOf(SCENARIOS), 'sparse')
    .option(
      '--strategy <names>',
      `separated by commas: ${STRATEGIES.join(', ')}`,
      (text) => text.split(',').map(oneOf(STRATEGIES)),
      [...LEARNERS],
    )
    .option('--seeds <n>', 'tapes', whole, 1)
    .option('--days <n>', 'simulated days', whole, 120)
    .option('--channels <n>', 'of the node', whole, 20)
    .option('--json', 'for programs')
    .action(async ({ scenario, strategy, seeds, days, channels, json }) => {
      const outcomes = await compare({ scenario, strategies: strategy, seeds, days, channels });
      if (!json) for (const line of means(outcomes)) process.stderr.write(`${line}\n`);
      if (json) process.stdout.write(`${JSON.stringify(outcomes)}\n`);
      else console.table(outcomes);
    })
    .parseAsync();
}
