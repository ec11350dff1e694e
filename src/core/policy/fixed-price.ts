/**
 * Rule 0: what a policy alone decides (SPEC 3, rule 0; 5). A fixed price obeys the bounds of its own policy and
 * nothing else: neither the node's minimum and maximum nor a computed floor.
 */
import { type Msat, msat, type Ppm, ppm } from '../units.ts';
import { known } from './effective-bounds.ts';
import type { Policy } from './policy.ts';

export type PolicyPrice =
  | { readonly kind: 'dynamic' }
  | { readonly kind: 'leave'; readonly because: string }
  | {
      readonly kind: 'fixed';
      readonly ppm: Ppm;
      readonly base: Msat;
      readonly binding: string;
      readonly because: string;
    };

/** What the policy says about the price; `dynamic` means: the rules below decide. */
export function policyPrice(
  policy: Policy,
  law: { readonly hiveFeePpm: Ppm; readonly base: Msat },
): PolicyPrice {
  switch (policy.strategy) {
    case 'dynamic':
      return { kind: 'dynamic' };
    case 'passive':
      return { kind: 'leave', because: 'the policy is passive: this price is not ours' };
    case 'hive':
      return {
        kind: 'fixed',
        ppm: law.hiveFeePpm,
        base: msat(0n),
        binding: 'policy: hive',
        because: `a hive peer pays ${law.hiveFeePpm} ppm and no base fee, under no floor`,
      };
    case 'static':
      return staticPrice(policy, law.base);
  }
}

function staticPrice(policy: Policy, base: Msat): PolicyPrice {
  const wanted = policy.feePpm;
  if (wanted === undefined || !Number.isFinite(wanted) || wanted < 0)
    return {
      kind: 'leave',
      because: 'the policy is static but names no price: nothing is changed',
    };
  const least = known(policy.minPpm) ?? 0;
  const most = Math.max(least, known(policy.maxPpm) ?? Number.MAX_SAFE_INTEGER);
  const rate = ppm(Math.min(most, Math.max(least, wanted)));
  const because =
    rate === wanted
      ? `the policy pins ${rate} ppm`
      : `the policy pins ${wanted} ppm, its own bounds make it ${rate} ppm`;
  return { kind: 'fixed', ppm: rate, base, binding: 'policy: static', because };
}
