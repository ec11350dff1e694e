/** Policies as rows and back. */
import { z } from 'zod';
import { POLICY_MODES, type Policy, STRATEGIES } from '../core/policy/policy.ts';
import {
  POLICY_AUTHORS,
  type PolicyAuthor,
  type PolicyLayer,
} from '../core/policy/policy-stack.ts';
import { type PolicySubject, parseSubject } from '../core/policy/subject.ts';
import { ppm, unixMs } from '../core/units.ts';
import type { PolicyAction, PolicyChange } from '../ports/policies.ts';
import { StoreFailed } from '../ports/store.ts';
import { num, numOr, type Row, text, textOr } from './database.ts';

const ACTIONS: readonly PolicyAction[] = ['set', 'delete', 'tag', 'untag', 'expire'];

const rate = z.int().nonnegative().transform(ppm).optional();
const policyShape = z.strictObject({
  strategy: z.enum(STRATEGIES),
  mode: z.enum(POLICY_MODES).optional(),
  feePpm: rate,
  minPpm: rate,
  maxPpm: rate,
  tags: z.array(z.string()),
  expiresAt: z.int().transform(unixMs).optional(),
});

function policyOf(value: unknown): Policy | undefined {
  const read = policyShape.safeParse(value);
  if (!read.success) return undefined;
  const { strategy, mode, feePpm, minPpm, maxPpm, tags, expiresAt } = read.data;
  return { strategy, mode, feePpm, minPpm, maxPpm, tags, expiresAt };
}

export const policyText = (policy: Policy): string => JSON.stringify(policy);
export const tagsText = (tags: readonly string[]): string => JSON.stringify(tags);

function json(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const author = (value: Row[string] | undefined): PolicyAuthor | undefined =>
  POLICY_AUTHORS.find((one) => one === value);

/** A row nobody can read leaves its subject alone: nothing is decided on what is not known. */
const LEAVE_ALONE: Policy = {
  strategy: 'passive',
  mode: 'disabled',
  feePpm: undefined,
  minPpm: undefined,
  maxPpm: undefined,
  tags: [],
  expiresAt: undefined,
};

/** `problem` hears of a row that cannot be read. */
export function layerOf(row: Row, problem: (sentence: string) => void): PolicyLayer {
  const policy = policyOf({
    strategy: row.strategy,
    mode: textOr(row.mode),
    feePpm: numOr(row.fee_ppm),
    minPpm: numOr(row.min_ppm),
    maxPpm: numOr(row.max_ppm),
    tags: json(text(row.tags)),
    expiresAt: numOr(row.expires_at),
  });
  if (policy === undefined)
    problem(`the policy of ${text(row.subject)} cannot be read: it is left alone until it is set`);
  return {
    policy: policy ?? { ...LEAVE_ALONE, expiresAt: expiry(row) },
    rules: policy === undefined || num(row.rules) === 1,
    by: author(row.author) ?? 'operator',
    at: unixMs(num(row.at)),
  };
}

function expiry(row: Row): Policy['expiresAt'] {
  const at = numOr(row.expires_at);
  return at === undefined ? undefined : unixMs(at);
}

export function subjectOf(name: string): PolicySubject {
  const subject = parseSubject(name);
  if (subject === undefined) throw new StoreFailed('a policy is for nobody we know');
  return subject;
}

export function changeOf(row: Row): PolicyChange {
  const sequence = num(row.sequence);
  const action = ACTIONS.find((one) => one === row.action);
  const by = author(row.author);
  const written = textOr(row.policy);
  const policy = written === undefined ? undefined : policyOf(json(written));
  if (!action || !by || (written !== undefined && policy === undefined))
    throw new StoreFailed(`change ${sequence} of the policies cannot be read`);
  return {
    sequence,
    at: unixMs(num(row.at)),
    subject: subjectOf(text(row.subject)),
    action,
    by,
    policy,
  };
}
