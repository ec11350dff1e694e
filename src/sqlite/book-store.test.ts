/** The books in SQLite (SPEC 6): what closes, what comes late, and what the node's own records make of it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_COSTS, type PeriodSums } from '../core/books/period.ts';
import { DAY_MS, msat, parseScid, ppm, unixMs } from '../core/units.ts';
import type { IncomeRow } from '../ports/chain-records.ts';
import type { Store } from '../ports/store.ts';
import {
  adjustment,
  noon,
  opening,
  paidForward,
  round,
  routed,
  unlooked,
} from './book-world.testing.ts';
import { channel, channelId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const DAY = 20_300;
let store: Store;
beforeEach(() => {
  store = openStore(':memory:', { onProblem: () => undefined });
  store.channels.learn([channel(1), channel(2)], [], noon(DAY));
});
afterEach(() => store.close());

const forwards = (...days: readonly number[]) =>
  store.forwards.storeEvents(
    days.map((day, i) => paidForward(day * 10 + i, { day, from: 1, to: 2, fee: 100 })),
    noon(DAY),
  );
const fail = (): never => {
  throw new Error('malformed test data');
};
const closeTo = (last: number): void => {
  const { books } = store;
  for (let day = (books.closed()?.last ?? (books.oldest() ?? last) - 1) + 1; day <= last; day += 1)
    books.close(unlooked(day));
};
const of = (n: number): PeriodSums | undefined => store.books.channelLives().get(channelId(n));

describe('days', () => {
  test('a late fact changes no closed day and names the one it belongs to', () => {
    forwards(DAY);
    closeTo(DAY + 1);
    const before = store.books.nodeDays(DAY, DAY + 1);
    forwards(DAY, DAY, DAY);
    store.spending.storeMoves(round(1, { at: noon(DAY), from: 1, to: 2, fee: 30 }), 2, noon(DAY));
    expect(store.books.nodeDays(DAY, DAY + 1)).toEqual(before);
    expect(store.books.late(DAY, DAY + 9)).toEqual([
      {
        ...{ bookedOn: DAY + 2, belongsTo: DAY, channelId: channelId(1) },
        ...{ revenue: 0n, assisted: 200n, costs: NO_COSTS },
      },
      {
        ...{ bookedOn: DAY + 2, belongsTo: DAY, channelId: channelId(2) },
        ...{ revenue: 200n, assisted: 0n, costs: { ...NO_COSTS, rebalance: 30n } },
      },
    ]);
    const [today] = store.books.nodeDays(DAY + 2, DAY + 2);
    expect(today).toMatchObject({ closed: false, late: 170n, sums: { revenue: 200n } });
    closeTo(DAY + 2);
    expect(store.books.nodeDays(DAY + 2, DAY + 2)).toEqual([{ ...today, closed: true }]);
  });

  test('a name nobody knew stays one on closed days, whoever gets its key', () => {
    // The last of a stretch whose sums are kept.
    const day = 20_303;
    const out = paidForward(1, { day, from: 1, to: 2, fee: 100 });
    store.forwards.storeEvents([{ ...out, outChannel: 'alias' }], noon(day));
    closeTo(day);
    const before = store.books.channels(day, day);
    const own = channel(2).names;
    store.channels.learn([channel(1), channel(2, { names: [...own, 'alias'] })], [], noon(day));
    store.channels.learn([channel(1), channel(2), channel(3)], [], noon(day));
    expect(store.books.channels(day, day)).toEqual(before);
    expect([...before.keys()]).toEqual([channelId(1), undefined]);
    expect(store.books.channels(day + 1, day + 1).get(channelId(2))?.revenue).toBe(100n);
    expect(store.books.channels(day + 1, day + 1).get(undefined)?.revenue).toBe(-100n);
    expect([...store.books.channelLives().keys()]).toEqual([channelId(1), channelId(2)]);
  });

  test('an import goes on before the first day, and is booked where it belongs', () => {
    forwards(DAY);
    closeTo(DAY);
    const flow = { in: msat(5n), out: msat(4n), fee: msat(1n) };
    store.imports.addDays([{ day: DAY - 3, count: 1, ...flow, channels: [pastDay(DAY - 3)] }]);
    expect(store.books.oldest()).toBe(DAY - 3);
    expect(store.books.closed()).toEqual({ first: DAY, last: DAY });
    expect(store.books.node(DAY - 3, DAY - 1).revenue).toBe(1n);
    expect(store.books.late(0, DAY + 9)).toEqual([]);
  });

  test('only the day that is due can be closed', () => {
    forwards(DAY, DAY + 2);
    for (const day of [DAY - 1, DAY + 1])
      expect(() => store.books.close(unlooked(day))).toThrow(`day ${DAY} is due`);
    closeTo(DAY);
    expect(() => store.books.close(unlooked(DAY))).toThrow(`day ${DAY + 1} is due`);
    expect(store.books.closed()).toEqual({ first: DAY, last: DAY });
  });

  test('what a day was compared with stays as it was', () => {
    const node = {
      source: 'moves',
      routed: msat(9n),
      rebalances: msat(2n),
      other: msat(-1n),
    } as const;
    const compared = { ...unlooked(DAY), node, because: undefined, unexplained: msat(-7n) };
    store.books.close(compared);
    store.books.close(unlooked(DAY + 1));
    expect(store.books.reconciliations(DAY, DAY + 1)).toEqual([compared, unlooked(DAY + 1)]);
  });
});

const pastDay = (day: number) => ({
  ...{ name: channel(2).names[0] ?? '', inCount: 0, in: msat(0n), inFee: msat(0n) },
  ...{ outCount: 1, out: msat(4n), outFee: msat(1n), lastAt: noon(day) },
});

describe('what liquidity cost', () => {
  const job = (kind: 'hive' | 'diagnostic' | 'normal') =>
    store.spending.open(
      {
        ...{ kind, subject: channelId(1), destination: channelId(2), sources: [channelId(1)] },
        ...{ destinationPeer: channel(2).peerId ?? fail(), scid: parseScid('1x1x1') ?? fail() },
        ...{ amount: msat(9_000_000n), chunk: msat(1_000_000n), maxPpm: ppm(900) },
        ...{ cap: msat(50_000n), expectedIncome: msat(0n), expectedLoss: msat(0n) },
        ...{ decisionId: undefined, deadlineMs: 1 },
      },
      () => ({ kind: 'granted', hold: msat(50_000n), because: 'a test' }),
      { wall: noon(DAY), ledger: noon(DAY) },
    ).job?.id ?? fail();
  const pay = (day: number): void => {
    store.spending.storeMoves(round(1, { at: noon(day), from: 1, to: 2, fee: 40 }), 2, noon(day));
  };

  test('a loss for the fleet is a line of its own, and a shock is borne by the channel that is ill', () => {
    const id = job('hive');
    pay(DAY);
    store.spending.settle(id, 'moved', 'done', noon(DAY));
    expect(of(2)?.costs).toEqual({ ...NO_COSTS, hive: 40n });
    job('diagnostic');
    const shock = round(3, { at: noon(DAY + 1), from: 1, to: 2, fee: 7 });
    store.spending.storeMoves(shock, 4, noon(DAY + 1));
    expect(of(1)?.costs).toEqual({ ...NO_COSTS, diagnostic: 7n });
    expect(store.books.node(DAY + 1, DAY + 1).costs).toEqual({ ...NO_COSTS, diagnostic: 7n });
  });

  test('the operator’s word counts on the day it was said, until the node’s record takes its place', () => {
    const id = job('normal');
    store.spending.mark(id, 'unknown', 'nobody knows');
    const when = { wall: noon(DAY + 2), ledger: noon(DAY + 2) };
    expect(store.spending.settleByHand(id, msat(100n), when)).toBe(true);
    const days = () => store.books.nodeDays(DAY, DAY + 2).map(({ sums }) => sums.costs.rebalance);
    expect(days()).toEqual([0n, 0n, 100n]);
    pay(DAY + 1);
    expect(days()).toEqual([0n, 40n, 60n]);
  });

  test('imported costs count before the first payment lightningd tells of, and never twice', () => {
    const past = (day: number, name: string) =>
      store.imports.addCosts([{ channel: name, at: noon(day), cost: msat(11n), moved: msat(1n) }]);
    for (const day of [DAY, DAY + 1, DAY + 2]) past(day, channel(2).names[0] ?? '');
    past(DAY, channel(2).names[0] ?? '');
    past(DAY, 'a name nobody knows');
    const days = () => store.books.nodeDays(DAY, DAY + 2).map(({ sums }) => sums.costs.rebalance);
    expect(days()).toEqual([22n, 11n, 11n]);
    pay(DAY + 2);
    expect(days()).toEqual([22n, 11n, 40n]);
    store.spending.storeMoves(
      round(3, { at: noon(DAY + 1), from: 1, to: 2, fee: 5 }),
      4,
      noon(DAY),
    );
    expect(days()).toEqual([22n, 5n, 40n]);
    past(DAY + 1, channel(1).names[0] ?? '');
    expect(days()).toEqual([22n, 5n, 40n]);
    expect(of(2)?.costs.rebalance).toBe(store.spending.costs(noon(DAY)).get(channelId(2))?.life);
  });
});

describe('the node’s own ledger', () => {
  const read = (last: number, rows: Parameters<Store['spending']['storeMoves']>[0]) =>
    store.spending.storeMoves(rows, last, noon(DAY));
  const MOVES = [
    ...routed(1, noon(DAY), 100),
    ...round(3, { at: noon(DAY), from: 1, to: 2, fee: 30 }),
    adjustment(5, noon(DAY), -4),
  ];
  const LEDGER = { source: 'moves', routed: 100n, rebalances: 30n, other: -4n };

  test('counts the fee of a forward once, what went round, and what nobody explains', () => {
    for (const row of MOVES) read(row.index, [row]);
    read(5, MOVES);
    expect(store.books.nodeLedger(DAY)).toBeUndefined();
    store.spending.setMovesComplete();
    expect(store.books.nodeLedger(DAY)).toEqual(LEDGER);
    expect(store.books.nodeLedger(DAY - 1)).toBeUndefined();
  });

  test('a day is wholly read once a later one was begun', () => {
    read(5, MOVES);
    read(7, routed(6, noon(DAY + 1), 3));
    expect(store.books.nodeLedger(DAY)).toEqual(LEDGER);
    expect(store.books.nodeLedger(DAY + 1)).toBeUndefined();
  });

  test('read anew after a restored node, every row counts once', () => {
    read(5, MOVES);
    store.spending.restartMoves();
    for (const row of MOVES) read(row.index, [row]);
    store.spending.setMovesComplete();
    expect(store.books.nodeLedger(DAY)).toEqual(LEDGER);
    expect(store.books.node(DAY, DAY).costs.rebalance).toBe(30n);
  });

  test('a payment whose halves lie on two sides of midnight is where our books have it', () => {
    const [credit, debit] = round(1, { at: noon(DAY), from: 1, to: 2, fee: 30 });
    if (!credit || !debit) throw new Error('malformed test data');
    read(1, [{ ...credit, at: unixMs((DAY + 1) * DAY_MS - 1) }]);
    read(2, [{ ...debit, at: unixMs((DAY + 1) * DAY_MS) }]);
    store.spending.setMovesComplete();
    for (const day of [DAY, DAY + 1])
      expect(store.books.nodeLedger(day)?.rebalances).toBe(
        store.books.node(day, day).costs.rebalance,
      );
    expect(store.books.node(DAY + 1, DAY + 1).costs.rebalance).toBe(30n);
  });

  test('the first day of the moves is no whole one where forwards are older', () => {
    forwards(DAY - 1);
    read(5, MOVES);
    read(7, routed(6, noon(DAY + 1), 3));
    store.spending.setMovesComplete();
    expect(store.books.nodeLedger(DAY)).toBeUndefined();
    expect(store.books.nodeLedger(DAY + 1)?.routed).toBe(3n);
  });
});

describe('on-chain fees', () => {
  const FEE = { txid: 'aa', at: noon(DAY), channel: channelId(1), fee: 300_000 };
  const open = (n: number) => of(n)?.costs.open;

  test('are booked when all of a transaction is known, on its day, and once', () => {
    const rows = opening(1, FEE);
    store.books.storeChainMoves(rows.slice(0, 2), 2);
    expect(store.books.chainCursor()).toEqual({ index: 2, at: noon(DAY) });
    expect(open(1)).toBeUndefined();
    store.books.storeChainMoves(rows.slice(2), 3);
    expect(open(1)).toBe(300_000n);
    store.books.restartChainMoves();
    expect(store.books.chainCursor()).toEqual({ index: 0, at: undefined });
    for (const [i, row] of rows.toReversed().entries())
      store.books.storeChainMoves([{ ...row, index: i + 1 }], i + 1);
    expect(store.books.node(DAY, DAY).costs).toEqual({ ...NO_COSTS, open: 300_000n });
    expect(store.books.recordedOpening(channelId(1))).toBe(noon(DAY));
    expect(store.books.recordedOpening(channelId(2))).toBeUndefined();
  });

  test('that wait a week for a row are shown, until it comes: what is in no sum is not passed over', () => {
    const rows = opening(1, FEE);
    store.books.storeChainMoves(rows.slice(0, 2), 2);
    store.books.sawBlock(900_000, noon(DAY + 6));
    expect(store.books.oddTransactions()).toEqual([]);
    store.books.sawBlock(900_300, noon(DAY + 8));
    expect(store.books.oddTransactions()).toEqual([
      {
        txid: 'aa',
        at: noon(DAY),
        residual: 4_000_300_000n,
        because: expect.stringMatching(/^it waits: /),
      },
    ]);
    store.books.storeChainMoves(rows.slice(2), 3);
    expect(store.books.oddTransactions()).toEqual([]);
    store.books.storeChainMoves(rows.slice(0, 1), 4);
    expect(store.books.oddTransactions()).toEqual([]);
  });

  test('of a page that dies in the middle are not booked, and its cursor does not move', () => {
    const rows = opening(1, FEE);
    const dying = {
      ...(rows[0] ?? fail()),
      get tag(): string {
        throw new Error('killed here');
      },
    };
    expect(() => store.books.storeChainMoves([...rows, dying], 4)).toThrow('killed here');
    expect(store.books.chainCursor()).toEqual({ index: 0, at: undefined });
    expect(store.books.recordedOpening(channelId(1))).toBeUndefined();
    store.books.storeChainMoves(rows, 3);
    expect(store.books.node(0, DAY + 9).costs).toEqual({ ...NO_COSTS, open: 300_000n });
  });

  test('that cannot be believed are shown and in no sum', () => {
    const [spent, change, made] = opening(1, FEE);
    if (!spent || !change || !made) throw new Error('malformed test data');
    store.books.storeChainMoves([spent, change, made], 3);
    const more = { ...change, index: 4, outpoint: { txid: 'aa', vout: 2 } };
    store.books.storeChainMoves([{ ...more, credit: msat(9_000_000_000n) }], 4);
    expect(store.books.oddTransactions()).toMatchObject([{ txid: 'aa', at: noon(DAY) }]);
    expect(store.books.node(0, DAY + 9).costs).toEqual(NO_COSTS);
  });

  const income = (account: IncomeRow['account'], debit: number, txid = 'bb'): IncomeRow => ({
    ...{ account, txid, tag: 'onchain_fee', credit: msat(0n), debit: msat(BigInt(debit)) },
    ...{ at: noon(DAY), paymentHash: undefined },
  });
  const ours = { kind: 'channel', channelId: channelId(2) } as const;

  test('of bookkeeper are the opening’s first, then splices, then the close’s', () => {
    store.channels.learn([channel(1), channel(2, { openedAt: noon(DAY) })], [], noon(DAY));
    store.books.storeIncome(DAY, [income(ours, 400), income({ kind: 'wallet' }, 9)]);
    store.books.storeIncome(DAY, [income(ours, 400)]);
    store.books.storeIncome(DAY + 1, [income(ours, 50, 'cc')]);
    store.channels.learn([channel(1)], [channel(2)], noon(DAY));
    store.books.storeIncome(DAY + 2, [income(ours, 6, 'dd')]);
    const costs = { ...NO_COSTS, open: 400n, splice: 50n, close: 6n };
    expect(of(2)?.costs).toEqual(costs);
    expect(store.books.channelLives().get(undefined)?.costs.onchain).toBe(9n);
    expect(store.books.node(DAY + 1, DAY + 1).costs.splice).toBe(50n);
  });

  test('of bookkeeper give way to the chain moves of the same transaction', () => {
    store.books.storeIncome(DAY, [income({ kind: 'channel', channelId: channelId(1) }, 77, 'aa')]);
    store.books.storeChainMoves(opening(1, FEE), 3);
    store.books.storeIncome(DAY, [income(ours, 55, 'aa')]);
    expect(store.books.node(0, DAY + 9).costs).toEqual({ ...NO_COSTS, open: 300_000n });
  });

  test('of bookkeeper that no block ever asked for are shown and in no sum', () => {
    store.books.storeIncome(DAY, [income(ours, 1_000_000_001)]);
    expect(store.books.oddTransactions()).toMatchObject([{ txid: 'bb', residual: 1_000_000_001n }]);
    expect(of(2)).toBeUndefined();
  });
});

describe('blocks and snapshots', () => {
  test('of the blocks one in 144 is kept, and the newest', () => {
    for (let height = 1000; height <= 1600; height += 1)
      store.books.sawBlock(height, unixMs(noon(DAY) + height * 1000));
    const at = (height: number) => ({ height, at: unixMs(noon(DAY) + height * 1000) });
    expect(store.books.blocksAround(1599)).toEqual({ below: at(1584), above: at(1600) });
    expect(store.books.blocksAround(1100)).toEqual({ below: at(1008), above: at(1152) });
    expect(store.books.blocksAround(999).below).toBeUndefined();
    expect(store.books.blocksAround(1601).above).toBeUndefined();
  });

  test('the newest gives way too where blocks were not looked at for days', () => {
    for (const height of [1000, 1005, 1600, 1605, 1100, 1110])
      store.books.sawBlock(height, unixMs(noon(DAY) + height * 1000));
    const known = [1004, 1005, 1099, 1109, 1599, 1604].map(
      (height) => store.books.blocksAround(height).above?.height,
    );
    expect(known).toEqual([1100, 1100, 1100, 1600, 1600, 1605]);
  });

  test('of years are thinned in the neighbourhood alone: an old row costs what a new one does', () => {
    const seen = (height: number) =>
      store.books.sawBlock(height, unixMs(noon(DAY) + height * 600_000));
    for (let block = 0; block < 5 * 365; block += 1) seen(600_000 + block * 144);
    const began = performance.now();
    for (let block = 0; block < 200; block += 1) seen(600_070 + block * 144);
    // Milliseconds; looking through all of them for each takes minutes.
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('a block that was seen late dates nothing', () => {
    store.books.sawBlock(500, noon(DAY + 9));
    store.books.sawBlock(700, noon(DAY));
    store.books.sawBlock(600, noon(DAY + 8));
    store.books.sawBlock(0, noon(DAY));
    expect(store.books.blocksAround(650)).toEqual({
      below: undefined,
      above: { height: 700, at: noon(DAY) },
    });
  });

  test('the first snapshot of a day stays', () => {
    const one = {
      ...{ day: DAY, at: noon(DAY), local: msat(1n), remote: msat(2n), onchain: msat(3n) },
      ...{ capacity: msat(4n), pendingCosts: msat(5n), lifetimeRevenue: msat(6n) },
      ...{ lifetimeCost: msat(7n), channels: 8 },
    };
    store.books.snapshot(one);
    store.books.snapshot({ ...one, local: msat(9n) });
    store.books.snapshot({ ...one, day: DAY + 2 });
    expect(store.books.snapshots(DAY, DAY + 1)).toEqual([one]);
  });
});
