import { z } from 'zod';
import { ignoredReason } from '../core/policy/ignored-peers.ts';
import { defineMethod } from './method.ts';
import { deniedAnswer } from './policy-acts.ts';
import { change, deprecation, peerParam } from './policy-ignore.ts';

const answer = z.union([
  z.strictObject({
    status: z.enum(['success', 'would', 'noop']).describe('noop: the peer is not ignored'),
    action: z.literal('unignore'),
    peer_id: z.string(),
    message: z.string(),
    warning: z.string(),
  }),
  deniedAnswer,
]);

/** The ancestor deleted any policy here; this one only what `revenue-ignore` or the migration made. */
export const revenueUnignore = defineMethod({
  name: 'revenue-unignore',
  description: 'Ends what revenue-ignore began. Use revenue-policy delete instead.',
  longDescription:
    'Deletes the policy of a peer that is ignored; any other policy stays. Kept for callers of the Python plugin.',
  effect: 'acts',
  deprecated: true,
  examples: [`lightning-cli revenue-unignore 02${'a'.repeat(64)}`],
  params: { peer_id: peerParam },
  answer,
  handle: ({ peer_id }, context, { check }): z.input<typeof answer> => {
    const rest = {
      action: 'unignore' as const,
      peer_id,
      warning: deprecation('revenue-policy delete'),
    };
    const held = context.policies.get({ peerId: peer_id });
    if (held === undefined || ignoredReason(held.policy) === undefined)
      return { status: 'noop', ...rest, message: `Peer ${peer_id} is not ignored.` };
    const done = change(context, peer_id, undefined, check);
    if (done.kind === 'denied') return done.answer;
    return {
      status: check ? 'would' : 'success',
      ...rest,
      message: `Peer ${peer_id} reverted to default policy (dynamic strategy, rebalancing enabled).`,
    };
  },
});
