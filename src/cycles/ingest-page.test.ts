import { describe, expect, it, test } from 'vitest';
import { ForwardsNode } from '../../test/doubles/forwards-node.ts';
import { RetryLater } from '../ports/errors.ts';
import type { Forward } from '../ports/node.ts';
import { checkPage, firstUnread, restAfter } from './ingest-page.ts';

const cursors = { created: 5, updated: 8, hydrationMark: 8, hydrated: false };

describe('where to read on', () => {
  it('follows each cursor', () => {
    expect(firstUnread('created', cursors)).toBe(6);
    expect(firstUnread('updated', cursors)).toBe(9);
  });

  it('begins the updated pass after the mark, and never at 0, which would list local failures first', () => {
    expect(firstUnread('updated', { ...cursors, updated: 0 })).toBe(9);
    expect(firstUnread('updated', { ...cursors, updated: 0, hydrationMark: undefined })).toBe(1);
    expect(firstUnread('updated', { ...cursors, updated: 0, hydrationMark: 0 })).toBe(1);
  });
});

describe('a page is checked before it is believed', () => {
  const node = new ForwardsNode();
  const rows = Array.from({ length: 4 }, () => node.offer(1000));
  const indexes = (page: { readonly rows: readonly Forward[] }) =>
    page.rows.map((row) => row.createdIndex);

  it('sorts what came in another order', () => {
    const page = checkPage('created', [...rows].reverse(), 1);
    expect(indexes(page)).toEqual([1, 2, 3, 4]);
    expect(page.last).toBe(4);
  });

  it('ends at a page that is not full', () => {
    expect(checkPage('created', rows, 1).short).toBe(true);
    const full = Array.from({ length: 1000 }, () => node.offer(1));
    expect(checkPage('created', full, 1).short).toBe(false);
    expect(checkPage('created', full.slice(1), 1).short).toBe(true);
    expect(checkPage('created', [], 1)).toEqual({ rows: [], last: undefined, short: true });
  });

  test.each<[string, (row: Forward) => readonly Forward[]]>([
    ['without its index', (row) => [{ ...row, createdIndex: undefined }]],
    ['below the start', (row) => [{ ...row, createdIndex: 1 }]],
    ['with a broken index', (row) => [{ ...row, createdIndex: 2.5 }]],
    ['twice', (row) => [row, row]],
  ])('a row %s is no answer', (_, spoil) => {
    const [, second] = rows;
    const page = spoil({ ...rows[0], ...second } as Forward);
    expect(() => checkPage('created', page, 2)).toThrow(RetryLater);
  });

  it('accepts the start itself', () => {
    expect(indexes(checkPage('created', rows.slice(1), 2))).toEqual([2, 3, 4]);
  });

  it('a row that was never updated has no place in an updated page', () => {
    expect(() => checkPage('updated', rows, 1)).toThrow('updated index undefined');
  });
});

test.each([
  [2, 0, 5],
  [20, 0, 5],
  [21, 0, 42],
  [100, 150, 50],
  [2, 5, 0],
  [2, 30, 0],
  [2, 3, 2],
])(
  'after a page of %i ms and %i ms of our own work the node rests %i ms more',
  (page, busy, rest) => {
    expect(restAfter(page, busy)).toBe(rest);
  },
);
