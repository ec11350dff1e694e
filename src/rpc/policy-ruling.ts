/** Which policy really decides for the open channels a subject is about. */
import { z } from 'zod';
import { daysSince, openedAt } from '../core/books/age.ts';
import type { Ruling } from '../core/policy/effective-policy.ts';
import { modeUnder, POLICY_MODES, STRATEGIES } from '../core/policy/policy.ts';
import { type PolicySubject, subjectName } from '../core/policy/subject.ts';
import { policyFacts } from '../cycles/policy-facts.ts';
import type { PeerChannel } from '../ports/node.ts';
import { rate } from './answers.ts';
import type { RpcContext } from './context.ts';
import { labels } from './names.ts';

export const ruledChannel = z.strictObject({
  short_channel_id: z.string(),
  channel_id: z.string(),
  decided_by: z.string().describe('the subject whose policy counts; nobody: the rules decide'),
  strategy: z.enum(STRATEGIES),
  rebalance_mode: z.enum(POLICY_MODES).describe('what rebalancing may really do'),
  fee_ppm_target: rate.nullable(),
});

/** Which policy decides for an open channel, as of now; policies are read once for all that are asked about. */
export function rulingNow(context: RpcContext): (channel: PeerChannel) => Ruling {
  const ruling = context.policies.rulings();
  const at = context.clock.now();
  const graceDays = context.config.snapshot().new_channel_grace_days;
  return (channel) => {
    const opened =
      openedAt(channel.stateChanges) ?? context.store.channels.get(channel.channelId)?.openedAt;
    return ruling(policyFacts(channel, daysSince(opened, at), graceDays));
  };
}

/** Of a peer all its open channels, of a channel itself, of a tag or default those it decides for. */
export function ruledChannels(
  context: RpcContext,
  subject: PolicySubject,
): readonly z.input<typeof ruledChannel>[] {
  const ruling = rulingNow(context);
  const labelOf = labels(context);
  return context.board.channels().flatMap((channel) => {
    if ('peerId' in subject && channel.peerId !== subject.peerId) return [];
    if ('channelId' in subject && channel.channelId !== subject.channelId) return [];
    const found = ruling(channel);
    const by = found.subject && subjectName(found.subject);
    const general = 'tag' in subject || 'fallback' in subject;
    if (general && by !== subjectName(subject)) return [];
    return {
      short_channel_id: labelOf(channel.channelId).name,
      channel_id: channel.channelId,
      decided_by: by ?? 'nobody',
      strategy: found.policy.strategy,
      rebalance_mode: modeUnder(found.policy),
      fee_ppm_target: found.policy.feePpm ?? null,
    };
  });
}
