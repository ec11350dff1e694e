/** What the deprecated methods share: the peer they are about, and their one act. */
import { IGNORED_TAG, ignoredPatch } from '../core/policy/ignored-peers.ts';
import type { PolicyPatch } from '../core/policy/policy-patch.ts';
import { type NodeId, parseNodeId } from '../core/units.ts';
import type { RpcContext } from './context.ts';
import { kind } from './parameters.ts';
import { type Applied, applyOrders } from './policy-acts.ts';

/** These took a peer and nothing else. */
export const peerParam = kind(
  (raw): NodeId | undefined =>
    typeof raw === 'string' ? parseNodeId(raw.trim().toLowerCase()) : undefined,
  'a peer id: 66 hex digits, beginning with 02 or 03',
  'peer id',
);

export const deprecation = (instead: string): string => `DEPRECATED: Use '${instead}' instead.`;

export const ignoring = (reason: string): PolicyPatch => ignoredPatch(IGNORED_TAG, reason);

/** One change of one peer's policy, or its end. Throws BadRequest naming the parameter. */
export function change(
  context: RpcContext,
  peerId: NodeId,
  patch: PolicyPatch | undefined,
  check: boolean,
): Applied {
  const who = { subject: { peerId }, peerId };
  const order =
    patch === undefined
      ? { ...who, action: 'delete' as const }
      : { ...who, action: 'set' as const, patch };
  return applyOrders(context, [order], 'operator', check, (_, field) => field);
}
