import { z } from 'zod';
import type { MempoolAdvice } from '../core/capacity/block-space.ts';
import { planSteps } from '../core/capacity/steps.ts';
import type { Pair } from '../core/capacity/types.ts';
import type { UnixMs } from '../core/units.ts';
import type { CapacityReport } from '../cycles/capacity-planner.ts';
import { asText, plainText, seconds, unixSeconds } from './answers.ts';
import {
  loserRow,
  loserRowOf,
  paybackRow,
  paybackRowOf,
  winnerRow,
  winnerRowOf,
} from './capacity-rows.ts';
import { tableFormat } from './formats.ts';
import { defineMethod } from './method.ts';
import { sheetOf } from './report-sheet.ts';

const pairRow = z.strictObject({
  close: z.string(),
  into: z.string(),
  how: z.enum(['splice', 'open']),
  payback: paybackRow,
});
const data = z.strictObject({
  timestamp: unixSeconds,
  mempool_recommendation: z.string(),
  feerate_sat_per_vbyte: z.number().optional().describe('absent: not known'),
  feerate_is_old: z.boolean().describe('not from the last sample'),
  channels: z.int().describe('judged; passive peers and channels in a splice are left alone'),
  winners: z.array(winnerRow).describe('the best return first'),
  losers: z.array(loserRow).describe('the largest first'),
  pairs: z.array(pairRow).describe('close the one, put what comes out into the other'),
  recommendations: z.array(z.string()).describe('advice: nothing of it is ever done by itself'),
});

const mempoolText = ({ kind, because }: MempoolAdvice): string => `${kind}: ${because}`;
const pairRowOf = (one: Pair, now: UnixMs): z.input<typeof pairRow> => ({
  close: one.close.channel.name,
  into: one.into.channel.name,
  how: one.how,
  payback: paybackRowOf(one.payback, now),
});

/** Which channels deserve more capital and which hold it in vain. */
export const revenueCapacityReport = defineMethod({
  name: 'revenue-capacity-report',
  description:
    'Which channels deserve more capital, which hold it in vain, and whether to move it.',
  longDescription:
    'Winners, losers, and pairs "close A, splice into B" with the days until a move has earned back what it costs. Only a channel that was tried and stayed silent is named for closing. Advice only: nothing is opened, closed or spliced. It asks the node for its channels and peers and stores nothing.',
  effect: 'reads',
  examples: [
    'lightning-cli revenue-capacity-report',
    'lightning-cli revenue-capacity-report format=table',
  ],
  params: { format: tableFormat },
  answer: z.union([data, plainText]),
  handle: async ({ format }, context) => {
    const answer = answerOf(await context.capacity.plan());
    return format === 'table' ? asText(tableOf(answer)) : answer;
  },
});

function answerOf({ at, space, judged, plan }: CapacityReport): z.input<typeof data> {
  return {
    timestamp: seconds(at),
    mempool_recommendation: mempoolText(plan.mempool),
    feerate_sat_per_vbyte: space.satPerVbyte,
    feerate_is_old: space.stale,
    channels: judged,
    winners: plan.winners.map(winnerRowOf),
    losers: plan.losers.map(loserRowOf),
    pairs: plan.pairs.map((one) => pairRowOf(one, at)),
    recommendations: planSteps(plan).map(
      ({ action, channel, because }) =>
        `${[action, channel?.name].filter(Boolean).join(' ')}: ${because}`,
    ),
  };
}

/** Winners and losers as rows; what to do about them is revenue-plan. */
function tableOf(answer: z.input<typeof data>): string {
  const rows = [
    ...answer.winners.map((one) => ({ ...one, is: 'winner', because: '' })),
    ...answer.losers.map((one) => ({ ...one, is: one.reason, turnover: undefined })),
  ];
  const heading = [
    `Mempool: ${answer.mempool_recommendation}`,
    `${answer.channels} channels judged: ${answer.winners.length} deserve more capital, ${answer.losers.length} hold it in vain`,
    ...answer.recommendations,
  ];
  if (rows.length === 0) return heading.join('\n');
  return sheetOf<(typeof rows)[number]>(
    [
      { title: 'channel', of: (row) => row.scid },
      { title: 'verdict', of: (row) => row.is },
      { title: 'class', of: (row) => row.classification },
      { title: 'capacity sat', of: (row) => row.capacity },
      { title: 'ours sat', of: (row) => row.our_balance },
      { title: 'ROI %', of: (row) => Math.floor(row.roi) },
      { title: '30 days ROI %', of: (row) => Math.floor(row.marginal_roi) },
      { title: 'turnover of 30 days', of: (row) => row.turnover },
    ],
    rows,
    [...heading, ''],
  ).table();
}
