/** What jobs came to: records, prices, costs, shocks; and what is forgotten (SPEC 2.5, 4.3, 4.5, 4.9, 6.1). */
import { beforeEach, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, msat } from '../../../src/core/units.ts';
import type { JobOutcome, NewJob, SpendStore } from '../../../src/ports/spending.ts';
import { channelId, nodeId } from '../../../src/sqlite/forward-world.testing.ts';
import { AT, after, jobInto, opened, pairOf, worldStore } from './spend-world.ts';

let spending: SpendStore;
let index = 0;
beforeEach(() => {
  const store = worldStore();
  spending = store.spending;
  spending.storeMoves([], 0, AT);
  spending.setMovesComplete();
  index = 0;
  return () => store.close();
});

/** A job from beginning to end at `ms`; with a cost (msat) it moves 100 000 sat. */
function ran(
  outcome: JobOutcome,
  ms: number,
  { cost, ...change }: Partial<NewJob> & { cost?: bigint } = {},
): number {
  const job = jobInto(1, change);
  const id = opened(spending, job, ms);
  if (cost !== undefined) {
    const [from] = job.sources;
    const route = { cost, at: after(ms), to: job.destination, ...(from && { from }) };
    spending.storeMoves(pairOf(`hash ${index}`, index + 1, route), index + 2, after(ms));
    index += 2;
  }
  spending.settle(id, outcome, 'a test says so', after(ms));
  return id;
}
const record = (n: number) => spending.records().get(channelId(n));

test('nothing moved is a failure of the way and, decayed by the hour, of the first source', () => {
  const sources = [channelId(3), channelId(2)];
  ran('nothing moved', 0, { sources });
  ran('nothing moved', HOUR_MS, { sources });
  expect(record(1)).toEqual({
    failures: 2,
    lastFailure: after(HOUR_MS),
    lastSuccess: undefined,
    sourceFailures: 0,
    sourceFailedAt: undefined,
  });
  expect(record(3)).toMatchObject({
    failures: 0,
    sourceFailures: 1.5,
    sourceFailedAt: after(HOUR_MS),
  });
  expect(record(2)).toBeUndefined();
});

test('moved ends the failures; not tried leaves no trace; strayed is a failure', () => {
  ran('nothing moved', 0);
  ran('not tried', 5);
  expect(record(1)).toMatchObject({ failures: 1, lastFailure: AT });
  ran('strayed', 10);
  expect(record(1)).toMatchObject({ failures: 2, lastFailure: after(10) });
  ran('moved', 20, { cost: 1n });
  expect(record(1)).toMatchObject({
    failures: 0,
    lastFailure: after(10),
    lastSuccess: after(20),
  });
  ran('not tried', 30, { destination: channelId(4), destinationPeer: nodeId(4) });
  expect(record(4)).toBeUndefined();
});

it.each(['moved', 'nothing moved', 'strayed', 'not tried'] as const)(
  'a diagnostic that %s is a shock at most, and in nobody’s record',
  (outcome) => {
    ran(outcome, 7, { kind: 'diagnostic', subject: channelId(2) });
    expect(spending.records().size).toBe(0);
    const shocks =
      outcome === 'not tried' ? [] : [{ at: after(7), succeeded: outcome === 'moved' }];
    expect(spending.shocks().get(channelId(2)) ?? []).toEqual(shocks);
    expect(spending.shocks().has(channelId(1))).toBe(false);
  },
);

test('prices: of each peer the last twenty successes, the newest last', () => {
  for (let n = 0; n < 22; n += 1) ran('moved', n, { cost: BigInt(n) * 100_000n });
  ran('nothing moved', 30);
  ran('moved', 31, { cost: 500_000n, destination: channelId(4), destinationPeer: nodeId(4) });
  const prices = spending.paidPpm();
  expect(prices.get(nodeId(1))).toEqual(Array.from({ length: 20 }, (_, n) => (n + 2) * 1000));
  expect(prices.get(nodeId(4))).toEqual([5_000]);
});

