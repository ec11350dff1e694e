/** What is read from the store: failed attempts, windows, single forwards. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS, msat, unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { AT, series, storeOfThree } from './forward-store.testing.ts';
import { channelId, forward, nodeId, scid } from './forward-world.testing.ts';

let store: Store;
beforeEach(() => {
  store = storeOfThree([]);
});
afterEach(() => store.close());

describe('failed attempts', () => {
  const failed = (createdIndex: number, updatedIndex: number | undefined) =>
    forward({ createdIndex, updatedIndex, inHtlcId: BigInt(createdIndex), status: 'failed' });
  const local = (createdIndex: number, change = {}) =>
    forward({
      createdIndex,
      updatedIndex: undefined,
      status: 'local_failed',
      failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE',
      outMsat: undefined,
      feeMsat: undefined,
      resolvedAt: undefined,
      ...change,
    });

  test('are counted once by the pass they belong to', () => {
    store.forwards.beginHydration(5, AT);
    const page = [failed(1, 5), failed(2, 6), local(3)];
    expect(store.forwards.storePage('created', page, 3, AT)).toMatchObject({
      failed: 1,
      localFailed: 1,
    });
    expect(store.forwards.storePage('created', page, 3, AT)).toMatchObject({
      failed: 0,
      localFailed: 0,
    });
    expect(store.forwards.storePage('updated', [failed(2, 6), failed(2, 6)], 6, AT).failed).toBe(1);
    expect(store.forwards.storePage('updated', [failed(1, 5), failed(2, 6)], 6, AT).failed).toBe(0);
    expect(store.forwards.cursors()).toEqual({
      created: 3,
      updated: 6,
      hydrationMark: 5,
      hydrated: false,
    });
  });

  test('for our own lack of liquidity never blame the sender', () => {
    store.forwards.storePage('created', [local(1), failed(2, undefined)], 2, AT);
    expect(store.peers.reputations()).toEqual([
      expect.objectContaining({ peerId: nodeId(1), success: 0, failure: 1 }),
    ]);
  });

  test('for lack of liquidity are missed revenue per pair and UTC day, newest and largest first', () => {
    const day = Math.floor(AT / DAY_MS);
    const rows = [
      local(1),
      local(2, { inMsat: msat(5n) }),
      local(3, { outChannel: scid(3) }),
      local(4, { receivedAt: unixMs((day + 1) * DAY_MS) }),
      local(5, { failReason: 'WIRE_FEE_INSUFFICIENT' }),
    ];
    store.forwards.storePage('created', rows, 5, AT);
    expect(store.forwards.missed(day, 10)).toEqual([
      { day: day + 1, inChannel: scid(1), outChannel: scid(2), count: 1, amount: 1_000_100n },
      { day, inChannel: scid(1), outChannel: scid(2), count: 2, amount: 1_000_105n },
      { day, inChannel: scid(1), outChannel: scid(3), count: 1, amount: 1_000_100n },
    ]);
    expect(store.forwards.missed(day + 1, 10)).toHaveLength(1);
    expect(store.forwards.missed(day, 1)).toHaveLength(1);
  });

  test('old ones become lifetime counts, and nothing is lost', () => {
    store.forwards.storePage('created', [local(1), local(2), failed(3, undefined)], 3, AT);
    const later = unixMs(AT + 400 * DAY_MS);
    while (store.forwards.retain(later, 90, 1));
    expect(store.forwards.counts()).toMatchObject({ failed: 1, localFailed: 2 });
    expect(store.forwards.missed(0, 10)).toEqual([]);
  });
});

describe('windows', () => {
  test('age is counted from now in whole 24 h, exact to the millisecond at every edge', () => {
    const now = unixMs(AT + 7 * DAY_MS + 1_234_567);
    const edges = [0, 1, 2, 6, 7].flatMap((days) =>
      [-1, 0, 1].map((ms) => now - days * DAY_MS + ms),
    );
    store.forwards.storeEvents(
      edges.map((at, i) => forward({ inHtlcId: BigInt(i), resolvedAt: unixMs(at) })),
      now,
    );
    const expected = new Map<number, number>();
    for (const at of edges) {
      const age = Math.floor((now - at) / DAY_MS);
      if (age >= 0 && age < 7) expected.set(age, (expected.get(age) ?? 0) + 1);
    }
    const flows = store.forwards.dayFlows(now, 7).get(channelId(2)) ?? [];
    expect(new Map(flows.map(({ age, count }) => [age, count]))).toEqual(
      new Map([...expected].sort()),
    );
  });

  test('revenue and volume are whole UTC days, today included', () => {
    const today = Math.floor(AT / DAY_MS) * DAY_MS;
    const rows = [0, 1, 29, 30].map((days, i) =>
      forward({ inHtlcId: BigInt(i), resolvedAt: unixMs(today - days * DAY_MS) }),
    );
    store.forwards.storeEvents(rows, AT);
    expect(store.forwards.revenue(AT, 30).get(channelId(2))).toEqual({
      out: 3_000_000n,
      fees: 300n,
    });
    expect(store.forwards.outVolume(AT, 30)).toBe(3_000_000n);
    expect(store.forwards.outVolume(AT, 31)).toBe(4_000_000n);
  });

  test('original 4.1 (the whole window in memory): the answer is a row a channel and day, however many forwards', () => {
    store.forwards.storePage('updated', series(2000), 2000, AT);
    const flows = store.forwards.dayFlows(unixMs(AT + 2 * DAY_MS), 7);
    expect(flows.get(channelId(1))?.length).toBeLessThanOrEqual(7);
    expect(flows.get(channelId(2))?.length).toBeLessThanOrEqual(7);
    expect(flows.get(channelId(2))?.reduce((sum, { count }) => sum + count, 0)).toBe(2000);
  });

  test('original §3 (the roll-up lost the side a forward came in by): both sides outlive the rows', () => {
    store.forwards.storePage('updated', series(100, unixMs(AT - 20 * DAY_MS)), 100, AT);
    store.forwards.setHydrated(AT);
    const before = store.forwards.channelTotals();
    expect(before.get(channelId(1))).toMatchObject({ inCount: 100, outCount: 0 });
    while (store.forwards.retain(AT, 8, 1000));
    expect(store.forwards.counts().settledRows).toBe(1);
    expect(store.forwards.channelTotals()).toEqual(before);
  });

  test('original §3 (8 days of revenue against 30 of costs): 30-day revenue outlives the rows', () => {
    const rows = series(100, unixMs(AT - 20 * DAY_MS));
    store.forwards.storePage('updated', rows, 100, AT);
    store.forwards.setHydrated(AT);
    const before = store.forwards.revenue(AT, 30);
    let slices = 0;
    while (store.forwards.retain(AT, 8, 10)) slices += 1;
    expect(slices).toBeGreaterThan(8);
    // The newest row is as far as the order of the index proves completeness: it stays.
    expect(store.forwards.counts().settledRows).toBe(1);
    expect(store.forwards.revenue(AT, 30)).toEqual(before);
    expect(store.forwards.nodeTotals().forwards).toBe(100);
    expect(store.forwards.storePage('updated', rows, 100, AT)).toMatchObject({
      settled: 0,
      repeated: 100,
    });
  });
});

describe('what is read from single forwards', () => {
  test('sold: in the order stored, with both channels; pages meet without gap or overlap', () => {
    store.forwards.storeEvents([...series(5), forward({ inHtlcId: 99n, outChannel: '1x1x1' })], AT);
    const first = store.forwards.soldAfter(0, 3);
    const second = store.forwards.soldAfter(first.last, 3);
    expect(first.rows).toHaveLength(3);
    expect(first.rows[0]).toEqual({
      outChannelId: channelId(2),
      inChannelId: channelId(1),
      inPeerId: nodeId(1),
      amount: 1_000_000n,
      fee: 100n,
      resolvedAt: AT,
    });
    expect(second.rows.map(({ amount }) => amount)).toEqual([4_000_000n, 5_000_000n]);
    expect(second.last).toBe(store.forwards.newestSequence());
    expect(store.forwards.soldAfter(second.last, 3)).toEqual({ rows: [], last: second.last });
  });

  test('a sequence is never used twice, even after retention took the newest row', () => {
    store.forwards.storePage('updated', series(3), 3, AT);
    store.forwards.storePage(
      'updated',
      [forward({ updatedIndex: 9, status: 'failed', resolvedAt: unixMs(AT + DAY_MS) })],
      9,
      AT,
    );
    store.forwards.setHydrated(AT);
    while (store.forwards.retain(unixMs(AT + 365 * DAY_MS), 90, 10));
    expect(store.forwards.counts().settledRows).toBe(0);
    store.forwards.storeEvents(
      [forward({ inHtlcId: 50n, resolvedAt: unixMs(AT + 2 * DAY_MS) })],
      AT,
    );
    expect(store.forwards.soldAfter(3, 10).rows).toHaveLength(1);
  });

  test('median of the last 100 forwards out, from ten on; fresh after every new one', () => {
    store.forwards.storeEvents(series(9), AT);
    expect(store.forwards.medianAmounts()).toEqual({ byChannel: new Map(), node: 5_000_000n });
    store.forwards.storeEvents(series(11), AT);
    expect(store.forwards.medianAmounts().byChannel).toEqual(new Map([[channelId(2), 6_000_000n]]));
    store.forwards.storeEvents(series(201), AT);
    // 102 … 201 thousand sat: the lower of both middles.
    expect(store.forwards.medianAmounts().byChannel.get(channelId(2))).toBe(151_000_000n);
  });

  test('hold times by out peer: count, mean and sample deviation since a moment', () => {
    store.forwards.storeEvents(series(150), AT);
    const since = unixMs(AT + 10 * 60_000);
    const held = Array.from({ length: 140 }, (_, i) => i + 11);
    const mean = held.reduce((sum, s) => sum + s, 0) / held.length;
    const variance = held.reduce((sum, s) => sum + (s - mean) ** 2, 0) / (held.length - 1);
    const times = store.forwards.holdTimes(since).get(nodeId(2));
    expect(times?.count).toBe(140);
    expect(times?.mean).toBeCloseTo(mean, 9);
    expect(times?.std).toBeCloseTo(Math.sqrt(variance), 6);
  });
});
