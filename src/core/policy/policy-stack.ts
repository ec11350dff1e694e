/**
 * What a subject was given, layer upon layer (SPEC 5). A policy with an end lies on the ones before and gives way to
 * them; a change for good goes through every layer, so that it holds now and in whatever returns later.
 */
import type { UnixMs } from '../units.ts';
import { DYNAMIC, type Policy } from './policy.ts';

/** Who said so. `expiry` only appears in the log. */
export const POLICY_AUTHORS = ['operator', 'hive', 'set-fee', 'undo', 'import', 'expiry'] as const;
export type PolicyAuthor = (typeof POLICY_AUTHORS)[number];

export type PolicyLayer = {
  readonly policy: Policy;
  /** False: nothing but tags was said of the subject, so the defaults rule it. */
  readonly rules: boolean;
  readonly by: PolicyAuthor;
  /** When it was last changed. */
  readonly at: UnixMs;
};
/** From the oldest to the newest; empty: nothing is said. Only the first may be without an end. */
export type PolicyStack = readonly PolicyLayer[];

/** A chain of ends longer than this is no plan of anybody's. */
export const MAX_LAYERS = 16;

const isOver = ({ policy: { expiresAt } }: PolicyLayer, at: UnixMs): boolean =>
  expiresAt !== undefined && expiresAt <= at;

export const liveLayers = (stack: PolicyStack, at: UnixMs): PolicyStack =>
  stack.filter((layer) => !isOver(layer, at));

/** Without what is over; a rest that says nothing goes, too. */
export const afterExpiry = (stack: PolicyStack, at: UnixMs): PolicyStack =>
  tidied(liveLayers(stack, at));

/** The layer that holds at a moment; undefined: none. */
export const holding = (stack: PolicyStack, at: UnixMs): PolicyLayer | undefined =>
  stack.findLast((layer) => !isOver(layer, at));

/** A layer with an end, on top. Those that end before it could never show again and go. */
export const overlaid = (stack: PolicyStack, layer: PolicyLayer, until: UnixMs): PolicyStack => [
  ...stack.filter(({ policy }) => policy.expiresAt === undefined || policy.expiresAt > until),
  layer,
];

/** `change` goes through all layers; below those with an end there is then one without. */
export function changedForGood(
  stack: PolicyStack,
  change: (layer: PolicyLayer) => PolicyLayer,
  ground: Pick<PolicyLayer, 'by' | 'at'>,
): PolicyStack {
  const hasGround = stack.some(({ policy }) => policy.expiresAt === undefined);
  const whole = hasGround ? stack : [{ policy: DYNAMIC, rules: false, ...ground }, ...stack];
  return tidied(whole.map(change));
}

/** Without the layers that say nothing at all, when no other is left. */
const tidied = (stack: PolicyStack): PolicyStack =>
  stack.every(({ rules, policy }) => !rules && policy.tags.length === 0) ? [] : stack;

/** The same word said twice has the same end, give or take the time between. */
const SAME_END_MS = 60_000;

function sameEnd(one: UnixMs | undefined, other: UnixMs | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) < SAME_END_MS;
}

/** Whether two policies say the same. */
export const samePolicy = (one: Policy, other: Policy): boolean =>
  one.strategy === other.strategy &&
  one.mode === other.mode &&
  one.feePpm === other.feePpm &&
  one.minPpm === other.minPpm &&
  one.maxPpm === other.maxPpm &&
  one.tags.length === other.tags.length &&
  one.tags.every((tag, i) => tag === other.tags[i]) &&
  sameEnd(one.expiresAt, other.expiresAt);

/** Whether two stacks say the same, whoever said it and when. */
export const sameStack = (one: PolicyStack, other: PolicyStack): boolean =>
  one.length === other.length &&
  one.every((layer, i) => {
    const twin = other[i];
    return twin && layer.rules === twin.rules && samePolicy(layer.policy, twin.policy);
  });
