/**
 * What cl-hive answers, as far as we ask. A refusal of its comes inside a successful answer, under `error`; fields of
 * another version are no problem, wrong types are garbage.
 */
import { z } from 'zod';
import { NodeRefused } from '../../ports/errors.ts';
import { HIVE_TIERS, type HiveMembership } from '../../ports/hive.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown } from './wire-values.ts';

/** It says no: the same code as a plugin's own error. */
const SAID_NO = -3;
/** Its words go into a log and an answer: short, and of one line. */
const MOST_WORDS = 200;

const refusal = z.object({ error: z.string() });
const membership = z.object({
  membership: z.object({ tier: ifKnown(z.enum(HIVE_TIERS)) }),
});
/** Whatever else it finds in what we report, it took it or not. */
const recorded = z.object({ recorded: z.boolean() });

/** Throws NodeRefused for a refusal, RetryLater for anything else that is no answer. */
export function readMembership(answer: unknown): HiveMembership {
  throwIfRefused(answer);
  return { tier: readAnswer(membership, 'hive-status', answer).membership.tier };
}

export function readRecorded(answer: unknown): void {
  throwIfRefused(answer);
  const taken = readAnswer(recorded, 'hive-report-rebalance-outcome', answer).recorded;
  if (!taken) throw new NodeRefused('cl-hive did not record it', SAID_NO);
}

function throwIfRefused(answer: unknown): void {
  const read = refusal.safeParse(answer);
  if (!read.success) return;
  const words = read.data.error.replaceAll(/\p{C}/gu, ' ').slice(0, MOST_WORDS);
  throw new NodeRefused(`cl-hive says no: ${words}`, SAID_NO);
}
