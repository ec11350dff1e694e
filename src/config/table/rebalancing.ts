/** Rows of the option table: moving liquidity, and what it may cost. */
import { boolean, float, integer, oneOf } from '../option-rows.ts';
import { fraction, interval, MAX_PPM } from './ranges.ts';

export const REBALANCING = {
  // SPEC 4.1
  rebalance_interval: integer({
    ...interval,
    option: 'revenue-ops-rebalance-interval',
    default: 900,
    description: 'Time between two looks for a rebalance, ± 20 %.',
  }),
  // SPEC 4.5
  rebalance_min_profit: integer({
    min: 0,
    max: 10_000_000,
    unit: 'sat',
    option: 'revenue-ops-rebalance-min-profit',
    default: 10,
    description: 'A rebalance must be expected to earn at least this.',
  }),
  // SPEC 4.5
  rebalance_max_cost_share: float({
    ...fraction,
    default: 0.65,
    description: 'Most of what a refill is expected to sell for that it may cost.',
  }),
  // SPEC 4.5
  rebalance_min_amount: integer({
    min: 1,
    max: 1_000_000_000,
    unit: 'sat',
    default: 50_000,
    description: 'Smallest amount moved.',
  }),
  // SPEC 4.5
  rebalance_max_amount: integer({
    min: 1,
    max: 1_000_000_000,
    unit: 'sat',
    default: 5_000_000,
    description: 'Largest amount moved.',
  }),
  // SPEC 4.3
  rebalance_cooldown_hours: integer({
    min: 0,
    max: 720,
    unit: 'hours',
    default: 24,
    description: 'Rest of a destination after a success.',
  }),
  // SPEC 4.1
  rebalancer_plugin: oneOf({
    option: 'revenue-ops-rebalancer',
    values: ['sling'],
    default: 'sling',
    mutable: false,
    description: 'The backend that moves liquidity; sling is the only one.',
  }),
  low_liquidity_threshold: float({
    ...fraction,
    default: 0.2,
    description: 'Below this share a channel lacks liquidity.',
  }),
  high_liquidity_threshold: float({
    ...fraction,
    default: 0.8,
    description: 'Above this share a channel has liquidity to spare.',
  }),
  // SPEC 4.5
  inbound_fee_estimate_ppm: integer({
    min: 0,
    max: MAX_PPM,
    unit: 'ppm',
    default: 500,
    description: 'Assumed price of getting liquidity back where nothing better is known.',
  }),
  // SPEC 4.7
  max_concurrent_jobs: integer({
    min: 1,
    max: 50,
    unit: 'jobs',
    default: 5,
    description: 'Rebalances under way at once.',
  }),
  // SPEC 4.5
  sling_job_timeout_seconds: integer({
    min: 60,
    max: 86_400,
    unit: 's',
    default: 7200,
    description: 'Deadline of one rebalance.',
  }),
  // SPEC 4.5
  sling_chunk_size_sats: integer({
    min: 1,
    max: 50_000_000,
    unit: 'sat',
    default: 500_000,
    description: 'Amount of each payment of a rebalance.',
  }),
  // SPEC 4.5
  enable_kelly: boolean({
    option: 'revenue-ops-enable-kelly',
    default: false,
    description: 'Size rebalances by their record of paying off.',
  }),
  // SPEC 4.5
  kelly_fraction: float({
    ...fraction,
    option: 'revenue-ops-kelly-fraction',
    default: 0.5,
    description: 'Part of the Kelly size that is used.',
  }),
  // SPEC 4.6
  daily_budget_sats: integer({
    min: 0,
    max: 10_000_000,
    unit: 'sat',
    option: 'revenue-ops-daily-budget-sats',
    default: 5000,
    description: 'Most that rebalancing may cost in any rolling 24 h.',
  }),
  // SPEC 4.6
  weekly_budget_sats: integer({
    min: 0,
    max: 70_000_000,
    unit: 'sat',
    default: 0,
    description:
      'Most that rebalancing may cost in any rolling 7 days; 0 is four times the daily budget.',
  }),
  // SPEC 4.6
  enable_proportional_budget: boolean({
    option: 'revenue-ops-proportional-budget',
    default: false,
    description: 'Let the daily budget grow with revenue.',
  }),
  // SPEC 4.6
  proportional_budget_pct: float({
    ...fraction,
    option: 'revenue-ops-proportional-budget-pct',
    default: 0.05,
    description: 'Part of the last 24 h of revenue that may be spent.',
  }),
  // SPEC 4.6
  min_wallet_reserve: integer({
    min: 0,
    max: 100_000_000,
    unit: 'sat',
    option: 'revenue-ops-min-wallet-reserve',
    default: 1_000_000,
    description: 'Nothing is spent while on-chain and spendable balance are below this.',
  }),
  // SPEC 4.6
  min_onchain_reserve: integer({
    min: 0,
    max: 2_000_000_000,
    unit: 'sat',
    default: 0,
    description:
      'Nothing is spent while the confirmed on-chain balance alone is below this; 0 is off.',
  }),
  // SPEC 4.5
  hive_weekly_loss_sats: integer({
    min: 0,
    max: 10_000_000,
    unit: 'sat',
    default: 350,
    description: 'Most that all rebalances towards hive peers may cost in any rolling 7 days.',
  }),
  // SPEC 4.7
  sling_exclusive: boolean({
    option: 'revenue-ops-sling-exclusive',
    default: false,
    description:
      'Delete sling jobs that are not ours on our channels, instead of leaving them their channels.',
  }),
} as const;
