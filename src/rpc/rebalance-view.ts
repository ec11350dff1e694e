/** One channel as a destination and as a source, as the rules see it now (SPEC 4.2–4.5). */
import { z } from 'zod';
import { inboundEstimate } from '../core/rebalance/inbound-estimate.ts';
import { expectedProfit } from '../core/rebalance/rebalance-sequence.ts';
import { gives, sourceRefusal } from '../core/rebalance/source-gates.ts';
import { targetOf } from '../core/rebalance/targets.ts';
import type {
  RebalanceChannel,
  RebalancePlan,
  RebalanceStep,
  RebalanceVerdict,
} from '../core/rebalance/types.ts';
import type { ChannelId } from '../core/units.ts';
import type { RebalancePreview } from '../cycles/rebalance-services.ts';
import { amountMsat, rate, secondsOrAbsent, unixSeconds } from './answers.ts';
import type { ChannelLabel } from './names.ts';
import { ratio, STATE_WORD } from './status-parts.ts';

type LabelOf = (channelId: ChannelId) => ChannelLabel;

const planAnswer = z.strictObject({
  sources: z.array(z.string()).describe('short channel ids, best first'),
  amount_msat: amountMsat,
  chunk_msat: amountMsat,
  max_fee_ppm: rate,
  hold_msat: amountMsat.describe('what it costs at most'),
  income_msat: amountMsat.describe('expected from what is sold of it in 72 h'),
  loss_msat: amountMsat.describe('what the sources are expected to miss'),
  ev_at_cap_msat: amountMsat.describe('income − loss − hold'),
  ev_expected_msat: amountMsat.describe('the same at the inbound estimate'),
});

export const rebalanceView = z.strictObject({
  channel_id: z.string(),
  short_channel_id: z.string(),
  peer_id: z.string().optional(),
  share: z.number(),
  flow: z.enum(['source', 'sink', 'balanced', 'new']),
  class: z.string(),
  mode: z.enum(['enabled', 'disabled', 'source_only', 'sink_only']),
  target_msat: amountMsat,
  lack_msat: amountMsat,
  excess_msat: amountMsat.describe('above the target'),
  gives_msat: amountMsat.describe('what it may give as a source'),
  price_ppm: rate.describe('what a sat that leaves by it earns'),
  inbound_estimate_ppm: rate,
  inbound_because: z.string(),
  verdict: z.enum(['plan', 'refused', 'locked']),
  code: z.string().optional().describe('the gate that refuses; see the guide'),
  because: z.string(),
  plan: planAnswer.optional(),
});

/** A row; `verdict` undefined: the rules were not asked, since the channel is left out of everything. */
export function rebalanceViewOf(
  seen: RebalanceChannel,
  verdict: RebalanceVerdict | undefined,
  preview: RebalancePreview,
  labelOf: LabelOf,
): z.input<typeof rebalanceView> {
  const { target, lack, excess } = targetOf(seen);
  const { name, peerId } = labelOf(seen.channelId);
  const inbound = inboundEstimate(seen, preview.law);
  return {
    channel_id: seen.channelId,
    short_channel_id: name,
    peer_id: peerId,
    share: ratio(seen.share),
    flow: STATE_WORD[seen.flow],
    class: seen.class,
    mode: seen.mode,
    target_msat: target,
    lack_msat: lack,
    excess_msat: excess,
    gives_msat: gives(seen),
    price_ppm: seen.price,
    inbound_estimate_ppm: inbound.ppm,
    inbound_because: inbound.because,
    ...verdictOf(verdict, preview.locked.get(seen.channelId), labelOf),
  };
}

type Said = Pick<z.input<typeof rebalanceView>, 'verdict' | 'code' | 'because' | 'plan'>;

