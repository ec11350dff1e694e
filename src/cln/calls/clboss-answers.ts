/** What clboss answers (0.15.1); fields of a later version are no problem, wrong types are garbage. */
import { z } from 'zod';
import type { Tags } from '../../core/neighbours/clboss-tags.ts';
import { type NodeId, parseNodeId } from '../../core/units.ts';
import { RetryLater } from '../../ports/errors.ts';
import { readAnswer } from './read-answer.ts';

/** `lnfee`, `balance`, `open`, `close`, or a later one. Never anything a shell would understand: tags are printed for operators. */
const TAG = /^[A-Za-z][\w-]{0,31}$/;
/** Far more than any node has peers; more is somebody filling our memory. */
const MOST_PEERS = 20_000;

const status = z.object({ unmanaged: z.record(z.string(), z.unknown()) });
const done = z.object({});

/**
 * By peer, from `"balance, lnfee"`. All or nothing: on a set that was read wrongly the operator's tags would be lost.
 * Beside the peers there is a comment for people.
 */
export function readUnmanaged(answer: unknown): ReadonlyMap<NodeId, Tags> {
  const { unmanaged } = readAnswer(status, 'clboss-status', answer);
  const rows = Object.entries(unmanaged).flatMap(([name, value]) => {
    const peerId = parseNodeId(name);
    return peerId === undefined ? [] : [[peerId, tagsOf(value)] as const];
  });
  if (rows.length > MOST_PEERS)
    throw new RetryLater(`clboss-status names ${rows.length} peers: that cannot be`);
  return new Map(rows);
}

function tagsOf(value: unknown): Tags {
  if (typeof value !== 'string') throw new RetryLater('clboss-status: tags that are no text');
  const words = value.split(',').map((word) => word.trim());
  const tags = [...new Set(words.filter((word) => word !== ''))];
  if (tags.some((tag) => !TAG.test(tag)))
    throw new RetryLater('clboss-status: a tag that cannot be one');
  return tags;
}

/** It says `{}`; anything else but an object is not its answer. */
export const readTagsSet = (method: string, answer: unknown): void => {
  readAnswer(done, method, answer);
};
