/** One page of `listforwards`, checked before it is believed (SPEC 2.2). */
import { RetryLater } from '../ports/errors.ts';
import type { Forward, ForwardIndex } from '../ports/node.ts';
import type { IngestCursors } from '../ports/store.ts';

/** Rows a page: lightningd is deaf for 2.3 ms (facts/cln-scale.md §1). */
export const PAGE_ROWS = 1000;
/** Least rest between two pages. */
const REST_MS = 5;
/** A page that takes longer than this comes from a slow machine, which rests twice as long as it worked. */
const SLOW_PAGE_MS = 20;

export type Page = {
  /** Ascending by the index asked for. */
  readonly rows: readonly Forward[];
  /** Index of the last row; undefined: the page is empty. */
  readonly last: number | undefined;
  /** Nothing follows. */
  readonly short: boolean;
};

/**
 * The first index not read yet. The updated pass begins after the value noted before the first page; rows that
 * were resolved up to then are complete in the created pass.
 */
export function firstUnread(index: ForwardIndex, cursors: IngestCursors): number {
  if (index === 'created') return cursors.created + 1;
  return Math.max(cursors.updated, cursors.hydrationMark ?? 0) + 1;
}

/** Order does not matter, but a row without its index, below the start or twice is no answer to the question: RetryLater. */
export function checkPage(index: ForwardIndex, answer: readonly Forward[], start: number): Page {
  const numbered = answer.map((row) => ({ row, at: numberOf(index, row, start) }));
  numbered.sort((a, b) => a.at - b.at);
  for (const [i, { at }] of numbered.entries())
    if (at === numbered[i + 1]?.at)
      throw new RetryLater(`listforwards answered ${index} index ${at} twice in a page`);
  return {
    rows: numbered.map(({ row }) => row),
    last: numbered.at(-1)?.at,
    short: answer.length < PAGE_ROWS,
  };
}

function numberOf(index: ForwardIndex, row: Forward, start: number): number {
  const at = index === 'created' ? row.createdIndex : row.updatedIndex;
  if (at === undefined || !Number.isSafeInteger(at) || at < start)
    throw new RetryLater(`listforwards answered ${index} index ${at} in a page from ${start}`);
  return at;
}

/** How long the node is left alone after a page that took `pageMs`, given that we were busy for `busyMs` since. */
export function restAfter(pageMs: number, busyMs: number): number {
  const rest = pageMs > SLOW_PAGE_MS ? 2 * pageMs : REST_MS;
  return Math.max(0, rest - busyMs);
}
