/**
 * Whose word counts for a channel (SPEC 5). The most definite subject that says anything decides as a whole: the
 * channel, its peer, its tags in alphabetical order, then `default:private` and `default:new`. Tags alone say
 * nothing: they choose which default counts. What the hive said of a peer counts after everything that the operator
 * said of it, its tags included, and not at all where the hive is refused (SPEC 8).
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
export type HeldPolicy = Pick<PolicyLayer, 'policy' | 'rules'> & Partial<Pick<PolicyLayer, 'by'>>;

/** `held` by the names of subjects. `hiveObeyed` false: its policies are as if nobody had said them. */
export function effectivePolicy(
  facts: PolicyFacts,
  held: (name: string) => HeldPolicy | undefined,
  hiveObeyed = true,
): Ruling {
  const own: readonly PolicySubject[] = [{ channelId: facts.channelId }, { peerId: facts.peerId }];
  const tags = [...new Set(own.flatMap((one) => held(subjectName(one))?.policy.tags ?? []))];
  const defaults: readonly PolicySubject[] = [
    ...(facts.announced ? [] : [{ fallback: 'private' as const }]),
    ...(facts.isNew ? [{ fallback: 'new' as const }] : []),
  ];
  const said = ofOperator([...own, ...tags.toSorted().map((tag) => ({ tag }))], held);
  const general = ofOperator(defaults, held);
  const hive = hiveObeyed ? ofHive(facts.peerId, held) : undefined;
  const word = said ?? hive ?? general;
  if (word === undefined) return { policy: { ...DYNAMIC, tags }, subject: undefined };
  // The fleet names a price. What may be rebalanced stays with the operator's defaults.
  const mode = word === hive ? modeOf(general?.policy) : word.policy.mode;
  return { policy: { ...word.policy, mode, tags }, subject: word.subject };
}

const modeOf = (policy: Policy | undefined): Policy['mode'] =>
  policy?.strategy === 'passive' ? 'disabled' : policy?.mode;

type Word = { readonly policy: Policy; readonly subject: PolicySubject };
type Held = (name: string) => HeldPolicy | undefined;

/** The first of them that anybody but the hive said something of. */
function ofOperator(subjects: readonly PolicySubject[], held: Held): Word | undefined {
  for (const subject of subjects) {
    const found = held(subjectName(subject));
    if (found?.rules && found.by !== 'hive') return { policy: found.policy, subject };
  }
  return undefined;
}

/** Its `dynamic` only says that the peer is nothing special any more. */
function ofHive(peerId: NodeId, held: Held): Word | undefined {
  const found = held(subjectName({ peerId }));
  return found?.rules && found.by === 'hive' && found.policy.strategy === 'hive'
    ? { policy: found.policy, subject: { peerId } }
    : undefined;
}
