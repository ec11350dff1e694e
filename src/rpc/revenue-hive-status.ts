import { z } from 'zod';
import type { Strategy } from '../core/policy/policy.ts';
import { msat, type NodeId } from '../core/units.ts';
import type { HiveState } from '../cycles/hive-service.ts';
import { HIVE_TIERS } from '../ports/hive.ts';
import { amountMsat, seconds, unixSeconds } from './answers.ts';
import type { RpcContext } from './context.ts';
import { defineMethod } from './method.ts';
import { wholeNumber } from './parameters.ts';
import { rulingNow } from './policy-ruling.ts';

const ROWS = 100;
const MOST_ROWS = 1000;

const peerRow = z.strictObject({
  peer_id: z.string(),
  strategy: z.enum(['hive', 'dynamic']).describe('dynamic: a neophyte, or let go'),
  since: unixSeconds,
  obeyed: z
    .boolean()
    .describe('false: hive_enabled is false, or what you said of its channels counts'),
});

const answer = z.strictObject({
  hive_enabled: z.enum(['auto', 'true', 'false']),
  present: z.boolean().nullable().describe('cl-hive runs; null: lightningd has not said yet'),
  tier: z.enum(HIVE_TIERS).nullable().describe('of this node in its fleet; null: none is known'),
  asked_at: unixSeconds.optional().describe('when cl-hive last answered'),
  asked_seconds_ago: z.int().optional(),
  problem: z.string().optional().describe('why the last call brought nothing'),
  problem_at: unixSeconds.optional(),
  breaker: z
    .enum(['closed', 'open'])
    .describe('open: it failed three times in a row and is left alone for a minute'),
  reports: z
    .strictObject({
      sent: z.int(),
      failed: z.int().describe('not taken, or not known to be: told once only'),
      dropped: z.int().describe('nobody to tell, or more than 200 waiting: the oldest go'),
      waiting: z.int(),
    })
    .describe('outcomes of rebalances told to cl-hive since the start'),
  hive_peers: z.int().describe('peers that cl-hive says are members'),
  hive_channels: z.int().describe('open channels whose policy is hive, whoever said so'),
  open_channels: z.int(),
  hive_fee_ppm: z.int(),
  peers: z.array(peerRow).describe('what cl-hive said, the latest first'),
  weekly_loss: z
    .strictObject({
      used_msat: amountMsat.describe('spent and held towards hive peers in the last 7 days'),
      limit_msat: amountMsat.describe('hive_weekly_loss_sats'),
      left_msat: amountMsat,
    })
    .describe('a sum of its own, inside the budgets'),
  message: z.string(),
});
type Answer = z.input<typeof answer>;

/** From memory and policies; cl-hive is not asked for it (SPEC 8). */
export const revenueHiveStatus = defineMethod({
  name: 'revenue-hive-status',
  description:
    'The fleet of cl-hive: membership, its policies here, what it is told, what it costs.',
  longDescription:
    'cl-hive is asked for its status and told the outcome of each rebalance, nothing else; nothing it answers enters a decision. What it wants comes as policies of peers, and a policy of yours counts before it.',
  effect: 'reads',
  examples: ['lightning-cli revenue-hive-status'],
  params: {
    limit: wholeNumber(0, MOST_ROWS, `rows in peers, ${ROWS} unless given`).optional(),
  },
  answer,
  handle: ({ limit = ROWS }, context): Answer => {
    const state = context.hive.state();
    const strategies = strategiesNow(context);
    const said = saidByHive(context, strategies);
    const { hive_fee_ppm } = context.config.snapshot();
    return {
      hive_enabled: state.enabled,
      present: state.present ?? null,
      tier: state.answer?.tier ?? null,
      ...ages(state, context),
      breaker: state.brokenOff ? 'open' : 'closed',
      reports: { ...state.reports },
      hive_peers: said.filter(({ strategy }) => strategy === 'hive').length,
      hive_channels: [...strategies.values()].flat().filter((one) => one === 'hive').length,
      open_channels: context.board.channels().length,
      hive_fee_ppm,
      peers: said.slice(0, limit),
      weekly_loss: weekOf(state.week),
      message: messageOf(state),
    };
  },
});

function ages(
  { answer: last, problem }: HiveState,
  { clock }: RpcContext,
): Pick<Answer, 'asked_at' | 'asked_seconds_ago' | 'problem' | 'problem_at'> {
  const asked = last && {
    asked_at: seconds(last.at),
    asked_seconds_ago: Math.max(0, seconds(clock.now()) - seconds(last.at)),
  };
  return {
    ...asked,
    ...(problem && { problem: problem.because, problem_at: seconds(problem.at) }),
  };
}

type PeerRow = z.input<typeof peerRow>;

/** A channel's own policy, or a tag's, may have other ideas than what cl-hive said of the peer. */
function saidByHive(context: RpcContext, strategies: Strategies): readonly PeerRow[] {
  const { hive_enabled } = context.config.snapshot();
  return context.policies
    .list()
    .flatMap(({ subject, layer }) => {
      const { strategy } = layer.policy;
      const isIts = layer.by === 'hive' && 'peerId' in subject;
      if (!isIts || (strategy !== 'hive' && strategy !== 'dynamic')) return [];
      return [{ peerId: subject.peerId, strategy, at: layer.at }];
    })
    .toSorted((one, other) => other.at - one.at)
    .map(({ peerId, strategy, at }) => ({
      peer_id: peerId,
      strategy,
      since: seconds(at),
      obeyed:
        hive_enabled !== 'false' &&
        (strategy === 'dynamic' || (strategies.get(peerId) ?? []).every((one) => one === 'hive')),
    }));
}

/** What the policies of each peer's open channels come to. */
type Strategies = ReadonlyMap<NodeId, readonly Strategy[]>;

function strategiesNow(context: RpcContext): Strategies {
  const ruling = rulingNow(context);
  const byPeer = Map.groupBy(context.board.channels(), ({ peerId }) => peerId);
  return new Map(
    [...byPeer].map(([peerId, channels]) => [
      peerId,
      channels.map((channel) => ruling(channel).policy.strategy),
    ]),
  );
}

const weekOf = ({ used, limit }: HiveState['week']): Answer['weekly_loss'] => ({
  used_msat: used,
  limit_msat: limit,
  left_msat: msat(limit > used ? limit - used : 0n),
});

function messageOf({ enabled, present, answer: last, problem }: HiveState): string {
  if (enabled === 'false')
    return 'hive_enabled is false: cl-hive is asked and told nothing, and its policies do not count';
  if (present === undefined) return 'lightningd has not said yet which plugins run';
  if (!present)
    return enabled === 'true'
      ? 'hive_enabled is true, but cl-hive does not run: what it said before still counts'
      : 'cl-hive does not run: what it said before still counts';
  if (problem)
    return 'cl-hive does not answer as it should; prices and rebalances do not wait for it';
  if (last === undefined) return 'cl-hive runs and has not been asked yet';
  return last.tier === undefined
    ? 'cl-hive runs, and this node is in no fleet'
    : `this node is ${last.tier === 'admin' ? 'an' : 'a'} ${last.tier} of its fleet`;
}
