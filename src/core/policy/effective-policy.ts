/**
 * Whose word counts for a channel (SPEC 5). The most definite subject that says anything decides as a whole: the
 * channel, its peer, its tags in alphabetical order, then `default:private` and `default:new`. Tags alone say
 * nothing: they choose which default counts.
 */
import type { ChannelId, NodeId } from '../units.ts';
import { DYNAMIC, type Policy } from './policy.ts';
import type { PolicyLayer } from './policy-stack.ts';
import { type PolicySubject, subjectName } from './subject.ts';

export type PolicyFacts = {
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
  /** Announced and confirmed. */
  readonly announced: boolean;
  /** Younger than `new-channel-grace-days`; false when its age is not known. */
  readonly isNew: boolean;
};
export type Ruling = {
  /** With the tags of the channel and of its peer. */
  readonly policy: Policy;
  /** undefined: nobody said anything, the rules decide. */
  readonly subject: PolicySubject | undefined;
};
/** What holds for a subject at the moment asked about; undefined: nothing. */
export type HeldPolicy = Pick<PolicyLayer, 'policy' | 'rules'>;

/** `held` by the names of subjects. */
export function effectivePolicy(
  facts: PolicyFacts,
  held: (name: string) => HeldPolicy | undefined,
): Ruling {
  const own: readonly PolicySubject[] = [{ channelId: facts.channelId }, { peerId: facts.peerId }];
  const tags = [...new Set(own.flatMap((one) => held(subjectName(one))?.policy.tags ?? []))];
  const asked: readonly PolicySubject[] = [
    ...own,
    ...tags.toSorted().map((tag) => ({ tag })),
    ...(facts.announced ? [] : [{ fallback: 'private' as const }]),
    ...(facts.isNew ? [{ fallback: 'new' as const }] : []),
  ];
  for (const subject of asked) {
    const found = held(subjectName(subject));
    if (found?.rules) return { policy: { ...found.policy, tags }, subject };
  }
  return { policy: tags.length === 0 ? DYNAMIC : { ...DYNAMIC, tags }, subject: undefined };
}
