/** What the node recorded becomes payments, each booked once and on whom it belongs (SPEC 4.7, 6.1). */
import fc from 'fast-check';
import { beforeEach, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, msat, unixMs } from '../../../src/core/units.ts';
import type { ChannelMove } from '../../../src/ports/payments.ts';
import type { SpendStore } from '../../../src/ports/spending.ts';
import type { Store } from '../../../src/ports/store.ts';
import { channelId, nodeId } from '../../../src/sqlite/forward-world.testing.ts';
import { AT, after, jobInto, opened, pairOf, rebalanceOf, worldStore } from './spend-world.ts';

let store: Store;
let spending: SpendStore;
beforeEach(() => {
  store = worldStore();
  spending = store.spending;
  return () => store.close();
});
const spent = () => spending.account().spends.reduce((sum, { amount }) => sum + amount, 0n);
/** The first pass ended: whatever comes now is not from before our time. */
const begun = () => {
  spending.storeMoves([], 0, AT);
  spending.setMovesComplete();
};

test('a debit and a credit of one hash on two channels are one payment, with the exact fee', () => {
  begun();
  const id = opened(spending, jobInto(1));
  const booked = spending.storeMoves(pairOf('aa', 1), 2, after(2_000));
  const payment = rebalanceOf('aa', id);
  expect(booked).toEqual([payment]);
  expect(spending.payments({ limit: 9 })).toEqual([payment]);
  expect(spending.job(id)).toMatchObject({ moved: 100_000_000n, spent: 3_000n, payments: 1 });
  expect(spending.account().spends).toEqual([
    { destination: channelId(1), kind: 'normal', amount: 3_000n, at: after(2_000) },
  ]);
  expect([spending.knows('aa'), spending.knows('bb')]).toEqual([true, false]);
  expect(spending.cursors()).toEqual({ moves: 2, sendPays: 0, complete: true });
});

test('pages may split a pair, repeat it and come again: it is booked once', () => {
  begun();
  opened(spending, jobInto(1));
  const [credit, debit] = pairOf('aa', 1);
  expect(spending.storeMoves([credit], 1, after(1))).toEqual([]);
  expect(spending.knows('aa')).toBe(false);
  expect(spending.storeMoves([debit], 2, after(2))).toHaveLength(1);
  expect(spending.storeMoves([credit, debit], 2, after(3))).toEqual([]);
  expect(spent()).toBe(3_000n);
  expect(spending.cursors().moves).toBe(2);
});

test('parts that come later change the one row', () => {
  begun();
  const id = opened(spending, jobInto(1));
  spending.storeMoves(pairOf('aa', 1), 2, after(1));
  const again = spending.storeMoves(
    pairOf('aa', 3, { cost: 500n, amount: 7_000_000n, at: after(1_500) }),
    4,
    after(9),
  );
  expect(again).toMatchObject([
    { paymentHash: 'aa', cost: 3_500n, received: 107_000_000n, jobId: id, at: after(1_500) },
  ]);
  expect(spending.payments({ limit: 9 })).toHaveLength(1);
  expect(spending.job(id)).toMatchObject({ moved: 107_000_000n, spent: 3_500n, payments: 1 });
  // The dearer it became the later it is forgotten.
  expect(spending.account().spends).toMatchObject([{ amount: 3_500n, at: after(9) }]);
  expect(spending.costs(after(9)).get(channelId(1))).toMatchObject({ life: 3_500n });
});

it.each([
  ['what is missing is a cost, whatever the fees say', 1_000_000n, 3_000n, 1_003_000n],
  ['the fees are a cost, whatever arrived', -9_000n, 3_000n, 3_000n],
])('%s', (_, short, fees, cost) => {
  begun();
  opened(spending, jobInto(1));
  const [credit, debit] = pairOf('aa', 1, { cost: fees });
  const arrived = { ...credit, credit: msat(credit.credit - short) };
  expect(spending.storeMoves([arrived, debit], 2, after(1))).toMatchObject([{ cost }]);
  expect(spent()).toBe(cost);
});

test('trap: what is only sent, only received, routed or no channel at all is no payment', () => {
  begun();
  const [credit, debit] = pairOf('aa', 1);
  const rows: ChannelMove[] = [
    debit,
    { ...credit, index: 3, paymentHash: 'bb' },
    ...pairOf('cc', 4).map((row) => ({ ...row, tag: 'routed' })),
    ...pairOf('dd', 6).map((row) => ({ ...row, paymentHash: undefined })),
    { ...credit, index: 8, channelId: undefined },
    ...pairOf('ee', 9, { from: channelId(4), to: channelId(4) }),
  ];
  expect(spending.storeMoves(rows, 10, after(1))).toEqual([]);
  expect(spending.payments({ limit: 9 })).toEqual([]);
  expect(spending.cursors().moves).toBe(10);
});

