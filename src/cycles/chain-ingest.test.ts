import { describe, expect, test } from 'vitest';
import { made, WALLET } from '../../test/doubles/chain-moves.ts';
import { RecordedChain } from '../../test/doubles/chain-records.ts';
import { unixMs } from '../core/units.ts';
import type { ChainMove } from '../ports/chain-records.ts';
import { StoreFailed } from '../ports/store.ts';
import { ChainIngest } from './chain-ingest.ts';

/** Between two slices of a page. */
const BREATH_MS = 2;
const deposits = (count: number, from = 0): ChainMove[] =>
  Array.from({ length: count }, (_, i) =>
    made(`tx${from + i}`, 0, WALLET, 1_000, 'deposit', { at: unixMs((from + i) * 1000) }),
  );

/** A node with so many rows, and books that keep what they are given. */
function world(count: number) {
  const records = new RecordedChain();
  records.record(...deposits(count));
  const kept: ChainMove[] = [];
  /** How many rows were stored at once. */
  const slices: number[] = [];
  const pauses: number[] = [];
  const alerts: string[] = [];
  const books = {
    full: false,
    restarts: 0,
    cursor: { index: 0, at: undefined as ChainMove['at'] | undefined },
    chainCursor: () => books.cursor,
    storeChainMoves(rows: readonly ChainMove[], last: number) {
      if (books.full) throw new StoreFailed('the disk is full');
      kept.push(...rows);
      slices.push(rows.length);
      books.cursor = { index: last, at: rows.at(-1)?.at };
    },
    restartChainMoves() {
      books.restarts += 1;
      kept.length = 0;
      books.cursor = { index: 0, at: undefined };
    },
  };
  const pacer = { pause: async (ms: number) => void pauses.push(ms) };
  const parts = { records, books, pacer, alert: (text: string) => void alerts.push(text) };
  const indexes = () => kept.map(({ index }) => index);
  return {
    records,
    books,
    kept,
    slices,
    indexes,
    pauses,
    alerts,
    ingest: new ChainIngest(parts),
    parts,
  };
}
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

describe('chain moves', () => {
  test('are read page by page with a rest between full pages, each once', async () => {
    const w = world(2500);
    expect(await w.ingest.turn()).toEqual({ kind: 'complete' });
    expect(w.indexes()).toEqual(upTo(2500));
    expect(w.pauses.filter((ms) => ms > BREATH_MS)).toHaveLength(2);
    expect(w.records.asked).toEqual([
      'hasChainMoves',
      'chainMoves 1 1000',
      'chainMoves 1000 1000',
      'chainMoves 1999 1000',
      'chainMoves 2500 1000',
    ]);
  });

  test('are stored a few at a time, with a breath between: nobody waits for a page', async () => {
    const w = world(120);
    await w.ingest.turn();
    expect(w.slices).toEqual([25, 25, 25, 25, 20]);
    expect(w.pauses).toEqual([BREATH_MS, BREATH_MS, BREATH_MS, BREATH_MS]);
    expect(w.books.cursor.index).toBe(120);
  });

  test('the next turn asks for the last row again and takes what is new', async () => {
    const w = world(3);
    await w.ingest.turn();
    w.records.record(...deposits(2, 3));
    expect(await w.ingest.turn()).toEqual({ kind: 'complete' });
    expect(w.indexes()).toEqual(upTo(5));
    expect(w.alerts).toEqual([]);
  });

  test('of a node that has none yet are complete', async () => {
    expect(await world(0).ingest.turn()).toEqual({ kind: 'complete' });
  });

  test('beyond a hundred pages wait for the next turn, and it goes on behind them', async () => {
    const w = world(5);
    w.records.lie = (rows) => rows.slice(0, 2);
    w.records.record(...deposits(200, 5));
    expect(await w.ingest.turn()).toEqual({ kind: 'partly' });
    expect(await w.ingest.turn()).toEqual({ kind: 'partly' });
    expect(await w.ingest.turn()).toEqual({ kind: 'complete' });
    expect(w.indexes()).toEqual(upTo(205));
  });

  test('are none on an older node, and it is asked once', async () => {
    const w = world(3);
    w.records.hasMoves = false;
    expect(await w.ingest.turn()).toEqual({ kind: 'none' });
    expect(await w.ingest.turn()).toEqual({ kind: 'none' });
    expect(w.records.asked).toEqual(['hasChainMoves']);
  });
});

describe('a restored node', () => {
  test.each([
    ['with fewer rows', 1],
    ['with other rows of the same number', 2],
  ])('%s is said, and its rows are read anew', async (_, kept) => {
    const w = world(3);
    await w.ingest.turn();
    w.records.drift(kept, ...deposits(kept === 1 ? 1 : 3, 100));
    expect(await w.ingest.turn()).toEqual({ kind: 'complete' });
    expect([w.books.restarts, w.alerts.length]).toEqual([1, 1]);
    expect(w.alerts[0]).toContain('was the node restored?');
    expect(w.kept).toEqual(w.records.moves);
  });

  test('that shows nothing at all rather does not answer: nothing is forgotten', async () => {
    const w = world(3);
    await w.ingest.turn();
    w.records.moves = [];
    expect(await w.ingest.turn()).toMatchObject({ kind: 'failed' });
    expect([w.books.restarts, w.kept.length, w.alerts]).toEqual([0, 3, []]);
  });

  test('an earlier version that did not note the time of the last row is believed', async () => {
    const w = world(3);
    await w.ingest.turn();
    w.books.cursor = { index: 3, at: undefined };
    expect(await w.ingest.turn()).toEqual({ kind: 'complete' });
    expect(w.books.restarts).toBe(0);
  });
});

describe('a node that lies or is silent', () => {
  test.each<[string, (rows: readonly ChainMove[]) => readonly ChainMove[]]>([
    ['out of order', (rows) => rows.toReversed()],
    ['a row twice', (rows) => rows.flatMap((row) => [row, row])],
    ['before what was asked for', (rows) => rows.map((row) => ({ ...row, index: row.index - 1 }))],
    ['an index that is none', (rows) => rows.map((row) => ({ ...row, index: Number.NaN }))],
  ])('%s: nothing is stored', async (_, lie) => {
    const w = world(3);
    w.records.lie = lie;
    expect(await w.ingest.turn()).toMatchObject({ kind: 'failed' });
    expect([w.kept, w.books.restarts]).toEqual([[], 0]);
  });

  test.each(['hasChainMoves', 'chainMoves'] as const)(
    '%s fails, later it goes on',
    async (call) => {
      const w = world(3);
      w.records.silent.add(call);
      expect(await w.ingest.turn()).toEqual({ kind: 'failed', because: `${call}: no answer` });
      w.records.silent.clear();
      expect(await w.ingest.turn()).toEqual({ kind: 'complete' });
      expect(w.indexes()).toEqual(upTo(3));
    },
  );

  test('one that hangs is waited for, and nothing is stored meanwhile', async () => {
    const w = world(3);
    const { promise, resolve } = Promise.withResolvers<void>();
    w.records.stall = promise;
    const turn = w.ingest.turn();
    await Promise.resolve();
    expect(w.kept).toEqual([]);
    resolve();
    expect(await turn).toEqual({ kind: 'complete' });
    expect(w.indexes()).toEqual(upTo(3));
  });

  test('a disk that is full is thrown, and the rows come again', async () => {
    const w = world(3);
    w.books.full = true;
    await expect(w.ingest.turn()).rejects.toThrow(StoreFailed);
    w.books.full = false;
    await w.ingest.turn();
    expect(w.indexes()).toEqual(upTo(3));
  });
});