test('costs: whole life and 30 days, diagnostics apart, refills of jobs that moved something', () => {
  const month = 30 * DAY_MS;
  ran('moved', 0, { cost: 1_000n });
  ran('moved', 10, { cost: 2_000n, kind: 'manual' });
  ran('moved', 20, { cost: 4_000n, kind: 'hive' });
  ran('moved', 30, { cost: 8_000n, kind: 'diagnostic' });
  ran('nothing moved', 40);
  expect(spending.costs(after(100)).get(channelId(1))).toEqual({
    life: 7_000n,
    last30d: 7_000n,
    diagnostic: 8_000n,
    refills30d: { count: 2, cost: 3_000n, moved: 200_000_000n },
  });
  expect(spending.costs(after(month)).get(channelId(1))).toMatchObject({
    life: 7_000n,
    last30d: 6_000n,
    refills30d: { count: 1, cost: 2_000n },
  });
});

test('finished: what moved something into each channel, the oldest first, diagnostics apart', () => {
  ran('moved', 0, { cost: 1_000n });
  ran('moved', 10, { cost: 2_000n });
  ran('nothing moved', 20);
  ran('moved', 30, { cost: 9n, kind: 'diagnostic' });
  expect(spending.finished(AT)).toEqual(
    new Map([
      [
        channelId(1),
        [
          { endedAt: AT, cost: 1_000n },
          { endedAt: after(10), cost: 2_000n },
        ],
      ],
    ]),
  );
  expect(spending.finished(after(1)).get(channelId(1))).toHaveLength(1);
});

test('retention: what is old by both clocks goes in slices, the sums of a life stay', () => {
  for (let n = 0; n < 5; n += 1) ran('moved', n, { cost: 1_000n });
  ran('nothing moved', 9);
  const old = opened(spending, jobInto(1), 10);
  spending.storeMoves(pairOf('open', index + 1, { at: after(10) }), index + 2, after(10));
  const future = after(500 * DAY_MS);
  // Only the system's clock says so: nothing is old.
  expect(spending.retain(future, 100)).toBe(false);
  expect(spending.jobs(99)).toHaveLength(7);
  spending.keepTime(after(100 * DAY_MS));
  // Only the ledger says so: the same.
  expect(spending.retain(after(100 * DAY_MS), 100)).toBe(false);
  expect(spending.jobs(99)).toHaveLength(7);
  expect(spending.payments({ limit: 99 })).toHaveLength(6);
  let slices = 1;
  while (spending.retain(future, 2)) slices += 1;
  expect(slices).toBeGreaterThan(2);
  expect(spending.jobs(99).map(({ id }) => id)).toEqual([old]);
  expect(spending.payments({ limit: 99 }).map(({ paymentHash }) => paymentHash)).toEqual(['open']);
  expect(spending.costs(future).get(channelId(1))).toMatchObject({ life: 8_000n, last30d: 0n });
  expect(record(1)).toMatchObject({ failures: 1 });
});

test('retention keeps every half payment until its other half can have come', () => {
  const [credit, debit] = pairOf('aa', 1);
  spending.storeMoves([credit], 1, AT);
  spending.keepTime(after(29 * DAY_MS));
  spending.retain(after(900 * DAY_MS), 100);
  expect(spending.storeMoves([debit], 2, after(29 * DAY_MS))).toHaveLength(1);
});

test('an empty memory has nothing to forget', () => {
  const store = worldStore();
  expect(store.spending.retain(AT, 10)).toBe(false);
  expect(store.spending.lastAt()).toBeUndefined();
  expect(store.spending.costs(AT)).toEqual(new Map());
  store.close();
});

test('a spend is in the account for 30 days of the ledger, whatever its cap asks', () => {
  ran('moved', 0, { cost: 1_000n });
  spending.keepTime(after(30 * DAY_MS - 1));
  expect(spending.account().spends).toEqual([
    { destination: channelId(1), kind: 'normal', amount: msat(1_000n), at: AT },
  ]);
  spending.keepTime(after(30 * DAY_MS));
  expect(spending.account().spends).toEqual([]);
});
