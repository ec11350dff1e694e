import type { PolicyPatch } from '../../src/core/policy/policy-patch.ts';
import type { PolicySubject } from '../../src/core/policy/subject.ts';
import type { UnixMs } from '../../src/core/units.ts';
import { planPolicies } from '../../src/cycles/policy-changes.ts';
import type { Store } from '../../src/ports/store.ts';

/** The operator's word, straight into memory. */
export function givePolicy(
  { policies }: Pick<Store, 'policies'>,
  subject: PolicySubject,
  patch: PolicyPatch,
  at: UnixMs,
): void {
  const order = { subject, peerId: undefined, action: 'set' as const, patch };
  const plan = planPolicies(policies, [order], 'operator', at);
  if (plan.kind !== 'planned') throw new Error(plan.because);
  policies.write(plan.writes, at);
}
