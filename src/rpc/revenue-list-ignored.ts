import { z } from 'zod';
import { ignoredReason } from '../core/policy/ignored-peers.ts';
import { seconds, unixSeconds } from './answers.ts';
import { defineMethod } from './method.ts';
import { deprecation } from './policy-ignore.ts';

const answer = z.strictObject({
  ignored_peers: z.array(
    z.strictObject({ peer_id: z.string(), reason: z.string(), ignored_at: unixSeconds }),
  ),
  count: z.int(),
  warning: z.string(),
});

export const revenueListIgnored = defineMethod({
  name: 'revenue-list-ignored',
  description: 'Peers that are ignored. Use revenue-policy list instead.',
  longDescription:
    'Peers with a passive policy that revenue-ignore or the migration made. Kept for callers of the Python plugin.',
  effect: 'reads',
  deprecated: true,
  examples: ['lightning-cli revenue-list-ignored'],
  params: {},
  answer,
  handle: (_, context) => {
    const ignored_peers = context.policies.list().flatMap(({ subject, layer: { policy, at } }) => {
      const reason = ignoredReason(policy);
      if (reason === undefined || !('peerId' in subject)) return [];
      return { peer_id: subject.peerId, reason, ignored_at: seconds(at) };
    });
    return {
      ignored_peers,
      count: ignored_peers.length,
      warning: deprecation('revenue-policy list'),
    };
  },
});
