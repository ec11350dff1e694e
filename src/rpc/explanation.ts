/** Why a channel's fee is what it is: data from the journal, and the same as sentences (SPEC 7.4). */
import { z } from 'zod';
import type { ChannelId } from '../core/units.ts';
import { isManaged } from '../cycles/managed.ts';
import type { PeerChannel } from '../ports/node.ts';
import { DECISION_KINDS, type Decision } from '../ports/store.ts';
import { rate, seconds, secondsOrAbsent, step, stepAnswer, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { latestFee } from './latest-fee.ts';
import { labels, openChannel } from './names.ts';
import { noRebalance } from './no-rebalance.ts';
import { replay, replayed } from './replay.ts';

export const decisionAnswer = z.strictObject({
  id: z.int(),
  kind: z.enum(DECISION_KINDS),
  channel_id: z.string().optional(),
  short_channel_id: z.string().optional(),
  at: unixSeconds,
  last_at: unixSeconds,
  count: z.int().describe('cycles in a row with this verdict'),
  config_version: z.int(),
  rule: z.string(),
  number: z.number().optional().describe('ppm: the fee, or the most a rebalance may pay'),
  outcome: z.enum(['done', 'failed', 'unknown', 'would', 'none']),
  error: z.string().optional(),
  bound_by: z.string().describe('the constraint that fixed the number'),
  why: z.array(step).describe('rules that applied'),
  rejected: z.array(step).describe('rules that were asked and passed'),
  replay: replayed,
});
export type DecisionAnswer = z.infer<typeof decisionAnswer>;

export function explainDecision(context: RpcContext, decision: Decision): DecisionAnswer {
  const { channelId, trail } = decision;
  return {
    id: decision.id,
    kind: decision.kind,
    channel_id: channelId,
    short_channel_id: channelId === undefined ? undefined : labels(context)(channelId).name,
    at: seconds(decision.at),
    last_at: seconds(decision.lastAt),
    count: decision.count,
    config_version: decision.configVersion,
    rule: decision.rule,
    number: decision.number,
    outcome: decision.outcome,
    error: decision.error,
    bound_by: decision.binding,
    why: trail.filter(({ verdict }) => verdict === 'applies').map(stepAnswer),
    rejected: trail.filter(({ verdict }) => verdict === 'passes').map(stepAnswer),
    replay: replay(context, decision),
  };
}

export const channelAnswer = z.strictObject({
  channel_id: z.string(),
  short_channel_id: z.string(),
  peer_id: z.string().optional(),
  open: z.boolean(),
  fee_ppm: rate.optional().describe('what the node asked at the last look'),
  capacity_msat: z.bigint().optional(),
  spendable_msat: z.bigint().optional(),
  target_ppm: rate.optional().describe('the price wanted, sent or not'),
  sent_ppm: rate.optional(),
  sent_at: unixSeconds.optional(),
  locks: z.array(z.string()),
  no_rebalance: z.string(),
  next: z.strictObject({ at: unixSeconds.optional(), because: z.string() }),
  decision: decisionAnswer
    .optional()
    .describe('the latest on its fee; absent: nothing decided yet'),
});
export type ChannelAnswer = z.infer<typeof channelAnswer>;

export function explainChannel(context: RpcContext, channelId: ChannelId): ChannelAnswer {
  const { store, clock } = context;
  const { name, peerId } = labels(context)(channelId);
  const channel = openChannel(context, channelId);
  const open = channel !== undefined || store.channels.get(channelId)?.closed === false;
  const state = store.fees.state(channelId);
  const latest = latestFee(context, channelId);
  const locks = store.locks
    .active(clock.now())
    .filter((lock) => lock.channelId === undefined || lock.channelId === channelId);
  return {
    channel_id: channelId,
    short_channel_id: name,
    peer_id: peerId,
    open,
    fee_ppm: channel?.ours?.ppm,
    capacity_msat: channel?.capacity,
    spendable_msat: channel?.spendable,
    target_ppm: state?.target,
    sent_ppm: state?.sent.ppm,
    sent_at: secondsOrAbsent(state?.sent.at),
    locks: locks.map(({ scope, reason }) => `${scope}: ${reason}`),
    no_rebalance: open ? noRebalance(context, channelId) : 'it is closed',
    next: open ? nextLook(context, channel) : { because: CLOSED },
    decision: latest === undefined ? undefined : explainDecision(context, latest),
  };
}

const CLOSED = 'it is closed, nothing is decided about it any more';

/** `channel` undefined: open, but not looked at since the start. */
function nextLook({ board }: RpcContext, channel: PeerChannel | undefined): ChannelAnswer['next'] {
  if (channel && !isManaged(channel))
    return { because: `nothing is decided while its state is ${channel.state}` };
  const job = board.jobs().find(({ name }) => name === 'fees');
  if (!job) return { because: 'no fee cycle is planned' };
  if (job.waitingFor !== undefined) return { because: `the fee cycle waits: ${job.waitingFor}` };
  if (job.running) return { because: 'a fee cycle is running now' };
  return { at: secondsOrAbsent(job.nextRun), because: 'the next fee cycle' };
}
