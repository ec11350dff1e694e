/** Holds, ownership and the steps of a job (SPEC 4.6, 4.7). */
import { beforeEach, expect, it, test } from 'vitest';
import type { Account } from '../../../src/core/spending/caps.ts';
import { fromSat, msat } from '../../../src/core/units.ts';
import { Bug } from '../../../src/ports/errors.ts';
import type { SpendStore } from '../../../src/ports/spending.ts';
import type { Store } from '../../../src/ports/store.ts';
import { channelId, nodeId } from '../../../src/sqlite/forward-world.testing.ts';
import { AT, after, jobInto, opened, pairOf, when, worldStore } from './spend-world.ts';

let store: Store;
let spending: SpendStore;
beforeEach(() => {
  store = worldStore();
  spending = store.spending;
  return () => store.close();
});

test('what was ordered is read back whole, and its cap is held', () => {
  const job = jobInto(1, { sources: [channelId(3), channelId(2)], decisionId: 7 });
  const id = opened(spending, job, 5);
  expect(spending.job(id)).toEqual({
    ...job,
    id,
    state: 'ordered',
    createdAt: after(5),
    heldAt: after(5),
    endedAt: undefined,
    outcome: undefined,
    because: undefined,
    moved: 0n,
    spent: 0n,
    payments: 0,
  });
  expect(spending.openJobs()).toEqual([spending.job(id)]);
  expect(spending.account()).toEqual({
    holds: [
      {
        destination: channelId(1),
        kind: 'normal',
        amount: fromSat(20),
        since: after(5),
        unknown: false,
      },
    ],
    spends: [],
  });
  expect(spending.lastAt()).toBe(after(5));
});

test('a diagnostic is held and spent on the channel that is ill, whatever the direction', () => {
  const id = opened(spending, jobInto(1, { kind: 'diagnostic', subject: channelId(2) }));
  spending.storeMoves(pairOf('aa', 1), 2, after(1_000));
  expect(spending.account()).toEqual({
    holds: [expect.objectContaining({ destination: channelId(2), amount: 17_000n })],
    spends: [{ destination: channelId(2), kind: 'diagnostic', amount: 3_000n, at: after(1_000) }],
  });
  expect(spending.costs(after(2_000))).toEqual(
    new Map([
      [channelId(2), expect.objectContaining({ life: 0n, diagnostic: 3_000n, last30d: 0n })],
    ]),
  );
  expect(spending.job(id)).toMatchObject({ spent: 3_000n });
});

test('nothing is written when the judge refuses, and it sees what is held by others', () => {
  opened(spending, jobInto(1));
  let seen: Account | undefined;
  const refused = { kind: 'refused', cap: 'daily', because: 'too much' } as const;
  const answer = spending.open(
    jobInto(3),
    (account) => {
      seen = account;
      return refused;
    },
    when(10),
  );
  expect(answer).toEqual({ grant: refused, job: undefined });
  expect(seen?.holds).toHaveLength(1);
  expect(spending.jobs(10)).toHaveLength(1);
});

it.each([
  ['the same destination', {}],
  ['another channel of its peer', { destination: channelId(11), destinationPeer: nodeId(1) }],
  ['a source of an open job', { destination: channelId(2), destinationPeer: nodeId(2) }],
])('busy: %s is refused before the judge is asked', (_, change) => {
  const id = opened(spending, jobInto(1));
  const judge = () => {
    throw new Error('asked');
  };
  const job = jobInto(1, { sources: [channelId(4)], ...change });
  expect(spending.open(job, judge, when(1)).grant).toMatchObject({ kind: 'refused', cap: 'busy' });
  spending.mark(id, 'unknown', 'no answer');
  expect(spending.open(job, judge, when(1)).grant).toMatchObject({ cap: 'unknown_outcome' });
  spending.settle(id, 'not tried', 'refused', after(2));
  expect(opened(spending, job, 3)).toBeGreaterThan(id);
});

test('the steps of a job: an unknown one keeps its hold, a settled one releases it', () => {
  const id = opened(spending, jobInto(1));
  spending.mark(id, 'running');
  expect(spending.job(id)).toMatchObject({ state: 'running', because: undefined });
  spending.mark(id, 'stopping', 'done');
  spending.mark(id, 'unknown', 'the node does not answer');
  expect(spending.account().holds).toMatchObject([{ amount: fromSat(20), unknown: true }]);
  spending.settle(id, 'nothing moved', 'overdue', after(9));
  expect(spending.account().holds).toEqual([]);
  expect(spending.openJobs()).toEqual([]);
  expect(spending.job(id)).toMatchObject({
    state: 'settled',
    outcome: 'nothing moved',
    because: 'overdue',
    endedAt: after(9),
  });
});

