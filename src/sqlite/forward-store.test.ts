import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, msat, unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { channel, channelId, forward, nodeId, scid } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const AT = unixMs(1_750_000_000_000);
let problems: string[];
let store: Store;
beforeEach(() => {
  problems = [];
  store = openStore(':memory:', { onProblem: (sentence) => problems.push(sentence) });
  store.channels.learn([channel(1), channel(2), channel(3)], [], AT);
});
afterEach(() => store.close());

/** `n` forwards from channel 1 to channel 2, a minute apart, 1 … n thousand sat, held for their number of seconds. */
const series = (n: number, start = AT) =>
  Array.from({ length: n }, (_, i) =>
    forward({
      createdIndex: i + 1,
      updatedIndex: i + 1,
      inHtlcId: BigInt(i),
      inMsat: msat(BigInt(i + 1) * 1_000_000n + 100n),
      outMsat: msat(BigInt(i + 1) * 1_000_000n),
      receivedAt: unixMs(start + i * 60_000 - (i + 1) * 1000),
      resolvedAt: unixMs(start + i * 60_000),
    }),
  );

describe('a settled forward', () => {
  test('original §3 (20,000 duplicates): seen live and read from the node later is one', () => {
    const live = forward({ createdIndex: undefined });
    expect(store.forwards.storeEvents([live, live], AT)).toMatchObject({ settled: 1, repeated: 1 });
    expect(store.forwards.storePage('created', [forward()], 1, AT)).toMatchObject({ repeated: 1 });
    expect(store.forwards.nodeTotals()).toEqual({
      forwards: 1,
      in: 1_000_100n,
      out: 1_000_000n,
      fees: 100n,
    });
  });

  test('original §7 (sum over channels was twice the revenue): counts its fee once on each side', () => {
    store.forwards.storeEvents([forward()], AT);
    const totals = store.forwards.channelTotals();
    expect(totals.get(channelId(1))).toMatchObject({
      fees: 0n,
      assistedFees: 100n,
      inCount: 1,
      outCount: 0,
    });
    expect(totals.get(channelId(2))).toMatchObject({
      fees: 100n,
      assistedFees: 0n,
      inCount: 0,
      outCount: 1,
    });
    expect(store.forwards.nodeTotals().fees).toBe(100n);
  });

  test('original 0b244d4 (equal parts of a payment merged): of equal amounts in the same second is another one', () => {
    const parts = [0n, 1n, 2n].map((inHtlcId) => forward({ inHtlcId }));
    expect(store.forwards.storeEvents(parts, AT).settled).toBe(3);
  });

  test('without its htlc id waits for the page, and is then known by its index and time', () => {
    const nameless = forward({ inHtlcId: undefined });
    expect(store.forwards.storeEvents([nameless], AT).settled).toBe(0);
    expect(store.forwards.storePage('created', [nameless], 1, AT).settled).toBe(1);
    expect(store.forwards.storePage('updated', [nameless], 1, AT).repeated).toBe(1);
  });

  test('keeps amounts beyond 2^53 exact', () => {
    const odd = 9_007_199_254_740_993n;
    const rows = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n].map((inHtlcId) =>
      forward({
        inHtlcId,
        inMsat: msat(999_999_999_999_999n),
        outMsat: msat(odd / 10n),
        feeMsat: msat(1n),
      }),
    );
    store.forwards.storeEvents(rows, AT);
    expect(store.forwards.nodeTotals().out).toBe(12n * (odd / 10n));
    expect(store.forwards.nodeTotals().in).toBe(11_999_999_999_999_988n);
  });

  test.each([
    ['no amount', { outMsat: undefined }],
    ['no fee', { feeMsat: undefined }],
    ['no out channel', { outChannel: undefined }],
    ['a negative fee', { feeMsat: msat(-1n) }],
    ['an impossible amount', { inMsat: msat(2_100_000_000_000_000_000n) }],
  ])(
    'original headline 6 (stored with amounts of 0): with %s is unusable, told, in no sum',
    (_, change) => {
      expect(store.forwards.storePage('created', [forward(change)], 1, AT).settled).toBe(0);
      expect(problems).toEqual([expect.stringContaining('1 settled forward(s)')]);
      expect(store.forwards.counts()).toMatchObject({ settledRows: 0, unusable: 1 });
      expect(store.forwards.nodeTotals().forwards).toBe(0);
      store.forwards.storePage('updated', [forward(change)], 1, AT);
      expect(store.forwards.counts().unusable).toBe(1);
      // Its amounts arrive after all.
      expect(store.forwards.storePage('updated', [forward()], 1, AT).settled).toBe(1);
      expect(store.forwards.counts()).toMatchObject({ settledRows: 1, unusable: 0 });
    },
  );

  test('that is known stays as it is when a repeat lacks its amounts', () => {
    store.forwards.storeEvents([forward()], AT);
    store.forwards.storePage('created', [forward({ feeMsat: undefined })], 1, AT);
    expect(store.forwards.counts()).toMatchObject({ settledRows: 1, unusable: 0 });
    expect(problems).toEqual([]);
  });
});