test('a payment of nobody of ours is booked on its channel and is no spend of ours', () => {
  begun();
  opened(spending, jobInto(1));
  const other = pairOf('aa', 1, { from: channelId(5), to: channelId(6) });
  expect(spending.storeMoves(other, 2, after(2_000))).toMatchObject([{ jobId: undefined }]);
  expect(spent()).toBe(0n);
  expect(spending.costs(after(3_000)).get(channelId(6))).toEqual({
    life: 3_000n,
    last30d: 3_000n,
    diagnostic: 0n,
    refills30d: { count: 0, cost: 0n, moved: 0n },
  });
});

test('the backend may deliver on another channel of the same peer, also one just opened', () => {
  begun();
  const id = opened(spending, jobInto(1));
  const parallel = pairOf('aa', 1, { to: channelId(11) });
  expect(spending.storeMoves(parallel, 2, after(1))).toMatchObject([
    { jobId: id, in: channelId(11) },
  ]);
  const fresh = opened(
    spending,
    jobInto(5, { destination: channelId(50), destinationPeer: nodeId(5), sources: [channelId(3)] }),
    2,
  );
  const unlearned = pairOf('bb', 3, { from: channelId(3), to: channelId(50) });
  expect(spending.storeMoves(unlearned, 4, after(3))).toMatchObject([{ jobId: fresh }]);
});

test('what the node had recorded before the order is not the order’s', () => {
  begun();
  spending.storeMoves([pairOf('aa', 1)[0]], 7, AT);
  const id = opened(spending, jobInto(1));
  expect(spending.storeMoves([pairOf('aa', 1)[1]], 7, after(1))).toMatchObject([
    { jobId: undefined },
  ]);
  expect(spending.storeMoves(pairOf('bb', 8), 9, after(2))).toMatchObject([{ jobId: id }]);
});

it.each([
  ['back by three days', -3 * DAY_MS],
  ['on by three days', 3 * DAY_MS],
])('a clock set %s during the job turns no payment into somebody else’s', (_, jump) => {
  begun();
  const id = opened(spending, jobInto(1));
  const rows = pairOf('aa', 1, { at: after(jump) });
  expect(spending.storeMoves(rows, 2, after(60_000))).toMatchObject([{ jobId: id }]);
  spending.settle(id, 'moved', 'done', after(jump + 60_000));
  const late = pairOf('bb', 3, { at: after(-jump) });
  expect(spending.storeMoves(late, 4, after(120_000))).toMatchObject([{ jobId: id }]);
  expect(spent()).toBe(6_000n);
});

it.each([
  ['during the job', 30_000, true],
  ['an hour after its end', 60_000 + HOUR_MS, true],
  ['later than that', 60_001 + HOUR_MS, false],
  ['five seconds before it was noted', -5_000, true],
  ['before that', -5_001, false],
])('a late fact: found a day after the end, stamped %s', (_, stamp, isOurs) => {
  begun();
  const id = opened(spending, jobInto(1));
  spending.settle(id, 'moved', 'done', after(60_000));
  const rows = pairOf('aa', 1, { at: after(stamp) });
  const [payment] = spending.storeMoves(rows, 2, after(DAY_MS));
  expect(payment?.jobId).toBe(isOurs ? id : undefined);
  expect(spent()).toBe(isOurs ? 3_000n : 0n);
});

test('an open job comes before a settled one, and a booked payment stays where it is', () => {
  begun();
  const first = opened(spending, jobInto(1));
  spending.settle(first, 'nothing moved', 'overdue', after(60_000));
  const second = opened(spending, jobInto(1), 120_000);
  const rows = pairOf('aa', 1, { at: after(61_000) });
  expect(spending.storeMoves(rows, 2, after(130_000))).toMatchObject([{ jobId: second }]);
  spending.settle(second, 'moved', 'done', after(140_000));
  const third = opened(spending, jobInto(1), 150_000);
  const part = pairOf('aa', 3, { cost: 1n, at: after(160_000) });
  expect(spending.storeMoves(part, 4, after(160_000))).toMatchObject([{ jobId: second }]);
  expect(spending.job(third)).toMatchObject({ payments: 0, spent: 0n });
});

test('a lost memory does not open the budget anew: what the first pass finds of the week before counts', () => {
  const week = 7 * DAY_MS;
  const rows = [
    ...pairOf('old', 1, { at: after(-week) }),
    ...pairOf('young', 3, { at: after(1 - week), cost: 5_000n }),
    ...pairOf('now', 5, { at: after(60_000), cost: 7_000n }),
  ];
  spending.storeMoves(rows, 6, AT);
  expect(spending.account().spends).toEqual([
    { destination: channelId(1), kind: 'normal', amount: 5_000n, at: after(1 - week) },
    { destination: channelId(1), kind: 'normal', amount: 7_000n, at: AT },
  ]);
  spending.setMovesComplete();
  spending.storeMoves(pairOf('later', 7), 8, after(2_000));
  expect(spent()).toBe(12_000n);
  expect(spending.costs(after(3_000)).get(channelId(1))).toMatchObject({ life: 18_000n });
});

