/**
 * A change of a policy: only what is named changes (SPEC 5; the hive names the strategy alone and expects the rest
 * to stay). What comes out must make sense in every layer it touches, else nothing changes.
 */
import { HOUR_MS, laterBy, type Ppm, type UnixMs } from '../units.ts';
import { DYNAMIC, type Policy, type PolicyMode, type Strategy } from './policy.ts';
import {
  changedForGood,
  holding,
  liveLayers,
  MAX_LAYERS,
  overlaid,
  type PolicyAuthor,
  type PolicyLayer,
  type PolicyStack,
} from './policy-stack.ts';
import { MAX_TAG, MAX_TAGS, parseTag } from './subject.ts';

/** SPEC 5. */
export const MAX_EXPIRY_HOURS = 720;
/** Ten per cent, as `max_fee_ppm` and the ancestor's target. */
export const MAX_POLICY_PPM = 100_000;

/** Left out: stays as it is. `none` takes a number away. */
export type PolicyPatch = {
  readonly strategy?: Strategy | undefined;
  readonly mode?: PolicyMode | undefined;
  readonly feePpm?: Ppm | 'none' | undefined;
  readonly minPpm?: Ppm | 'none' | undefined;
  readonly maxPpm?: Ppm | 'none' | undefined;
  /** All of them, replacing those before. */
  readonly tags?: readonly string[] | undefined;
  readonly addTag?: string | undefined;
  readonly dropTag?: string | undefined;
  /** Given: on top of what holds, for so long. Left out: for good. */
  readonly expiresInHours?: number | undefined;
};

export type PatchField =
  | 'strategy'
  | 'fee_ppm'
  | 'min_ppm'
  | 'max_ppm'
  | 'tags'
  | 'tag'
  | 'expires_in_hours';
export type PatchResult =
  | { readonly kind: 'changed'; readonly stack: PolicyStack }
  | { readonly kind: 'refused'; readonly field: PatchField; readonly because: string };

const refused = (field: PatchField, because: string): PatchResult => ({
  kind: 'refused',
  field,
  because,
});

/** What the stack is after the patch. Layers that are over are gone then. */
export function patched(
  stack: PolicyStack,
  patch: PolicyPatch,
  by: PolicyAuthor,
  at: UnixMs,
): PatchResult {
  const wrong = unfit(patch);
  if (wrong) return wrong;
  const live = liveLayers(stack, at);
  const rules = saysSomething(patch);
  const change = (layer: PolicyLayer): PolicyLayer => ({
    policy: merged(layer.policy, patch),
    rules: layer.rules || rules,
    by: rules ? by : layer.by,
    at,
  });
  const after =
    patch.expiresInHours === undefined
      ? changedForGood(live, change, { by, at })
      : onTop(live, change, laterBy(at, patch.expiresInHours * HOUR_MS), by, at);
  if (after.length > MAX_LAYERS)
    return refused(
      'expires_in_hours',
      `${MAX_LAYERS} policies wait to return one after another already`,
    );
  for (const { policy } of after) {
    const senseless = contradiction(policy);
    if (senseless) return senseless;
  }
  return { kind: 'changed', stack: after };
}

/** Tags alone choose defaults; everything else rules. */
export const saysSomething = ({ strategy, mode, feePpm, minPpm, maxPpm }: PolicyPatch): boolean =>
  [strategy, mode, feePpm, minPpm, maxPpm].some((wish) => wish !== undefined);

function onTop(
  live: PolicyStack,
  change: (layer: PolicyLayer) => PolicyLayer,
  until: UnixMs,
  by: PolicyAuthor,
  at: UnixMs,
): PolicyStack {
  const below = holding(live, at) ?? { policy: DYNAMIC, rules: false, by, at };
  const { policy, ...rest } = change(below);
  return overlaid(live, { ...rest, by, policy: { ...policy, expiresAt: until } }, until);
}

function merged(policy: Policy, patch: PolicyPatch): Policy {
  return {
    strategy: patch.strategy ?? policy.strategy,
    mode: patch.mode ?? policy.mode,
    feePpm: rate(policy.feePpm, patch.feePpm),
    minPpm: rate(policy.minPpm, patch.minPpm),
    maxPpm: rate(policy.maxPpm, patch.maxPpm),
    tags: tagsAfter(policy.tags, patch),
    expiresAt: policy.expiresAt,
  };
}

const rate = (before: Ppm | undefined, wish: Ppm | 'none' | undefined): Ppm | undefined =>
  wish === 'none' ? undefined : (wish ?? before);

function tagsAfter(
  before: readonly string[],
  { tags, addTag, dropTag }: PolicyPatch,
): readonly string[] {
  const kept = (tags ?? before).filter((tag) => tag !== dropTag);
  return [...new Set(addTag === undefined ? kept : [...kept, addTag])];
}

function unfit(patch: PolicyPatch): PatchResult | undefined {
  const { expiresInHours: hours } = patch;
  if (hours !== undefined && !(Number.isInteger(hours) && hours >= 1 && hours <= MAX_EXPIRY_HOURS))
    return refused('expires_in_hours', `must be a whole number from 1 to ${MAX_EXPIRY_HOURS}`);
  for (const [field, value] of [
    ['fee_ppm', patch.feePpm],
    ['min_ppm', patch.minPpm],
    ['max_ppm', patch.maxPpm],
  ] as const)
    if (typeof value === 'number' && !isRate(value))
      return refused(field, `must be a whole number from 0 to ${MAX_POLICY_PPM}`);
  const must = `must have 1 to ${MAX_TAG} characters, without comma or control characters`;
  if (patch.addTag !== undefined && parseTag(patch.addTag) !== patch.addTag)
    return refused('tag', must);
  if (patch.tags?.some((tag) => parseTag(tag) !== tag)) return refused('tags', `each ${must}`);
  return undefined;
}

const isRate = (value: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= MAX_POLICY_PPM;

/** Why a policy makes no sense; undefined: it does. */
function contradiction({
  strategy,
  feePpm,
  minPpm,
  maxPpm,
  tags,
}: Policy): PatchResult | undefined {
  if (strategy === 'static' && feePpm === undefined)
    return refused('fee_ppm', 'is missing: a static policy needs a price');
  if (minPpm !== undefined && maxPpm !== undefined && minPpm > maxPpm)
    return refused('min_ppm', `${minPpm} is above max_ppm ${maxPpm}`);
  if (tags.length > MAX_TAGS) return refused('tags', `at most ${MAX_TAGS}`);
  return undefined;
}
