import { z } from 'zod';
import type { FlowMetrics } from '../core/flow/types.ts';
import { HOUR_MS, laterBy } from '../core/units.ts';
import type { FeeChange } from '../ports/store.ts';
import { rate } from './answers.ts';
import { booksAnswer, booksAnswerOf } from './books-check.ts';
import type { RpcContext } from './context.ts';
import { firstDaysAnswer, firstDaysOf } from './first-days.ts';
import { defineMethod } from './method.ts';
import { labels } from './names.ts';
import { wholeNumber } from './parameters.ts';
import {
  budget,
  budgetOf,
  holdRow,
  holdRowOf,
  readinessAnswer,
  readinessOf,
  rebalanceRow,
  rebalanceRowOf,
} from './rebalance-rows.ts';
import { brakeRow, brakeRowOf } from './revenue-pause.ts';
import {
  channelState,
  channelStateRow,
  countStates,
  feeChange,
  feeChangeRow,
  hydration,
  hydrationAnswer,
  job,
  jobRow,
  lock,
  lockRow,
  neighbour,
  neighbourRow,
  stateCounts,
} from './status-parts.ts';

/** Rows shown unless asked for more: an answer is a look, not a table (SPEC 7.3). */
const ROWS = 100;
const MOST_ROWS = 1000;
const RECENT = 10;
const MOST_LOCKS = 50;

/** A new price has reached most payers two hours later (SPEC 3.8: measured per change). */
const SPREAD_MS = 2 * HOUR_MS;
const refusedAfter = ({ store }: RpcContext, { channelId, at }: FeeChange): number =>
  store.forwards.feeInsufficient(channelId, at, laterBy(at, SPREAD_MS));

const answer = z.strictObject({
  status: z.literal('running'),
  version: z.string(),
  authority: z.enum(['observe', 'fees', 'full']),
  config: z.strictObject({
    target_flow_sats: z.int(),
    fee_range_ppm: z.tuple([rate, rate]).describe('lowest and highest price'),
    rebalance_min_profit_sats: z.int(),
    dry_run: z.boolean().describe('true while authority is observe'),
    version: z.int(),
  }),
  channel_states_total: z.int(),
  channel_states_summary: stateCounts,
  channel_states: z.array(channelState).describe('the busiest first'),
  recent_fee_changes: z.array(feeChange),
  recent_rebalances: z.array(rebalanceRow).describe('the latest, newest first'),
  jobs: z.array(job),
  hydration,
  rebalancing: readinessAnswer,
  budget: budget.optional(),
  holds: z.array(holdRow).describe('money promised to rebalances that are not settled'),
  locks: z.array(lock),
  brakes: z.array(brakeRow).describe('of revenue-pause'),
  first_days: firstDaysAnswer.optional().describe('in observe: what is held back'),
  books: booksAnswer,
  neighbours: z.array(neighbour),
  warnings: z.array(z.string()),
});

const busiest = (a: FlowMetrics, b: FlowMetrics): number => {
  const difference = b.in + b.out - (a.in + a.out);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
};

/** From memory and a few indexed rows; never waits for lightningd. */
export const revenueStatus = defineMethod({
  name: 'revenue-status',
  description:
    'How the plugin is doing: authority, jobs, history, channels, latest acts, money held.',
  longDescription:
    'Answers at once, also while history is still being read. channel_states shows the busiest channels; channel_states_total says how many there are.',
  effect: 'reads',
  examples: ['lightning-cli revenue-status'],
  params: {
    limit: wholeNumber(0, MOST_ROWS, `rows in channel_states, ${ROWS} unless given`).optional(),
  },
  answer,
  handle: ({ limit = ROWS }, context) => {
    const { board, config, store } = context;
    const settings = config.snapshot();
    const labelOf = labels(context);
    const flows = context.flow.latest();
    const authority = board.authority();
    const spending = context.rebalance.state();
    const locks = store.locks.active(context.clock.now()).slice(0, MOST_LOCKS);
    return {
      status: 'running' as const,
      version: context.version,
      authority,
      config: {
        target_flow_sats: settings.target_flow,
        fee_range_ppm: [settings.min_fee_ppm, settings.max_fee_ppm] as [number, number],
        rebalance_min_profit_sats: settings.rebalance_min_profit,
        dry_run: authority === 'observe',
        version: settings.version,
      },
      channel_states_total: flows.length,
      channel_states_summary: countStates(flows),
      channel_states: flows
        .toSorted(busiest)
        .slice(0, limit)
        .map((flow) => channelStateRow(flow, labelOf(flow.channelId))),
      recent_fee_changes: context.fees
        .changes(RECENT)
        .map((change) =>
          feeChangeRow(change, labelOf(change.channelId), refusedAfter(context, change)),
        ),
      recent_rebalances: context.rebalance.jobs(RECENT).map((one) => rebalanceRowOf(one, labelOf)),
      jobs: board.jobs().map(jobRow),
      hydration: hydrationAnswer(board.ingest()),
      rebalancing: readinessOf(spending),
      budget: budgetOf(spending),
      holds: spending.jobs.map((one) => holdRowOf(one, labelOf)),
      brakes: context.brake.active().map(brakeRowOf),
      first_days: board.authority() === 'observe' ? firstDaysOf(board.firstDays()) : undefined,
      locks: locks.map((one) =>
        lockRow(one, one.channelId === undefined ? undefined : labelOf(one.channelId).name),
      ),
      books: booksAnswerOf(board.books()),
      neighbours: board.neighbours().map(neighbourRow),
      warnings: [...board.warnings(), ...config.warnings()],
    };
  },
});