test('payments: of one job, since a moment, the newest first', () => {
  const id = opened(spending, jobInto(1));
  spending.storeMoves(pairOf('aa', 1, { at: after(1) }), 2, after(9));
  spending.storeMoves(pairOf('bb', 3, { at: after(2), from: channelId(7) }), 4, after(9));
  spending.storeMoves(pairOf('cc', 5, { at: after(3) }), 6, after(9));
  const hashes = (filter: Parameters<SpendStore['payments']>[0]) =>
    spending.payments(filter).map(({ paymentHash }) => paymentHash);
  expect(hashes({ limit: 9 })).toEqual(['cc', 'bb', 'aa']);
  expect(hashes({ limit: 1 })).toEqual(['cc']);
  expect(hashes({ limit: 9, since: after(2) })).toEqual(['cc', 'bb']);
  expect(hashes({ limit: 9, jobId: id })).toEqual(['cc', 'aa']);
});

test('however the rows are cut, repeated and late, every msat is booked exactly once', () => {
  const payment = fc.record({
    source: fc.integer({ min: 2, max: 4 }),
    destination: fc.constantFrom(1, 11, 6),
    cost: fc.bigInt({ min: 0n, max: 9_000n }),
    parts: fc.integer({ min: 1, max: 3 }),
  });
  const history = fc.record({
    payments: fc.array(payment, { minLength: 1, maxLength: 6 }),
    cuts: fc.array(fc.nat({ max: 40 }), { maxLength: 8 }),
    repeats: fc.array(fc.nat({ max: 40 }), { maxLength: 8 }),
    settleAfter: fc.nat({ max: 8 }),
  });
  fc.assert(
    fc.property(history, ({ payments, cuts, repeats, settleAfter }) => {
      const world = worldStore();
      const memory = world.spending;
      memory.storeMoves([], 0, AT);
      memory.setMovesComplete();
      const id = opened(memory, jobInto(1, { sources: [channelId(2), channelId(3)] }));
      const all = payments.flatMap(({ source, destination, cost, parts }, n) =>
        Array.from({ length: parts }, (_, part) =>
          pairOf(`hash ${n}`, 1 + 2 * (n * 3 + part), {
            from: channelId(source),
            to: channelId(destination),
            cost,
          }),
        ).flat(),
      );
      const edges = [...new Set([0, ...cuts, all.length])].sort((a, b) => a - b);
      edges.forEach((edge, i) => {
        const page = all.slice(edges[i - 1] ?? 0, edge);
        const old = all.filter((_, n) => n < edge && repeats.includes(n));
        memory.storeMoves([...old, ...page], edge, after(i));
        if (i === settleAfter) memory.settle(id, 'moved', 'done', after(60_000));
      });
      const due = (mine: boolean) =>
        payments
          .filter((p) => (p.source !== 4 && p.destination !== 6) === mine)
          .reduce((sum, { cost, parts }) => sum + cost * BigInt(parts), 0n);
      const life = [...memory.costs(unixMs(AT + DAY_MS)).values()];
      const booked = memory.account().spends.reduce((sum, { amount }) => sum + amount, 0n);
      expect([booked, memory.job(id)?.spent]).toEqual([due(true), due(true)]);
      expect(life.reduce((sum, one) => sum + one.life, 0n)).toBe(due(true) + due(false));
      expect(memory.payments({ limit: 99 })).toHaveLength(payments.length);
      world.close();
    }),
    { numRuns: 150 },
  );
});

test('read anew after its payments were forgotten, a history is booked once for life', () => {
  begun();
  const id = opened(spending, jobInto(1));
  spending.storeMoves(pairOf('aa', 1), 2, after(2_000));
  spending.settle(id, 'moved', 'all arrived', after(3_000));
  const life = () => spending.costs(after(4_000)).get(channelId(1))?.life;
  expect(life()).toBe(3_000n);
  expect(spending.lastMoveAt()).toBe(after(1_000));
  const later = unixMs(AT + 500 * DAY_MS);
  spending.keepTime(later);
  while (spending.retain(later, 100)) {}
  expect(spending.payments({ limit: 9 })).toEqual([]);
  spending.restartMoves();
  expect(spending.cursors()).toMatchObject({ moves: 0, complete: false });
  expect(spending.lastMoveAt()).toBeUndefined();
  expect(spending.storeMoves(pairOf('aa', 1), 2, later)).toEqual([]);
  expect(life()).toBe(3_000n);
  expect(spent()).toBe(0n);
});