describe('names learned later', () => {
  test('take their forwards, sums, failures and reputation with them', () => {
    const unknown = { inChannel: scid(8), outChannel: scid(9) };
    store.forwards.storePage(
      'created',
      [
        forward(unknown),
        forward({
          ...unknown,
          createdIndex: 2,
          inHtlcId: 7n,
          status: 'failed',
          updatedIndex: undefined,
        }),
      ],
      2,
      AT,
    );
    expect(store.forwards.counts().unresolved).toBe(2);
    expect(store.forwards.channelTotals().size).toBe(0);
    store.channels.learn(
      [1, 2, 3, 8, 9].map((n) => channel(n)),
      [],
      AT,
    );
    expect(store.forwards.counts()).toMatchObject({ unresolved: 0, failed: 1, settledRows: 1 });
    expect(store.forwards.channelTotals().get(channelId(9))).toMatchObject({
      out: 1_000_000n,
      outCount: 1,
    });
    const flows = store.forwards.dayFlows(unixMs(AT + HOUR_MS), 7);
    expect(flows.get(channelId(8))).toEqual([{ age: 0, in: 1_000_100n, out: 0n, count: 1 }]);
    expect(store.peers.reputations()).toEqual([
      expect.objectContaining({ peerId: nodeId(8), success: 1, failure: 1 }),
    ]);
    expect(store.forwards.storeEvents([forward(unknown)], AT).repeated).toBe(1);
  });

  test('one forward under two of them is one forward in every sum', () => {
    const alias = '160008x7x1';
    store.forwards.storeEvents([forward({ inChannel: scid(8) })], AT);
    store.forwards.storePage('created', [forward({ inChannel: alias })], 1, AT);
    store.channels.learn(
      [1, 2, 8].map((n) => channel(n)),
      [],
      AT,
    );
    expect(store.channels.resolve(alias)).toBe(channelId(8));
    expect(store.forwards.nodeTotals()).toEqual({
      forwards: 1,
      in: 1_000_100n,
      out: 1_000_000n,
      fees: 100n,
    });
    expect(store.forwards.counts().settledRows).toBe(1);
    expect(store.forwards.revenue(AT, 1).get(channelId(2))).toEqual({
      out: 1_000_000n,
      fees: 100n,
    });
    expect(store.peers.reputations()).toEqual([expect.objectContaining({ success: 1 })]);
  });

  test('made-up names somebody asked for do not fill the table', () => {
    const rows = Array.from({ length: 500 }, (_, i) =>
      forward({
        createdIndex: i + 1,
        inHtlcId: BigInt(i),
        outChannel: `9x${i}x9`,
        status: 'local_failed',
        failReason: 'WIRE_UNKNOWN_NEXT_PEER',
        resolvedAt: undefined,
      }),
    );
    expect(store.forwards.storePage('created', rows, 500, AT).localFailed).toBe(500);
    expect(store.channels.resolve('9x1x9')).toBeUndefined();
    store.channels.learn([channel(1), channel(2, { names: [scid(2), '9x1x9'] })], [], AT);
    expect(store.channels.resolve('9x1x9')).toBe(channelId(2));
  });
});

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

describe('hydration', () => {
  test('notes its mark once, however often it begins', () => {
    store.forwards.beginHydration(7, AT);
    store.forwards.beginHydration(9, AT);
    expect(store.forwards.cursors()).toEqual({
      created: 0,
      updated: 7,
      hydrationMark: 7,
      hydrated: false,
    });
  });

  test('a cursor never goes back', () => {
    store.forwards.storePage('created', [], 50, AT);
    store.forwards.storePage('created', [], 20, AT);
    expect(store.forwards.cursors().created).toBe(50);
  });

  test('a restored node reads everything anew and changes no total', () => {
    store.forwards.beginHydration(3, AT);
    const rows = [
      ...series(3),
      forward({ createdIndex: 4, updatedIndex: 3, inHtlcId: 77n, status: 'failed' }),
    ];
    store.forwards.storePage('created', rows, 4, AT);
    store.forwards.setHydrated(AT);
    const before = [store.forwards.nodeTotals(), store.forwards.counts()];
    store.forwards.restartHydration(3, AT);
    expect(store.forwards.cursors()).toEqual({
      created: 0,
      updated: 3,
      hydrationMark: 3,
      hydrated: false,
    });
    expect(store.forwards.storePage('created', rows, 4, AT)).toEqual({
      settled: 0,
      failed: 0,
      localFailed: 0,
      repeated: 3,
    });
    store.forwards.setHydrated(AT);
    expect([store.forwards.nodeTotals(), store.forwards.counts()]).toEqual(before);
  });

  test('reputation: history read today weighs like history seen live', () => {
    const old = forward({
      receivedAt: unixMs(AT - 34 * HOUR_MS - 1),
      resolvedAt: unixMs(AT - 34 * HOUR_MS),
    });
    store.forwards.storePage('created', [old], 1, AT);
    expect(store.peers.reputations()[0]?.success).toBeCloseTo(0.98 ** 34, 9);
  });
});
