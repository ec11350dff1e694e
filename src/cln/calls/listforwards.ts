import { z } from 'zod';
import { RetryLater } from '../../ports/errors.ts';
import type { Forward, ForwardIndex } from '../../ports/node.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { forwardRow } from './forward-row.ts';
import { readAnswer } from './read-answer.ts';

const METHOD = 'listforwards';
const page = z.object({ forwards: z.array(forwardRow) });

/** The whole page or nothing: a row that cannot be read is never skipped, or the totals would be wrong for ever. */
export const readForwards = (answer: unknown): readonly Forward[] =>
  readAnswer(page, METHOD, answer).forwards;

/**
 * A page in ascending order of `index`, from `start` (inclusive). Never filtered: lightningd then scans the
 * whole table and forgets the limit. `index` updated with start 0 begins with every row that has no updated_index.
 */
export async function askForwards(
  node: NodeCaller,
  index: ForwardIndex,
  start: number,
  limit: number,
): Promise<readonly Forward[]> {
  const rows = readForwards(await node.call(METHOD, { index, start, limit }));
  if (rows.length > limit)
    throw new RetryLater(`${METHOD}: ${rows.length} rows, asked for ${limit}`);
  inOrder(rows, index, start);
  return rows;
}

/** A cursor follows the last row, so a page out of order would lose rows. */
function inOrder(rows: readonly Forward[], index: ForwardIndex, start: number): void {
  let last = start;
  for (const row of rows) {
    const at = (index === 'created' ? row.createdIndex : row.updatedIndex) ?? 0;
    if (at < last) throw new RetryLater(`${METHOD}: ${index} index ${at} comes after ${last}`);
    last = at;
  }
}
