import { z } from 'zod';
import type { RebalancePlan } from '../core/rebalance/types.ts';
import { fromSat, satFloor } from '../core/units.ts';
import type { ManualAnswer, ManualRebalance } from '../cycles/rebalance-services.ts';
import { BadRequest } from '../ports/errors.ts';
import { amountMsat, rate } from './answers.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { type ChannelLabel, findChannel, labels } from './names.ts';
import { flag, text, wholeNumber } from './parameters.ts';
import { satCeil, wholeSats } from './rebalance-rows.ts';
import { grouped } from './wording.ts';

/** All there will ever be; the bounds of the settings are the service's matter. */
const MAX_SATS = 2_100_000_000_000_000;

/** What was planned, under the names of the Python plugin. */
const candidate = z.strictObject({
  source_candidates: z.array(z.string()),
  num_source_candidates: z.int(),
  from_channel: z.string(),
  to_channel: z.string(),
  from_peer_id: z.string().optional(),
  to_peer_id: z.string().optional(),
  amount_sats: z.int(),
  amount_msat: amountMsat,
  chunk_sats: z.int(),
  inbound_fee_ppm: z.number().describe('expected'),
  max_fee_ppm: rate,
  max_budget_sats: z.int().describe('held, rounded up'),
  max_budget_msat: amountMsat,
  expected_profit_sats: z.int().describe('at the highest fee, rounded down'),
});

const answer = z.strictObject({
  status: z
    .enum(['initiated', 'would', 'refused', 'failed'])
    .describe(
      'initiated: the outcome comes later; would: nothing was sent; refused: by our rules or caps; failed: sling said no',
    ),
  success: z.boolean(),
  rebalance_id: z.int().optional().describe('for revenue-status and revenue-locks'),
  code: z.string().optional().describe('of a refusal'),
  message: z.string(),
  from_channel: z.string(),
  to_channel: z.string(),
  amount_sats: z.int(),
  max_fee_sats: z.int().optional().describe('as asked'),
  max_fee_ppm: rate.optional(),
  hold_msat: amountMsat.optional().describe('the most it may cost'),
  candidate: candidate.optional(),
});
type Answer = z.input<typeof answer>;
type LabelOf = ReturnType<typeof labels>;
type Ends = { readonly from: ChannelLabel; readonly to: ChannelLabel };

const params = {
  from_channel: text('gives: short channel id, alias, channel id, or a peer with one channel'),
  to_channel: text('receives: named in the same ways'),
  amount_sats: wholeNumber(1, MAX_SATS, 'how much is moved, satoshi'),
  max_fee_sats: wholeNumber(
    0,
    MAX_SATS,
    'the most it may cost, satoshi; what the value bears unless given',
  ).optional(),
  force: flag(
    'true: against policy and expected value; with max_fee_sats also against budget and reserve',
  ).optional(),
};

/** SPEC 4.8. `revenue-pump` is another name of the same order. */
const orderMethod = (name: string, description: string) =>
  defineMethod({
    name,
    description,
    longDescription:
      'It passes the same gates and the same caps as an automatic rebalance, and is counted like one. It answers as soon as sling has taken the order; how it ended is in recent_rebalances of revenue-status. With check, or below authority full, it says what would happen.',
    effect: 'acts',
    examples: [
      `lightning-cli ${name} 800148x28x0 801850x350x0 100000`,
      `lightning-cli ${name} 800148x28x0 801850x350x0 100000 40 true`,
      `lightning-cli check ${name} 800148x28x0 801850x350x0 100000`,
    ],
    params,
    answer,
    handle: async (given, context, { check }) => {
      const request = requestOf(given, context);
      const labelOf = labels(context);
      const ends = { from: labelOf(request.from), to: labelOf(request.to) };
      const said = await context.rebalance.order(request, check);
      return {
        ...outcome(said, ends, labelOf),
        from_channel: ends.from.name,
        to_channel: ends.to.name,
        amount_sats: given.amount_sats,
        max_fee_sats: given.max_fee_sats,
      };
    },
  });

function requestOf(
  given: z.output<z.ZodObject<typeof params>>,
  context: RpcContext,
): ManualRebalance {
  const from = findChannel(context, 'from_channel', given.from_channel);
  const to = findChannel(context, 'to_channel', given.to_channel);
  if (from === to) throw new BadRequest('to_channel', 'is the channel it would be taken from');
  return {
    from,
    to,
    amount: fromSat(given.amount_sats),
    maxFee: given.max_fee_sats === undefined ? undefined : fromSat(given.max_fee_sats),
    force: given.force ?? false,
  };
}

type Outcome = Omit<Answer, 'from_channel' | 'to_channel' | 'amount_sats' | 'max_fee_sats'>;

function outcome(said: ManualAnswer, ends: Ends, labelOf: LabelOf): Outcome {
  switch (said.kind) {
    case 'initiated':
      return {
        status: 'initiated',
        success: true,
        rebalance_id: said.job.id,
        message: initiated(said),
        ...planned(said.plan, ends, labelOf),
      };
    case 'would':
      return {
        status: 'would',
        success: false,
        message: said.because,
        ...planned(said.plan, ends, labelOf),
      };
    case 'refused':
      return { status: 'refused', success: false, code: said.code, message: said.because };
    case 'failed':
      return { status: 'failed', success: false, message: said.because };
  }
}

function initiated({ job, plan }: Extract<ManualAnswer, { kind: 'initiated' }>): string {
  const most = `at most ${grouped(satCeil(plan.cap))} sat are held for it`;
  return job.state === 'ordered' || job.state === 'unknown'
    ? `sling has not answered yet: whether it works on rebalance ${job.id} is being found out; ${most}`
    : `sling works on rebalance ${job.id}; ${most}`;
}

function planned(
  plan: RebalancePlan,
  { from, to }: Ends,
  labelOf: LabelOf,
): Pick<Answer, 'max_fee_ppm' | 'hold_msat' | 'candidate'> {
  return {
    max_fee_ppm: plan.maxPpm,
    hold_msat: plan.cap,
    candidate: {
      source_candidates: plan.sources.map((id) => labelOf(id).name),
      num_source_candidates: plan.sources.length,
      from_channel: from.name,
      to_channel: to.name,
      from_peer_id: from.peerId,
      to_peer_id: to.peerId,
      amount_sats: satFloor(plan.amount),
      amount_msat: plan.amount,
      chunk_sats: satFloor(plan.chunk),
      inbound_fee_ppm: plan.inboundPpm,
      max_fee_ppm: plan.maxPpm,
      max_budget_sats: satCeil(plan.cap),
      max_budget_msat: plan.cap,
      expected_profit_sats: wholeSats(plan.income - plan.loss - plan.cap),
    },
  };
}

export const revenueRebalance = orderMethod(
  'revenue-rebalance',
  'Moves liquidity from one channel to another through the network, within the budget.',
);
export const revenuePump = orderMethod('revenue-pump', 'Another name of revenue-rebalance.');
