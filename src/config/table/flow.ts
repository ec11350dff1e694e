/** Rows of the option table: measuring flow. */
import { boolean, float, integer } from '../option-rows.ts';
import { interval } from './ranges.ts';

export const FLOW = {
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
