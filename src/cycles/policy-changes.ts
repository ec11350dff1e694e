/** From orders to what the store is to write: nothing is written here, and identical orders come to nothing. */
import { type PolicyPatch, patched } from '../core/policy/policy-patch.ts';
import { type PolicyAuthor, type PolicyStack, sameStack } from '../core/policy/policy-stack.ts';
import { type PolicySubject, subjectName } from '../core/policy/subject.ts';
import type { NodeId, UnixMs } from '../core/units.ts';
import type { PolicyStore, PolicyWrite } from '../ports/policies.ts';

export type PolicyOrder = {
  readonly subject: PolicySubject;
  /** The peer of a channel, whose changes of the minute it counts among; undefined: not known. */
  readonly peerId: NodeId | undefined;
} & (
  | { readonly action: 'delete' }
  | { readonly action: 'set' | 'tag' | 'untag'; readonly patch: PolicyPatch }
);

export type PolicyPlan =
  /** Orders that change nothing are left out. */
  | { readonly kind: 'planned'; readonly writes: readonly PolicyWrite[] }
  /** Malformed: which order, which field of it, and why. */
  | {
      readonly kind: 'refused';
      readonly index: number;
      readonly field: string;
      readonly because: string;
    }
  /** The hive may not speak where the operator did (SPEC 8). */
  | { readonly kind: 'denied'; readonly index: number; readonly because: string };

/** One order after the other, each on what the one before left. */
export function planPolicies(
  store: Pick<PolicyStore, 'stack'>,
  orders: readonly PolicyOrder[],
  by: PolicyAuthor,
  at: UnixMs,
): PolicyPlan {
  const pending = new Map<string, PolicyStack>();
  const writes: PolicyWrite[] = [];
  for (const [index, order] of orders.entries()) {
    const { subject, peerId, action } = order;
    const name = subjectName(subject);
    const before = pending.get(name) ?? store.stack(subject);
    const after = wanted(before, order, by, at);
    if ('field' in after) return { kind: 'refused', index, ...after };
    if (sameStack(before, after.stack)) continue;
    const denied = by === 'hive' ? notForTheHive(subject, before) : undefined;
    if (denied !== undefined) return { kind: 'denied', index, because: denied };
    pending.set(name, after.stack);
    writes.push({ subject, peerId, action, by, stack: after.stack });
  }
  return { kind: 'planned', writes };
}

/** Why the hive may not say it; undefined: it may. It speaks for its members, and never over the operator. */
function notForTheHive(subject: PolicySubject, before: PolicyStack): string | undefined {
  if (!('peerId' in subject)) return 'cl-hive sets policies of peers only';
  return before.some((layer) => layer.rules && layer.by !== 'hive')
    ? `the operator's own policy for ${subjectName(subject)} stands: what you say by position replaces it`
    : undefined;
}

type Wanted =
  | { readonly stack: PolicyStack }
  | { readonly field: string; readonly because: string };

function wanted(before: PolicyStack, order: PolicyOrder, by: PolicyAuthor, at: UnixMs): Wanted {
  if (order.action === 'delete') return { stack: [] };
  const { patch, subject } = order;
  const tags = patch.tags ?? patch.addTag ?? patch.dropTag;
  if (tags !== undefined && !('peerId' in subject || 'channelId' in subject))
    return { field: 'peer_id', because: 'only a peer or a channel has tags' };
  const result = patched(before, patch, by, at);
  return result.kind === 'changed'
    ? { stack: result.stack }
    : { field: result.field, because: result.because };
}