test('a settled job takes no further step, and an unknown id none', () => {
  const id = opened(spending, jobInto(1));
  spending.settle(id, 'moved', 'done', AT);
  expect(() => spending.settle(id, 'moved', 'done', AT)).toThrow(Bug);
  for (const state of ['running', 'stopping', 'unknown'] as const)
    expect(() => spending.mark(id, state)).toThrow(Bug);
  expect(() => spending.mark(id + 1, 'running')).toThrow(Bug);
  expect(spending.job(id + 1)).toBeUndefined();
});

test('the hold shrinks by what is booked, and is never below nothing', () => {
  opened(spending, jobInto(1));
  const held = () => spending.account().holds[0]?.amount;
  spending.storeMoves(pairOf('aa', 1, { cost: 12_345n }), 2, after(1));
  expect(held()).toBe(7_655n);
  spending.storeMoves(pairOf('bb', 3, { cost: 9_000n }), 4, after(2));
  expect(held()).toBe(0n);
});

it.each([
  ['a hold that differs from the cap', {}, fromSat(21)],
  ['a negative cap', { cap: msat(-1n) }, msat(-1n)],
  ['no source', { sources: [] }, fromSat(20)],
  ['nothing to move', { amount: msat(0n) }, fromSat(20)],
])('what would promise money nobody counts is a defect: %s', (_, change, hold) => {
  const judge = () => ({ kind: 'granted', hold, because: '' }) as const;
  expect(() => spending.open(jobInto(1, change), judge, when())).toThrow(Bug);
  expect(spending.account().holds).toEqual([]);
});

test('by hand: only an unknown job, and what the node records later takes the place of the word', () => {
  const id = opened(spending, jobInto(1));
  spending.storeMoves(pairOf('aa', 1, { cost: 3_000n }), 2, after(1_000));
  expect(spending.settleByHand(id, fromSat(10), when(10))).toBe(false);
  expect(spending.settleByHand(77, fromSat(10), when(10))).toBe(false);
  spending.mark(id, 'unknown', 'no answer');
  expect(spending.settleByHand(id, fromSat(10), when(2_000))).toBe(true);
  expect(spending.job(id)).toMatchObject({ state: 'settled', outcome: 'moved', spent: 10_000n });
  const spent = () => spending.account().spends.reduce((sum, one) => sum + one.amount, 0n);
  const life = () => spending.costs(after(5_000)).get(channelId(1));
  expect(spent()).toBe(10_000n);
  expect(life()).toMatchObject({ life: 10_000n, last30d: 10_000n });
  expect(spending.account().holds).toEqual([]);
  spending.storeMoves(pairOf('bb', 3, { cost: 4_000n }), 4, after(3_000));
  expect([spent(), life()?.life]).toEqual([10_000n, 10_000n]);
  spending.storeMoves(pairOf('cc', 5, { cost: 4_000n }), 6, after(4_000));
  expect([spent(), life()?.life, life()?.last30d]).toEqual([11_000n, 11_000n, 11_000n]);
  expect(spending.job(id)).toMatchObject({ spent: 11_000n, payments: 3 });
});

test('by hand: less than the node recorded takes nothing back', () => {
  const id = opened(spending, jobInto(1));
  spending.storeMoves(pairOf('aa', 1, { cost: 3_000n }), 2, after(1_000));
  spending.mark(id, 'unknown', 'no answer');
  spending.settleByHand(id, msat(0n), when(2_000));
  expect(spending.job(id)).toMatchObject({ spent: 3_000n });
  expect(spending.costs(after(3_000)).get(channelId(1))?.life).toBe(3_000n);
});

test('jobs: the newest first, since a moment', () => {
  const ids = [1, 3, 4].map((n, i) => opened(spending, jobInto(n), i * 10));
  expect(spending.jobs(2).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
  expect(spending.jobs(9, after(10)).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
  expect(spending.openJobs().map(({ id }) => id)).toEqual(ids);
});

test('the ledger never goes back, and keeps its time without a job', () => {
  spending.keepTime(after(100));
  spending.keepTime(after(50));
  expect(spending.lastAt()).toBe(after(100));
  const id = opened(spending, jobInto(1), 60);
  expect(spending.job(id)).toMatchObject({ createdAt: after(60), heldAt: after(100) });
  const job = jobInto(3);
  const { grant } = spending.open(
    job,
    () => {
      spending.keepTime(after(200));
      return { kind: 'granted', hold: job.cap, because: '' };
    },
    when(150),
  );
  expect(grant.kind).toBe('granted');
  expect(spending.lastAt()).toBe(after(200));
});
