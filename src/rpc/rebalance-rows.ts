/** Rebalances, holds and caps as rows: what status, debug and locks show of money that moves liquidity. */

import { z } from 'zod';
import type { Cap } from '../core/spending/caps.ts';
import type { CapName } from '../core/spending/types.ts';
import { SPEND_KINDS } from '../core/spending/types.ts';
import { type ChannelId, type Msat, msat, satFloor } from '../core/units.ts';
import type { SpendState } from '../cycles/rebalance-services.ts';
import type { RebalanceJob } from '../ports/spending.ts';
import { amountMsat, rate, seconds, secondsOrAbsent, unixSeconds } from './answers.ts';
import type { ChannelLabel } from './names.ts';
import { ppmPaid } from './rates.ts';

type LabelOf = (channelId: ChannelId) => ChannelLabel;

/** As the Python plugin called what became of a rebalance. */
const PLAIN_STATUS = ['pending', 'success', 'partial', 'timeout', 'failed'] as const;

/** Whole satoshi, rounded up: for costs and limits of costs. */
export const satCeil = (amount: Msat): number => satFloor(msat(amount + 999n));

export const rebalanceRow = z.strictObject({
  id: z.int(),
  rebalance_type: z.enum(SPEND_KINDS),
  from_channel: z.string().optional().describe('short channel id of the best source'),
  from_channels: z.array(z.string()).describe('all sources offered, best first'),
  to_channel: z.string().describe('short channel id'),
  amount_sats: z.int().describe('ordered'),
  moved_msat: amountMsat.describe('arrived so far'),
  fee_msat: amountMsat.describe('paid so far, from the records of the node'),
  fee_ppm: z.number().optional().describe('paid for what was moved; absent: nothing moved'),
  max_fee_ppm: rate,
  max_fee_sats: z.int().describe('the hold, rounded up'),
  actual_fee_sats: z.int().describe('fee_msat, rounded up'),
  expected_profit_sats: z.int().describe('at the highest fee, rounded down'),
  status: z.enum(PLAIN_STATUS),
  state: z.enum(['ordered', 'running', 'stopping', 'unknown', 'settled']),
  outcome: z.enum(['moved', 'nothing moved', 'not tried', 'strayed']).optional(),
  because: z.string().optional(),
  payments: z.int(),
  decision_id: z.int().optional().describe('for revenue-explain'),
  timestamp: unixSeconds.describe('when it was ordered'),
  ended_at: unixSeconds.optional(),
});

export function rebalanceRowOf(job: RebalanceJob, labelOf: LabelOf): z.input<typeof rebalanceRow> {
  const sources = job.sources.map((id) => labelOf(id).name);
  return {
    id: job.id,
    rebalance_type: job.kind,
    from_channel: sources[0],
    from_channels: sources,
    to_channel: labelOf(job.destination).name,
    amount_sats: satFloor(job.amount),
    moved_msat: job.moved,
    fee_msat: job.spent,
    fee_ppm: ppmPaid(job.spent, job.moved),
    max_fee_ppm: job.maxPpm,
    max_fee_sats: satCeil(job.cap),
    actual_fee_sats: satCeil(job.spent),
    expected_profit_sats: wholeSats(job.expectedIncome - job.expectedLoss - job.cap),
    status: plainStatus(job),
    state: job.state,
    outcome: job.outcome,
    because: job.because,
    payments: job.payments,
    decision_id: job.decisionId,
    timestamp: seconds(job.createdAt),
    ended_at: secondsOrAbsent(job.endedAt),
  };
}

/** Rounded down also below zero. */
export const wholeSats = (amount: bigint): number =>
  Number(amount >= 0n ? amount / 1000n : -((-amount + 999n) / 1000n));

function plainStatus({ outcome, moved, amount }: RebalanceJob): (typeof PLAIN_STATUS)[number] {
  switch (outcome) {
    case undefined:
      return 'pending';
    case 'moved':
      return moved >= amount ? 'success' : 'partial';
    case 'nothing moved':
      return 'timeout';
    case 'not tried':
    case 'strayed':
      return 'failed';
  }
}

export const holdRow = z.strictObject({
  id: z.int().describe('of the rebalance'),
  kind: z.enum(SPEND_KINDS),
  destination: z.string().describe('short channel id'),
  amount_msat: amountMsat.describe('still held: the highest cost less what was paid'),
  since: unixSeconds,
  unknown: z.boolean().describe('its outcome is not known: see revenue-locks settle'),
  because: z.string().optional(),
});

/** What a job still holds. */
export const heldBy = ({ cap, spent }: RebalanceJob): Msat => msat(cap > spent ? cap - spent : 0n);

export const holdRowOf = (job: RebalanceJob, labelOf: LabelOf): z.input<typeof holdRow> => ({
  id: job.id,
  kind: job.kind,
  destination: labelOf(job.destination).name,
  amount_msat: heldBy(job),
  since: seconds(job.createdAt),
  unknown: job.state === 'unknown',
  because: job.because,
});

export const capRow = z.strictObject({
  limit_msat: amountMsat,
  used_msat: amountMsat.describe('held and spent in the window'),
  left_msat: amountMsat,
});
export const capRowOf = ({ limit, used }: Cap): z.input<typeof capRow> => ({
  limit_msat: limit,
  used_msat: used,
  left_msat: msat(limit > used ? limit - used : 0n),
});

export const budget = z
  .strictObject({ daily: capRow, weekly: capRow })
  .describe('rolling 24 h and 7 days; absent: not known yet, then nothing is spent');

/** undefined: a number the caps need is not known. */
export function budgetOf({ caps }: SpendState): z.input<typeof budget> | undefined {
  const named = (name: CapName): Cap | undefined => caps?.find((cap) => cap.name === name);
  const [daily, weekly] = [named('daily'), named('weekly')];
  return daily && weekly && { daily: capRowOf(daily), weekly: capRowOf(weekly) };
}

export const readinessAnswer = z.strictObject({
  ready: z.boolean(),
  because: z.string().optional().describe('why nothing is spent'),
  backend_version: z.string().optional().describe('of sling, as it last said'),
  foreign_jobs: z.array(z.string()).describe('channels with sling jobs that are not ours'),
});
export const readinessOf = ({
  readiness,
  backend,
  foreign,
}: SpendState): z.input<typeof readinessAnswer> => ({
  ready: readiness.ready,
  because: readiness.ready ? undefined : readiness.because,
  backend_version: backend,
  foreign_jobs: [...foreign],
});
