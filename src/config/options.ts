/**
 * Every number an operator may turn, one row each: the only place where a key, its name in lightningd's config,
 * default, range, unit and meaning are written. The snapshot's type, validation, manifest and reference are made
 * from it (SPEC 7.1, 7.2). Keys and options of the Python plugin keep name, default and meaning.
 */
import { boolean, float, integer, oneOf, path } from './option-rows.ts';

const WEEK_S = 604_800;
const MAX_PPM = 100_000;
/** An interval below a minute is a busy loop, above a week it is off without saying so. */
const interval = { min: 60, max: WEEK_S, unit: 's' } as const;
const fraction = { min: 0, max: 1, unit: 'share' } as const;

const NODE = {
  // SPEC 1
  authority: oneOf({
    option: 'revenue-ops-authority',
    values: ['observe', 'fees', 'full'],
    default: 'observe',
    description:
      'How far it may go: observe computes and journals, fees also sets fees, full also spends.',
  }),
  dry_run: boolean({
    option: 'revenue-ops-dry-run',
    default: false,
    mutable: false,
    description: 'true holds authority at observe, whatever else is set.',
  }),
  // SPEC 7.2
  db_path: path({
    option: 'revenue-ops-db-path',
    default: 'cl-revenue-ops/revenue-ops.db',
    mutable: false,
    description:
      "The database file. A relative path begins at the network's own directory (below the lightning-dir), ~ is the home directory.",
  }),
  // SPEC 1
  canary_share: float({
    ...fraction,
    default: 1,
    description:
      'Part of the channels, always the same ones, whose fees may be set; the others stay as they are.',
  }),
  // SPEC 2.5
  keep_forwards_days: integer({
    min: 8,
    max: 3650,
    unit: 'days',
    default: 90,
    description:
      'Settled forwards older than this become daily rows. At least one day more than flow_window_days.',
  }),
} as const;

const FLOW = {
  // SPEC 2.4
  flow_interval: integer({
    ...interval,
    option: 'revenue-ops-flow-interval',
    default: 3600,
    description: 'Time between two flow analyses.',
  }),
  // SPEC 2.4
  flow_window_days: integer({
    min: 1,
    max: 90,
    unit: 'days',
    option: 'revenue-ops-flow-window-days',
    default: 7,
    description: 'How far back the flow of a channel is measured.',
  }),
  // SPEC 2.4
  new_channel_grace_days: integer({
    min: 0,
    max: 365,
    unit: 'days',
    default: 14,
    description: 'A younger channel without evidence is NEW instead of judged.',
  }),
  // SPEC 2.6
  enable_reputation: boolean({
    option: 'revenue-ops-enable-reputation',
    default: true,
    description: "Weigh volume by how often the sender's payments succeed.",
  }),
  // SPEC 2.6
  reputation_decay: float({
    min: 0.5,
    max: 1,
    unit: 'per flow interval',
    option: 'revenue-ops-reputation-decay',
    default: 0.98,
    description: 'What remains of old successes and failures after one flow interval.',
  }),
  target_flow: integer({
    min: 0,
    max: 2_100_000_000_000_000,
    unit: 'sat/day',
    option: 'revenue-ops-target-flow',
    default: 100_000,
    description:
      'Shown in revenue-status for tools that read it there. It decides nothing, as in the Python plugin.',
  }),
} as const;

