/** What may be said in a change of a policy, alone or in a batch (SPEC 5). */
import { z } from 'zod';
import { readInteger } from '../config/read-value.ts';
import { POLICY_MODES, STRATEGIES } from '../core/policy/policy.ts';
import { MAX_EXPIRY_HOURS, MAX_POLICY_PPM, type PolicyPatch } from '../core/policy/policy-patch.ts';
import {
  MAX_TAG,
  MAX_TAGS,
  type PolicySubject,
  parseSubject,
  parseTag,
} from '../core/policy/subject.ts';
import { type NodeId, type Ppm, parseNodeId, ppm } from '../core/units.ts';
import { BadRequest } from '../ports/errors.ts';
import type { RpcContext } from './context.ts';
import { findSubject, labels } from './names.ts';
import { kind, text, wholeNumber, word } from './parameters.ts';

const NONE = 'none';
const clearableRate = (description: string) =>
  kind(
    (raw): Ppm | typeof NONE | undefined => {
      if (typeof raw === 'string' && raw.trim().toLowerCase() === NONE) return NONE;
      const value = readInteger(raw);
      return value !== undefined && value >= 0 && value <= MAX_POLICY_PPM ? ppm(value) : undefined;
    },
    `a whole number from 0 to ${MAX_POLICY_PPM}, or ${NONE}`,
    description,
  );

const asTag = (raw: unknown): string | undefined =>
  typeof raw === 'object' ? undefined : parseTag(String(raw));
const TAG = `1 to ${MAX_TAG} characters without comma`;
export const tagText = (description: string) => kind(asTag, `a tag of ${TAG}`, description);

/** `a,b` or a list; an empty one takes all away. */
const tagList = (description: string) =>
  kind(
    (raw): readonly string[] | undefined => {
      const parts = Array.isArray(raw) ? raw : typeof raw === 'string' ? split(raw) : undefined;
      const tags = parts?.map(asTag);
      if (tags === undefined || tags.length > MAX_TAGS) return undefined;
      return tags.every((tag) => tag !== undefined) ? tags : undefined;
    },
    `at most ${MAX_TAGS} tags of ${TAG}, as a list or with commas between`,
    description,
  );
const split = (raw: string): readonly string[] => (raw.trim() === '' ? [] : raw.split(','));

/** Fields of `set`, and of each update of a batch. */
export const patchParams = {
  strategy: word(
    STRATEGIES,
    'dynamic: the rules decide; static: fee_ppm; passive: hands off; hive',
  ).optional(),
  rebalance: word(POLICY_MODES, 'source_only may be drained, sink_only may be filled').optional(),
  fee_ppm: clearableRate('the price of a static policy; none takes it away').optional(),
  min_ppm: clearableRate('the lowest price of this peer; none takes it away').optional(),
  max_ppm: clearableRate('the highest price of this peer; none takes it away').optional(),
  tags: tagList('all its tags, in place of those before').optional(),
  expires_in_hours: wholeNumber(
    1,
    MAX_EXPIRY_HOURS,
    'after which the policy before it holds again; without it the change is for good',
  ).optional(),
  rebalance_mode: word(POLICY_MODES, 'the same as rebalance').optional(),
  fee_ppm_target: clearableRate('the same as fee_ppm').optional(),
};
const patchSchema = z.object(patchParams);
export type PatchParams = z.output<typeof patchSchema>;

const SUBJECT =
  'peer id, short channel id, channel id, tag:NAME for all who carry it, default:new or default:private';
export const subjectParam = text(SUBJECT);
export const channelParam = text('the same as peer_id, for one channel');

/** Two names of one field: only one may be given. */
function either<Value>(
  [name, value]: readonly [string, Value | undefined],
  [alias, other]: readonly [string, Value | undefined],
): Value | undefined {
  if (value !== undefined && other !== undefined)
    throw new BadRequest(alias, `is another name of ${name}, which is given too`);
  return value ?? other;
}

export const patchOf = (params: PatchParams): PolicyPatch => ({
  strategy: params.strategy,
  mode: either(['rebalance', params.rebalance], ['rebalance_mode', params.rebalance_mode]),
  feePpm: either(['fee_ppm', params.fee_ppm], ['fee_ppm_target', params.fee_ppm_target]),
  minPpm: params.min_ppm,
  maxPpm: params.max_ppm,
  tags: params.tags,
  expiresInHours: params.expires_in_hours,
});

export type NamedSubject = {
  readonly subject: PolicySubject;
  /** Of a channel: its peer; of a peer: itself. */
  readonly peerId: NodeId | undefined;
};

/** A peer need not have a channel with us yet; a channel must be known. Throws BadRequest naming the field. */
export function policySubject(
  context: RpcContext,
  given: { readonly peer_id?: string | undefined; readonly channel_id?: string | undefined },
): NamedSubject {
  const asked = either(['peer_id', given.peer_id], ['channel_id', given.channel_id]);
  const field =
    given.peer_id === undefined && given.channel_id !== undefined ? 'channel_id' : 'peer_id';
  if (asked === undefined) throw new BadRequest(field, `is missing: ${SUBJECT}`);
  const named = parseSubject(asked.trim());
  if (named && !('channelId' in named || 'peerId' in named))
    return { subject: named, peerId: undefined };
  const peerId = parseNodeId(asked.trim().toLowerCase());
  if (peerId !== undefined) return { subject: { peerId }, peerId };
  const found = findSubject(context, field, asked);
  return found.kind === 'peer'
    ? { subject: { peerId: found.peerId }, peerId: found.peerId }
    : { subject: { channelId: found.channelId }, peerId: labels(context)(found.channelId).peerId };
}
