/** The ancestor's `ignored_peers` as policies (SPEC 5, migration): left alone in every way, and recognisable. */
import type { Policy } from './policy.ts';
import type { PolicyPatch } from './policy-patch.ts';
import { MAX_TAG, parseTag } from './subject.ts';

/** Marks what came from the old table. */
export const MIGRATED_TAG = 'migrated_ignore';
/** Marks what `revenue-ignore` said. */
export const IGNORED_TAG = 'ignored';

/** `reason`: free text of the operator's; kept as a tag as far as it fits one. */
export function ignoredPatch(
  mark: typeof MIGRATED_TAG | typeof IGNORED_TAG,
  reason: string,
): PolicyPatch {
  return {
    strategy: 'passive',
    mode: 'disabled',
    tags: [...new Set([mark, ...reasonTag(reason)])],
  };
}

function reasonTag(reason: string): readonly string[] {
  const plain = reason.replace(/[\p{Cc}\p{Cs},\s]+/gu, ' ').trim();
  const tag = parseTag(plain.slice(0, MAX_TAG));
  return tag === undefined ? [] : [tag];
}

/** Why a peer is ignored; undefined: it is not, or not by these words. Tags outlive what they came with. */
export function ignoredReason({
  strategy,
  tags,
}: Pick<Policy, 'strategy' | 'tags'>): string | undefined {
  if (strategy !== 'passive') return undefined;
  const mark = tags.find((tag) => tag === IGNORED_TAG || tag === MIGRATED_TAG);
  if (mark === undefined) return undefined;
  return tags.find((tag) => tag !== IGNORED_TAG && tag !== MIGRATED_TAG) ?? 'manual';
}
