import { describe, expect, it, test } from 'vitest';
import { NOW, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { DAY_MS, fromSat, msat } from '../core/units.ts';
import type { BooksStatus } from '../cycles/services.ts';
import { booksAnswerOf, booksChecks } from './books-check.ts';

const TODAY = Math.floor(NOW / DAY_MS);
const FINE: BooksStatus = {
  closedUntil: TODAY - 1,
  behind: undefined,
  unexplained: msat(0n),
  oddTransactions: 0,
};

function checks(change: Partial<BooksStatus>) {
  const { context } = rpcWorld();
  const board = { ...context.board, books: () => ({ ...FINE, ...change }) };
  return booksChecks({ ...context, board }).map(({ verdict, finding }) => [verdict, finding]);
}

describe('what the doctor says of the books', () => {
  test.each<[string, Partial<BooksStatus>]>([
    ['yesterday is closed', {}],
    ['yesterday closes soon', { closedUntil: TODAY - 2, behind: 'the next turn closes it' }],
    ['not compared yet', { unexplained: undefined }],
    ['a difference that is tolerated', { unexplained: fromSat(-1000) }],
    ['nothing to close yet', { closedUntil: undefined }],
    ['the history is read', { closedUntil: undefined, behind: 'payments are being read' }],
  ])('nothing is wrong: %s', (_, change) => {
    expect(checks(change)).toEqual([['ok', expect.stringContaining('closed')]]);
  });

  test.each<[string, Partial<BooksStatus>, string]>([
    ['days late', { closedUntil: TODAY - 3, behind: 'forwards are not read' }, 'forwards are not'],
    ['a clock set back', { closedUntil: TODAY + 3, behind: 'it was set back' }, 'set back'],
    ['a difference', { unexplained: msat(1_000_001n) }, '1001 sat between'],
    ['ours beyond the node’s', { unexplained: msat(-1_000_001n) }, '-1001 sat between'],
    ['odd transactions', { oddTransactions: 2 }, '2 on-chain transactions'],
  ])('%s is worth a look', (_, change, words) => {
    expect(checks(change)).toEqual([['attention', expect.stringContaining(words)]]);
  });
});

it('status rounds a difference away from nothing', () => {
  expect(booksAnswerOf({ ...FINE, unexplained: msat(1n) })).toEqual({
    closed_until: new Date(NOW - DAY_MS).toISOString().slice(0, 10),
    behind: undefined,
    unexplained_sats: 1,
    odd_transactions: 0,
  });
  expect(booksAnswerOf({ ...FINE, unexplained: msat(-1n) }).unexplained_sats).toBe(-1);
  expect(booksAnswerOf({ ...FINE, unexplained: undefined }).unexplained_sats).toBeUndefined();
});