const FEES = {
  // SPEC 3
  fee_interval: integer({
    ...interval,
    option: 'revenue-ops-fee-interval',
    default: 1800,
    description: 'Time between two fee cycles, ± 20 %.',
  }),
  // SPEC 3.2
  min_fee_ppm: integer({
    min: 0,
    max: MAX_PPM,
    unit: 'ppm',
    option: 'revenue-ops-min-fee-ppm',
    default: 10,
    description: 'No price of our own goes below it.',
  }),
  // SPEC 3.2
  max_fee_ppm: integer({
    min: 1,
    max: MAX_PPM,
    unit: 'ppm',
    option: 'revenue-ops-max-fee-ppm',
    default: 5000,
    description: 'No price of our own goes above it; it wins over every computed floor.',
  }),
  // SPEC 3
  base_fee_msat: integer({
    min: 0,
    max: 1_000_000,
    unit: 'msat',
    default: 0,
    description: 'Base fee of every managed channel, set in the same call as the rate.',
  }),
  // SPEC 3.1
  fee_learner: oneOf({
    values: ['ladder', 'hill-climbing'],
    default: 'ladder',
    description: 'Which learner finds the anchor of a price.',
  }),
  // SPEC 3.1
  learning_trust: float({
    ...fraction,
    default: 0.5,
    description: 'How much the learnt rung counts against house_ppm.',
  }),
  // SPEC 3.1
  house_ppm: integer({
    min: 1,
    max: MAX_PPM,
    unit: 'ppm',
    default: 300,
    description: 'The price without evidence.',
  }),
  // SPEC 3, rule 1
  htlc_congestion_threshold: float({
    min: 0.1,
    max: 1,
    unit: 'share of slots',
    option: 'revenue-ops-htlc-congestion-threshold',
    default: 0.8,
    description: 'Slot use above which a channel is congested and costs max_fee_ppm.',
  }),
  // SPEC 3.4
  enable_vegas_reflex: boolean({
    option: 'revenue-ops-vegas-reflex',
    default: true,
    description: 'Raise the floor when block space suddenly gets expensive.',
  }),
  // SPEC 3.4
  vegas_decay_rate: float({
    min: 0,
    max: 0.99,
    unit: 'per 420 s',
    option: 'revenue-ops-vegas-decay',
    default: 0.85,
    description: 'What remains of the reflex after each feerate sample.',
  }),
  // SPEC 3.4
  vegas_min_sat_per_vbyte: float({
    min: 0,
    max: 10_000,
    unit: 'sat/vB',
    default: 10,
    description: 'No reaction below this feerate: there noise alone doubles it.',
  }),
  // SPEC 3.3
  enable_scarcity_pricing: boolean({
    option: 'revenue-ops-scarcity-pricing',
    default: true,
    description: 'Price by what is left of the balance and of the HTLC slots.',
  }),
  // SPEC 3.3
  scarcity_threshold: float({
    min: 0.01,
    max: 1,
    unit: 'share',
    option: 'revenue-ops-scarcity-threshold',
    default: 0.35,
    description: 'Our share below which the balance counts as scarce.',
  }),
  // SPEC 3.3
  slot_pricing_curve: oneOf({
    values: ['exponential', 'quadratic'],
    default: 'exponential',
    description: 'How the price rises as HTLC slots fill.',
  }),
  // SPEC 3.8
  gossip_max_per_day: integer({
    min: 0,
    max: 100_000,
    unit: 'channel updates',
    default: 0,
    description: 'Most fee changes the whole node sends in a rolling day; 0 means 20 × √channels.',
  }),
  // SPEC 6.1
  estimated_open_cost_sats: integer({
    min: 0,
    max: 10_000_000,
    unit: 'sat',
    default: 5000,
    description: 'Assumed opening cost of a channel whose real one is not known.',
  }),
  // SPEC 3.6
  enable_flow_asymmetry: boolean({
    default: false,
    reserved: 'pricing',
    description: 'Premium for channels that only ever drain.',
  }),
  // SPEC 3.7
  enable_peer_sync: boolean({
    default: false,
    reserved: 'pricing',
    description: "Share one floor among a peer's channels.",
  }),
} as const;

