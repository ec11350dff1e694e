/** From orders to what the store is to write: nothing is written here, and identical orders come to nothing. */
import { type PolicyPatch, patched } from '../core/policy/policy-patch.ts';
import {
  liveLayers,
  type PolicyAuthor,
  type PolicyLayer,
  type PolicyStack,
  sameStack,
} from '../core/policy/policy-stack.ts';
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
    const { below, above } = by === 'hive' ? apart(before, at) : { below: before, above: [] };
    const changed = wanted(below, order, by, at);
    if ('field' in changed) return { kind: 'refused', index, ...changed };
    const after = { stack: [...changed.stack, ...above] };
    if (sameStack(before, after.stack)) continue;
    const denied = by === 'hive' ? notForTheHive(subject, below) : undefined;
    if (denied !== undefined) return { kind: 'denied', index, because: denied };
    pending.set(name, after.stack);
    writes.push({ subject, peerId, action, by, stack: after.stack });
  }
  return { kind: 'planned', writes };
}

/**
 * What the operator said for a time lies on top of what the hive says meanwhile: a peer that it lets go in that time
 * must not be its member again at the end.
 */
function apart(stack: PolicyStack, at: UnixMs) {
  const live = liveLayers(stack, at);
  const isPassing = ({ rules, by, policy }: PolicyLayer): boolean =>
    rules && by !== 'hive' && policy.expiresAt !== undefined;
  const from = live.findIndex(isPassing);
  return from < 0
    ? { below: live, above: [] }
    : { below: live.slice(0, from), above: live.slice(from) };
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
