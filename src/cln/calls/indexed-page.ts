import { RetryLater } from '../../ports/errors.ts';
import type { NodeCaller } from '../rpc-client.ts';

/**
 * A page by created_index, ascending, from `start` (inclusive). RetryLater when the answer is not that page: a
 * cursor follows its last row, so a page out of order would lose rows for ever.
 */
export async function askPage<Row extends { readonly index: number }>(
  node: NodeCaller,
  method: string,
  read: (answer: unknown) => readonly Row[],
  start: number,
  limit: number,
): Promise<readonly Row[]> {
  const rows = read(await node.call(method, { index: 'created', start, limit }));
  if (rows.length > limit)
    throw new RetryLater(`${method}: ${rows.length} rows, asked for ${limit}`);
  let least = start;
  for (const { index } of rows) {
    if (index < least)
      throw new RetryLater(`${method}: index ${index} where ${least} or more was due`);
    least = index + 1;
  }
  return rows;
}
