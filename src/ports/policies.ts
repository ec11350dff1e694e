/** What was said about peers and channels, and the log of it (SPEC 5). */
import type { Policy } from '../core/policy/policy.ts';
import type { PolicyAuthor, PolicyLayer, PolicyStack } from '../core/policy/policy-stack.ts';
import type { PolicySubject } from '../core/policy/subject.ts';
import type { NodeId, UnixMs } from '../core/units.ts';

export type PolicyAction = 'set' | 'delete' | 'tag' | 'untag' | 'expire';

/** One line of the log: what holds for a subject after a change. */
export type PolicyChange = {
  /** 1, 2, 3 … without a gap. */
  readonly sequence: number;
  readonly at: UnixMs;
  readonly subject: PolicySubject;
  readonly action: PolicyAction;
  readonly by: PolicyAuthor;
  /** undefined: nothing is said of it any more. */
  readonly policy: Policy | undefined;
};

export type PolicyWrite = Pick<PolicyChange, 'subject' | 'action' | 'by'> & {
  /** Whose changes of the minute it counts among (SPEC 5); undefined: the subject's own. */
  readonly peerId: NodeId | undefined;
  /** All that is said of the subject from now on; empty: nothing. */
  readonly stack: PolicyStack;
};

export interface PolicyStore {
  /** The layer that holds at a moment, by the subject's name. */
  held(at: UnixMs): ReadonlyMap<string, PolicyLayer>;
  /** All that is said of a subject, layers that are over included. */
  stack(subject: PolicySubject): PolicyStack;
  /** Subjects with a layer that is over. */
  ended(at: UnixMs): readonly PolicySubject[];
  /** How many subjects have a policy. */
  count(): number;
  /** All of them or none, each with the next number of the log; throws StoreFailed. */
  write(writes: readonly PolicyWrite[], at: UnixMs): readonly PolicyChange[];
  /** Lines after a number, or after a moment; oldest first. */
  changes(
    after: { readonly sequence: number } | { readonly at: UnixMs },
    limit: number,
  ): readonly PolicyChange[];
  /** The numbers of the oldest and the newest line kept; undefined: none yet. */
  logRange(): { readonly first: number; readonly last: number } | undefined;
  /** Changes by command within (from, to], of a peer with its channels or of one other subject. */
  commanded(of: Pick<PolicyWrite, 'subject' | 'peerId'>, from: UnixMs, to: UnixMs): number;
}
