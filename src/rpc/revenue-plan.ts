import { z } from 'zod';
import { planSteps } from '../core/capacity/steps.ts';
import type { CapacityReport } from '../cycles/capacity-planner.ts';
import { asText, plainText, seconds, unixSeconds } from './answers.ts';
import { type paybackRow, stepRow, stepRowOf } from './capacity-rows.ts';
import { tableFormat } from './formats.ts';
import { defineMethod } from './method.ts';
import { textTable } from './text-table.ts';

const answer = z.union([
  z.strictObject({
    timestamp: unixSeconds,
    mempool: z.enum(['PROCEED', 'HOLD', 'UNKNOWN']),
    mempool_because: z.string(),
    feerate_sat_per_vbyte: z.number().optional().describe('absent: not known'),
    steps: z.array(stepRow).describe('in the order in which to do them'),
    note: z.string(),
  }),
  plainText,
]);

const NOTE = 'Advice only: nothing of this is done by itself.';
const NOTHING = 'Nothing to do: no channel asks for more capital and none holds it in vain.';

/** `46 days`, `never`, `unknown`; nothing where nothing is paid for. */
function paidBack(payback: z.input<typeof paybackRow> | undefined): string {
  if (payback === undefined) return '';
  return payback.verdict === 'days' ? `${payback.days} days` : payback.verdict;
}

function tableOf({ at, plan }: CapacityReport): string {
  const rows = planSteps(plan).map((step, index) => stepRowOf(step, index, at));
  const mempool = `Mempool: ${plan.mempool.kind}, ${plan.mempool.because}.`;
  if (rows.length === 0) return `${mempool}\n${NOTHING}`;
  const table = textTable(
    ['step', 'action', 'channel', 'sat', 'cost sat', 'pays back', 'because'],
    rows.map((row) => [
      row.step,
      row.action,
      row.scid ?? '',
      row.amount_sats,
      row.payback?.cost_sats,
      paidBack(row.payback),
      row.because,
    ]),
  );
  return `${mempool}\n${table}\n${NOTE}`;
}

/** The capacity report as what to do first, second, third. */
export const revenuePlan = defineMethod({
  name: 'revenue-plan',
  description: 'What to do with the capital, step by step, with costs, payback and reasons.',
  longDescription:
    'The capacity report as numbered steps: what to close, splice or open, what to leave to the defibrillator or to rebalancing, and when each move has earned back what it costs. Advice only. It stores nothing.',
  effect: 'reads',
  examples: ['lightning-cli revenue-plan', 'lightning-cli revenue-plan format=table'],
  params: {
    format: tableFormat,
  },
  answer,
  handle: async ({ format = 'json' }, context) => {
    const report = await context.capacity.plan();
    if (format === 'table') return asText(tableOf(report));
    const { at, space, plan } = report;
    return {
      timestamp: seconds(at),
      mempool: plan.mempool.kind,
      mempool_because: plan.mempool.because,
      feerate_sat_per_vbyte: space.satPerVbyte,
      steps: planSteps(plan).map((step, index) => stepRowOf(step, index, at)),
      note: NOTE,
    };
  },
});
