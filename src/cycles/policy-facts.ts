import type { PolicyFacts } from '../core/policy/effective-policy.ts';
import type { PeerChannel } from '../ports/node.ts';
import { isAnnounced } from './managed.ts';

/** What the defaults of the policies ask about a channel (SPEC 5). One of unknown age is not new. */
export const policyFacts = (
  channel: PeerChannel,
  ageDays: number | undefined,
  graceDays: number,
): PolicyFacts => ({
  channelId: channel.channelId,
  peerId: channel.peerId,
  announced: isAnnounced(channel),
  isNew: ageDays !== undefined && ageDays < graceDays,
});
