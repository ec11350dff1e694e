/** Rows of the option table: pricing. */
import { boolean, float, integer, oneOf } from '../option-rows.ts';
import { fraction, interval, MAX_PPM } from './ranges.ts';

export const FEES = {
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