function verdictOf(
  verdict: RebalanceVerdict | undefined,
  locked: string | undefined,
  labelOf: LabelOf,
): Said {
  if (locked !== undefined) return { verdict: 'locked', because: locked };
  if (verdict === undefined) return { verdict: 'locked', because: 'it is left out of this look' };
  switch (verdict.kind) {
    case 'refused':
      return { verdict: 'refused', code: verdict.code, because: verdict.because };
    case 'plan': {
      const { plan, trail } = verdict;
      const because =
        trail.find(({ rule }) => rule === 'too_dear')?.because ?? 'every gate is open';
      return { verdict: 'plan', because, plan: planRow(plan, labelOf) };
    }
  }
}

const planRow = (plan: RebalancePlan, labelOf: LabelOf): z.input<typeof planAnswer> => ({
  sources: plan.sources.map((id) => labelOf(id).name),
  amount_msat: plan.amount,
  chunk_msat: plan.chunk,
  max_fee_ppm: plan.maxPpm,
  hold_msat: plan.cap,
  income_msat: plan.income,
  loss_msat: plan.loss,
  ev_at_cap_msat: plan.income - plan.loss - plan.cap,
  ev_expected_msat: expectedProfit(plan),
});

export const gate = z.strictObject({
  rule: z.string(),
  verdict: z.enum(['passes', 'refuses']),
  value: z.number().optional(),
  because: z.string(),
});
export const gateOf = ({ rule, verdict, value, because }: RebalanceStep): z.input<typeof gate> => ({
  rule,
  verdict,
  because,
  ...(value === undefined ? {} : { value }),
});

export const consideredSource = z.strictObject({
  short_channel_id: z.string(),
  chosen: z.boolean(),
  code: z.string().optional().describe('why it may not give; absent: it may'),
  gives_msat: amountMsat,
  price_ppm: rate,
});

/** Every channel as a source for this destination: the chosen ones, then what could give most. */
export function consideredSources(
  destination: RebalanceChannel,
  verdict: RebalanceVerdict | undefined,
  { channels }: RebalancePreview,
  labelOf: LabelOf,
): readonly z.input<typeof consideredSource>[] {
  const chosen = new Set(verdict?.kind === 'plan' ? verdict.plan.sources : []);
  const place = (one: z.input<typeof consideredSource>): number =>
    one.chosen ? 0 : one.code === undefined ? 1 : 2;
  return channels
    .filter(({ channelId }) => channelId !== destination.channelId)
    .map((source) => ({
      short_channel_id: labelOf(source.channelId).name,
      chosen: chosen.has(source.channelId),
      code: whyNot(source, destination),
      gives_msat: gives(source),
      price_ppm: source.price,
    }))
    .toSorted((one, other) => {
      if (place(one) !== place(other)) return place(one) - place(other);
      return one.gives_msat < other.gives_msat ? 1 : one.gives_msat > other.gives_msat ? -1 : 0;
    });
}

const whyNot = (source: RebalanceChannel, to: RebalanceChannel): string | undefined =>
  sourceRefusal(source, to) ?? (gives(source) > 0n ? undefined : 'nothing_to_give');

export const history = z.strictObject({
  failures: z.int().describe('in a row, each a deadline with nothing moved'),
  last_failure: unixSeconds.optional(),
  last_success: unixSeconds.optional(),
  finished: z.int(),
  earned_back: z.int().describe('of the finished ones, within 30 days'),
  paid_ppm: z.array(z.number()).describe('successes to that peer, newest last'),
  uptime: z.number().optional().describe('of the last 24 h; absent: not known'),
  sells_msat_per_hour: amountMsat.optional().describe('per routable hour; absent: no evidence'),
  missed_msat_per_hour: amountMsat,
});
export const historyOf = ({
  history: past,
  uptime,
  outPerRoutableHour,
  missedPerHour,
}: RebalanceChannel): z.input<typeof history> => ({
  failures: past.failures,
  last_failure: secondsOrAbsent(past.lastFailure),
  last_success: secondsOrAbsent(past.lastSuccess),
  finished: past.finished,
  earned_back: past.earnedBack,
  paid_ppm: past.paidPpm.map(ratio),
  uptime: uptime === undefined ? undefined : ratio(uptime),
  sells_msat_per_hour: outPerRoutableHour,
  missed_msat_per_hour: missedPerHour,
});
