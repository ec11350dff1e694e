import { type ChannelId, type NodeId, parseChannelId, parseNodeId } from '../units.ts';

/**
 * Whom a policy is for (SPEC 5): one channel, a peer, everybody who carries a tag, or channels that are new or
 * unannounced and of which nobody said anything more definite.
 */
export type PolicySubject =
  | { readonly channelId: ChannelId }
  | { readonly peerId: NodeId }
  | { readonly tag: string }
  | { readonly fallback: Fallback };
export type Fallback = 'private' | 'new';
const FALLBACKS: readonly Fallback[] = ['private', 'new'];

/** SPEC 5: tags have at most 64 characters. */
export const MAX_TAG = 64;
/** More on one subject mean nothing to anybody. */
export const MAX_TAGS = 32;

/** Control characters would spoil lists and logs; a comma separates tags. */
const UNFIT = /[\p{Cc}\p{Cs},]/u;

/** undefined: no tag. Blanks around it do not count. */
export function parseTag(text: string): string | undefined {
  const tag = text.trim();
  return tag.length > 0 && tag.length <= MAX_TAG && !UNFIT.test(tag) ? tag : undefined;
}

/** One text a subject, as it is stored, shown and typed. */
export function subjectName(subject: PolicySubject): string {
  if ('channelId' in subject) return subject.channelId;
  if ('peerId' in subject) return subject.peerId;
  return 'tag' in subject ? `tag:${subject.tag}` : `default:${subject.fallback}`;
}

/** undefined: the text names nobody a policy can be for. Short channel ids are for whoever knows the channels. */
export function parseSubject(text: string): PolicySubject | undefined {
  if (text.startsWith('tag:')) {
    const tag = parseTag(text.slice('tag:'.length));
    return tag === undefined ? undefined : { tag };
  }
  const fallback = FALLBACKS.find((one) => text === `default:${one}`);
  if (fallback !== undefined) return { fallback };
  const channelId = parseChannelId(text);
  if (channelId !== undefined) return { channelId };
  const peerId = parseNodeId(text);
  return peerId === undefined ? undefined : { peerId };
}