const rebalancing = { reserved: 'rebalancing' } as const;
const REBALANCING = {
  // SPEC 4.1
  rebalance_interval: integer({
    ...interval,
    ...rebalancing,
    option: 'revenue-ops-rebalance-interval',
    default: 900,
    description: 'Time between two looks for a rebalance, ± 20 %.',
  }),
  // SPEC 4.5
  rebalance_min_profit: integer({
    ...rebalancing,
    min: 0,
    max: 10_000_000,
    unit: 'sat',
    option: 'revenue-ops-rebalance-min-profit',
    default: 10,
    description: 'A rebalance must be expected to earn at least this.',
  }),
  // SPEC 4.5
  rebalance_min_amount: integer({
    ...rebalancing,
    min: 1,
    max: 1_000_000_000,
    unit: 'sat',
    default: 50_000,
    description: 'Smallest amount moved.',
  }),
  // SPEC 4.5
  rebalance_max_amount: integer({
    ...rebalancing,
    min: 1,
    max: 1_000_000_000,
    unit: 'sat',
    default: 5_000_000,
    description: 'Largest amount moved.',
  }),
  // SPEC 4.3
  rebalance_cooldown_hours: integer({
    ...rebalancing,
    min: 0,
    max: 720,
    unit: 'hours',
    default: 24,
    description: 'Rest of a destination after a success.',
  }),
  // SPEC 4.1
  rebalancer_plugin: oneOf({
    ...rebalancing,
    option: 'revenue-ops-rebalancer',
    values: ['sling'],
    default: 'sling',
    mutable: false,
    description: 'The backend that moves liquidity; sling is the only one.',
  }),
  low_liquidity_threshold: float({
    ...rebalancing,
    ...fraction,
    default: 0.2,
    description: 'Below this share a channel lacks liquidity.',
  }),
  high_liquidity_threshold: float({
    ...rebalancing,
    ...fraction,
    default: 0.8,
    description: 'Above this share a channel has liquidity to spare.',
  }),
  // SPEC 4.5
  inbound_fee_estimate_ppm: integer({
    ...rebalancing,
    min: 0,
    max: MAX_PPM,
    unit: 'ppm',
    default: 500,
    description: 'Assumed price of getting liquidity back where nothing better is known.',
  }),
  // SPEC 4.7
  max_concurrent_jobs: integer({
    ...rebalancing,
    min: 1,
    max: 50,
    unit: 'jobs',
    default: 5,
    description: 'Rebalances under way at once.',
  }),
  // SPEC 4.5
  sling_job_timeout_seconds: integer({
    ...rebalancing,
    min: 60,
    max: 86_400,
    unit: 's',
    default: 7200,
    description: 'Deadline of one rebalance.',
  }),
  // SPEC 4.5
  sling_chunk_size_sats: integer({
    ...rebalancing,
    min: 1,
    max: 50_000_000,
    unit: 'sat',
    default: 500_000,
    description: 'Amount of each payment of a rebalance.',
  }),
  // SPEC 4.5
  enable_kelly: boolean({
    ...rebalancing,
    option: 'revenue-ops-enable-kelly',
    default: false,
    description: 'Size rebalances by their record of paying off.',
  }),
  // SPEC 4.5
  kelly_fraction: float({
    ...rebalancing,
    ...fraction,
    option: 'revenue-ops-kelly-fraction',
    default: 0.5,
    description: 'Part of the Kelly size that is used.',
  }),
  // SPEC 4.6
  daily_budget_sats: integer({
    ...rebalancing,
    min: 0,
    max: 10_000_000,
    unit: 'sat',
    option: 'revenue-ops-daily-budget-sats',
    default: 5000,
    description: 'Most that rebalancing may cost in any rolling 24 h.',
  }),
  // SPEC 4.6
  enable_proportional_budget: boolean({
    ...rebalancing,
    option: 'revenue-ops-proportional-budget',
    default: false,
    description: 'Let the daily budget grow with revenue.',
  }),
  // SPEC 4.6
  proportional_budget_pct: float({
    ...rebalancing,
    ...fraction,
    option: 'revenue-ops-proportional-budget-pct',
    default: 0.05,
    description: 'Part of the last 24 h of revenue that may be spent.',
  }),
  // SPEC 4.6
  min_wallet_reserve: integer({
    ...rebalancing,
    min: 0,
    max: 100_000_000,
    unit: 'sat',
    option: 'revenue-ops-min-wallet-reserve',
    default: 1_000_000,
    description: 'Nothing is spent while on-chain and spendable balance are below this.',
  }),
} as const;

const NEIGHBOURS = {
  // SPEC 7.8
  clboss_enabled: boolean({
    option: 'revenue-ops-clboss-enabled',
    default: true,
    mutable: false,
    reserved: 'clboss',
    description: 'Take fees over from clboss where it runs.',
  }),
  // SPEC 8
  hive_enabled: oneOf({
    values: ['auto', 'true', 'false'],
    default: 'auto',
    reserved: 'hive',
    description: 'Work with cl-hive: auto asks whether it is there.',
  }),
  // SPEC 3, rule 0
  hive_fee_ppm: integer({
    min: 0,
    max: MAX_PPM,
    unit: 'ppm',
    option: 'revenue-ops-hive-fee-ppm',
    declaredInt: true,
    default: 0,
    description: 'Price towards peers whose policy is hive, under no floor.',
  }),
  // SPEC 4.5
  hive_rebalance_tolerance: integer({
    min: 0,
    max: MAX_PPM,
    unit: 'sat',
    option: 'revenue-ops-hive-rebalance-tolerance',
    declaredInt: true,
    default: 50,
    reserved: 'rebalancing',
    description: 'Loss allowed to a rebalance towards a hive peer.',
  }),
  // SPEC 7.5
  enable_prometheus: boolean({
    option: 'revenue-ops-enable-prometheus',
    default: false,
    reserved: 'metrics',
    description: 'Serve metrics on 127.0.0.1.',
  }),
  // SPEC 7.5
  prometheus_port: integer({
    min: 1,
    max: 65_535,
    unit: 'port',
    option: 'revenue-ops-prometheus-port',
    default: 9800,
    reserved: 'metrics',
    description: 'Port of the metrics.',
  }),
} as const;

/** The same rows under the headings of the reference. */
export const GROUPS = {
  'The node': NODE,
  Flow: FLOW,
  Fees: FEES,
  Rebalancing: REBALANCING,
  'Neighbours and metrics': NEIGHBOURS,
} as const;

export const OPTIONS = { ...NODE, ...FLOW, ...FEES, ...REBALANCING, ...NEIGHBOURS } as const;
