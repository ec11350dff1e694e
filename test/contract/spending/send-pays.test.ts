/** Nodes without channel moves: payments from `listsendpays` alone (SPEC 4.7). */
import { beforeEach, expect, it, test } from 'vitest';
import { DAY_MS } from '../../../src/core/units.ts';
import type { SendPay } from '../../../src/ports/payments.ts';
import type { SpendStore } from '../../../src/ports/spending.ts';
import { channelId, nodeId } from '../../../src/sqlite/forward-world.testing.ts';
import {
  AT,
  after,
  jobInto,
  OWN,
  opened,
  pairOf,
  rebalanceOf,
  sendPay,
  worldStore,
} from './spend-world.ts';

let spending: SpendStore;
beforeEach(() => {
  const store = worldStore();
  spending = store.spending;
  spending.storeSendPays([], 0, OWN, AT);
  spending.setMovesComplete();
  return () => store.close();
});
const storeAll = (rows: readonly SendPay[], ledger = after(2_000)) =>
  spending.storeSendPays(rows, rows.at(-1)?.index ?? 0, OWN, ledger);

test('a payment to ourselves in the time of the one open job is the job’s', () => {
  const id = opened(spending, jobInto(1));
  expect(storeAll([sendPay('aa', 1)])).toEqual([rebalanceOf('aa', id)]);
  expect(storeAll([sendPay('aa', 1)])).toEqual([]);
  expect(spending.account()).toMatchObject({
    holds: [{ amount: 17_000n }],
    spends: [{ destination: channelId(1), amount: 3_000n }],
  });
  expect(spending.cursors()).toEqual({ moves: 0, sendPays: 1, complete: true });
});

test('of several sources it is not known which one it left by', () => {
  opened(spending, jobInto(1, { sources: [channelId(2), channelId(3)] }));
  expect(storeAll([sendPay('aa', 1)])).toMatchObject([{ out: undefined, in: channelId(1) }]);
});

test('parts of one hash are one payment', () => {
  const id = opened(spending, jobInto(1));
  storeAll([sendPay('aa', 1)]);
  expect(storeAll([sendPay('aa', 2)])).toMatchObject([{ cost: 6_000n, jobId: id }]);
  expect(spending.payments({ limit: 9 })).toHaveLength(1);
  expect(spending.job(id)).toMatchObject({ spent: 6_000n, payments: 1 });
});

it.each([
  ['to somebody else', { destination: nodeId(5) }],
  ['failed', { status: 'failed' }],
  ['still pending', { status: 'pending' }],
  ['of an invoice', { invoice: true }],
  ['of clboss', { label: 'CLBOSS rebalancing payment, this should automatically get deleted.' }],
] satisfies [string, Partial<SendPay>][])('trap: a payment %s is none', (_, change) => {
  opened(spending, jobInto(1));
  expect(storeAll([sendPay('aa', 1, change)])).toEqual([]);
  expect([spending.knows('aa'), spending.account().spends.length]).toEqual([false, 0]);
});

test('a payment under a label is somebody else’s', () => {
  opened(spending, jobInto(1));
  expect(storeAll([sendPay('aa', 1, { label: 'mine' })])).toMatchObject([
    { jobId: undefined, out: undefined, in: undefined },
  ]);
  expect(spending.account().spends).toEqual([]);
  expect(spending.costs(after(9_000)).size).toBe(0);
});

test('the cursor waits before a pending row, and goes on when it is final', () => {
  opened(spending, jobInto(1));
  storeAll([
    sendPay('aa', 1),
    sendPay('bb', 2, { status: 'pending' }),
    sendPay('cc', 3, { status: 'pending', destination: nodeId(5) }),
    sendPay('dd', 4, { status: 'failed' }),
  ]);
  expect(spending.cursors().sendPays).toBe(1);
  storeAll([sendPay('ee', 5)]);
  expect(spending.cursors().sendPays).toBe(1);
  expect(storeAll([sendPay('bb', 2)])).toHaveLength(1);
  expect(spending.cursors().sendPays).toBe(2);
  storeAll([sendPay('cc', 3, { status: 'failed', destination: nodeId(5) })]);
  expect(spending.cursors().sendPays).toBe(5);
});

test('what was sent before the order is not the order’s', () => {
  storeAll([sendPay('aa', 1, { status: 'pending' })]);
  opened(spending, jobInto(1));
  expect(storeAll([sendPay('aa', 1)])).toMatchObject([{ jobId: undefined }]);
});

test('a late fact of a settled job is booked on it, a later one is not', () => {
  const id = opened(spending, jobInto(1));
  spending.settle(id, 'moved', 'done', after(60_000));
  expect(storeAll([sendPay('aa', 1)], after(DAY_MS))).toMatchObject([{ jobId: id }]);
  const later = sendPay('bb', 2, { createdAt: after(DAY_MS), completedAt: after(DAY_MS) });
  expect(storeAll([later], after(DAY_MS))).toMatchObject([{ jobId: undefined }]);
});

test('without what arrived the whole of it counts if it is a job’s, else nothing is known', () => {
  const bare = { amount: undefined, sent: sendPay('aa', 1).sent };
  expect(storeAll([sendPay('aa', 1, bare)])).toEqual([]);
  opened(spending, jobInto(1));
  expect(storeAll([sendPay('bb', 2, bare)])).toMatchObject([{ cost: 100_003_000n }]);
});

test('of before our time: found in the first pass it counts, on no channel', () => {
  const fresh = worldStore();
  fresh.spending.storeSendPays([sendPay('aa', 1)], 1, OWN, after(2_000));
  expect(fresh.spending.account().spends).toEqual([
    { destination: undefined, kind: 'normal', amount: 3_000n, at: after(1_000) },
  ]);
  fresh.close();
});

test('a node that learns to record channel moves adds the channels to what is booked already', () => {
  const id = opened(spending, jobInto(1, { sources: [channelId(2), channelId(3)] }));
  storeAll([sendPay('aa', 1)]);
  const rows = pairOf('aa', 1, { from: channelId(3) });
  expect(spending.storeMoves(rows, 2, after(3_000))).toMatchObject([
    { out: channelId(3), in: channelId(1), cost: 3_000n, jobId: id },
  ]);
  expect(spending.account().spends).toMatchObject([{ amount: 3_000n }]);
});
