/** Policies as they are shown: the ancestor's fields, and what ours have beyond them. */
import { z } from 'zod';
import { DYNAMIC, POLICY_MODES, type Policy, STRATEGIES } from '../core/policy/policy.ts';
import { POLICY_AUTHORS, type PolicyLayer } from '../core/policy/policy-stack.ts';
import { type PolicySubject, subjectName } from '../core/policy/subject.ts';
import type { ChannelId } from '../core/units.ts';
import type { PolicyChange } from '../ports/policies.ts';
import { rate, seconds, unixSeconds } from './answers.ts';
import type { ChannelLabel } from './names.ts';

const who = {
  subject: z.string().describe('peer id, channel id, tag:NAME, default:new or default:private'),
  peer_id: z.string().optional(),
  channel_id: z.string().optional().describe('64 digits, when it is for one channel'),
  short_channel_id: z.string().optional(),
};
const said = {
  strategy: z.enum(STRATEGIES),
  rebalance_mode: z
    .enum(POLICY_MODES)
    .describe('under passive nothing is rebalanced, whatever it is'),
  fee_ppm_target: rate.nullable(),
  min_ppm: rate.nullable(),
  max_ppm: rate.nullable(),
  tags: z.array(z.string()),
  expires_at: unixSeconds.nullable(),
};

export const policyRow = z.strictObject({
  ...who,
  ...said,
  updated_at: unixSeconds.nullable().describe('null: nothing was ever said'),
  is_expired: z.literal(false).describe('what has expired is not shown any more'),
  set_by: z.enum(POLICY_AUTHORS).optional(),
  rules: z.boolean().describe('false: at most tags were given, so the defaults hold'),
});
export const changeRow = z.strictObject({
  sequence: z.int().describe('1, 2, 3 … without a gap'),
  action: z.enum(['set', 'delete', 'tag', 'untag', 'expire']),
  set_by: z.enum(POLICY_AUTHORS),
  deleted: z
    .boolean()
    .describe('nothing is said of it any more: the fields below are what holds then'),
  ...who,
  ...said,
  updated_at: unixSeconds,
});

export type Labels = (channelId: ChannelId) => ChannelLabel;

function whoOf(subject: PolicySubject, labelOf: Labels): z.input<z.ZodObject<typeof who>> {
  const name = subjectName(subject);
  if ('peerId' in subject) return { subject: name, peer_id: name };
  if (!('channelId' in subject)) return { subject: name };
  const label = labelOf(subject.channelId);
  return {
    subject: name,
    peer_id: label.peerId,
    channel_id: name,
    short_channel_id: label.name === name ? undefined : label.name,
  };
}

const saidOf = (policy: Policy): z.input<z.ZodObject<typeof said>> => ({
  strategy: policy.strategy,
  rebalance_mode: policy.mode ?? 'enabled',
  fee_ppm_target: policy.feePpm ?? null,
  min_ppm: policy.minPpm ?? null,
  max_ppm: policy.maxPpm ?? null,
  tags: [...policy.tags],
  expires_at: policy.expiresAt === undefined ? null : seconds(policy.expiresAt),
});

/** `layer` undefined: nothing is said of it, which reads like the ancestor's default. */
export const policyRowOf = (
  subject: PolicySubject,
  layer: PolicyLayer | undefined,
  labelOf: Labels,
): z.input<typeof policyRow> => ({
  ...whoOf(subject, labelOf),
  ...saidOf(layer?.policy ?? DYNAMIC),
  updated_at: layer === undefined ? null : seconds(layer.at),
  is_expired: false,
  set_by: layer?.by,
  rules: layer?.rules ?? false,
});

export const changeRowOf = (change: PolicyChange, labelOf: Labels): z.input<typeof changeRow> => ({
  sequence: change.sequence,
  action: change.action,
  set_by: change.by,
  deleted: change.policy === undefined,
  ...whoOf(change.subject, labelOf),
  ...saidOf(change.policy ?? DYNAMIC),
  updated_at: seconds(change.at),
});
