import { z } from 'zod';
import type { RebalanceVerdict } from '../core/rebalance/types.ts';
import type { ChannelId } from '../core/units.ts';
import type { RebalancePreview, SpendState } from '../cycles/rebalance-services.ts';
import { amountMsat, seconds, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { findChannel, labels } from './names.ts';
import { text, wholeNumber } from './parameters.ts';
import {
  budget,
  budgetOf,
  holdRow,
  holdRowOf,
  readinessAnswer,
  readinessOf,
} from './rebalance-rows.ts';
import {
  consideredSource,
  consideredSources,
  gate,
  gateOf,
  history,
  historyOf,
  rebalanceView,
  rebalanceViewOf,
} from './rebalance-view.ts';

const ROWS = 50;
const MOST_ROWS = 1000;

const diagnosticRow = z.strictObject({
  short_channel_id: z.string(),
  verdict: z.enum(['plan', 'refused']),
  direction: z.enum(['pull', 'drain']).optional(),
  code: z.string().optional(),
  because: z.string(),
});

const frame = {
  at: unixSeconds,
  authority: z.enum(['observe', 'fees', 'full']),
  rebalancing: readinessAnswer,
  node_lock: z.string().optional().describe('why nothing may be spent now by anybody'),
  budget: budget.optional(),
  funds: z
    .strictObject({
      confirmed_onchain_msat: amountMsat.optional(),
      spendable_msat: amountMsat.optional(),
      revenue_24h_msat: amountMsat.optional(),
    })
    .describe('what reserve and budget stand on; absent: not known'),
};

const answer = z.union([
  z.strictObject({
    ...frame,
    total: z.int(),
    plans: z.int(),
    codes: z.record(z.string(), z.int()).describe('reason code → channels it refuses'),
    channels: z.array(rebalanceView).describe('plans first, the most profitable first'),
    holds: z.array(holdRow),
    diagnostics: z.array(diagnosticRow).describe('silent channels that are due for one'),
  }),
  z.strictObject({
    ...frame,
    channel_id: z.string(),
    short_channel_id: z.string(),
    channel: rebalanceView.optional().describe('absent: not in the look; because says why'),
    because: z.string().optional(),
    gates: z.array(gate).describe('in the order they are asked, as a destination'),
    history: history.optional(),
    sources: z.array(consideredSource).describe('the chosen ones, then what could give most'),
    diagnostic: diagnosticRow.optional(),
  }),
]);

const frameOf = (context: RpcContext, preview: RebalancePreview, state: SpendState) => ({
  at: seconds(preview.at),
  authority: context.board.authority(),
  rebalancing: readinessOf(state),
  node_lock: preview.nodeLock,
  budget: budgetOf(state),
  funds: {
    confirmed_onchain_msat: state.funds.confirmedOnchain,
    spendable_msat: state.funds.spendable,
    revenue_24h_msat: state.funds.revenue24h,
  },
});

const destinationOf = (verdict: RebalanceVerdict): ChannelId =>
  verdict.kind === 'plan' ? verdict.plan.destination : verdict.destination;

function diagnosticRowOf(
  { channelId, verdict }: RebalancePreview['diagnostics'][number],
  labelOf: ReturnType<typeof labels>,
): z.input<typeof diagnosticRow> {
  const short_channel_id = labelOf(channelId).name;
  switch (verdict.kind) {
    case 'plan':
      return {
        short_channel_id,
        verdict: 'plan',
        direction: verdict.direction,
        because: verdict.trail.at(-1)?.because ?? verdict.direction,
      };
    case 'refused':
      return {
        short_channel_id,
        verdict: 'refused',
        code: verdict.code,
        because: verdict.because,
      };
  }
}

function board(context: RpcContext, preview: RebalancePreview, limit: number) {
  const state = context.rebalance.state();
  const labelOf = labels(context);
  const seen = new Map(preview.channels.map((channel) => [channel.channelId, channel]));
  const { verdicts, diagnostics } = preview;
  const rows = verdicts.slice(0, limit).flatMap((verdict) => {
    const channel = seen.get(destinationOf(verdict));
    return channel ? [rebalanceViewOf(channel, verdict, preview, labelOf)] : [];
  });
  return {
    ...frameOf(context, preview, state),
    total: preview.channels.length,
    plans: verdicts.filter(({ kind }) => kind === 'plan').length,
    codes: countCodes(verdicts),
    channels: rows,
    holds: state.jobs.map((job) => holdRowOf(job, labelOf)),
    diagnostics: diagnostics.slice(0, limit).map((one) => diagnosticRowOf(one, labelOf)),
  };
}

function countCodes(verdicts: readonly RebalanceVerdict[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const verdict of verdicts)
    if (verdict.kind === 'refused') counts.set(verdict.code, (counts.get(verdict.code) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted(([, one], [, other]) => other - one));
}

function single(
  context: RpcContext,
  preview: RebalancePreview,
  channelId: ChannelId,
  limit: number,
) {
  const labelOf = labels(context);
  const channel = preview.channels.find((one) => one.channelId === channelId);
  const verdict = preview.verdicts.find((one) => destinationOf(one) === channelId);
  const diagnostic = preview.diagnostics.find((one) => one.channelId === channelId);
  return {
    ...frameOf(context, preview, context.rebalance.state()),
    channel_id: channelId,
    short_channel_id: labelOf(channelId).name,
    channel: channel && rebalanceViewOf(channel, verdict, preview, labelOf),
    because: channel
      ? undefined
      : (preview.locked.get(channelId) ?? 'it is not open, or not enough is known of it'),
    gates: (verdict?.trail ?? []).map(gateOf),
    history: channel && historyOf(channel),
    sources: channel
      ? [...consideredSources(channel, verdict, preview, labelOf).slice(0, limit)]
      : [],
    diagnostic: diagnostic && diagnosticRowOf(diagnostic, labelOf),
  };
}

/** Why something is moved, or not: the rules asked now. */
export const revenueRebalanceDebug = defineMethod({
  name: 'revenue-rebalance-debug',
  description: 'What the rebalancing rules say now: targets, gates, value, caps, readiness.',
  longDescription:
    'Without a channel: one row for each channel as a destination, with the gate that refuses it. With one: every gate, its record, and every channel that might give. It asks the node once and stores nothing.',
  effect: 'reads',
  examples: [
    'lightning-cli revenue-rebalance-debug',
    'lightning-cli revenue-rebalance-debug 800148x28x0',
  ],
  params: {
    channel: text('short channel id, alias, channel id, or a peer with one channel').optional(),
    limit: wholeNumber(0, MOST_ROWS, `rows, ${ROWS} unless given`).optional(),
  },
  answer,
  handle: async ({ channel: asked, limit = ROWS }, context) => {
    const channelId = asked === undefined ? undefined : findChannel(context, 'channel', asked);
    const preview = await context.rebalance.preview();
    return channelId === undefined
      ? board(context, preview, limit)
      : single(context, preview, channelId, limit);
  },
});
