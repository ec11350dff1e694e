/** What the store makes of what is told to it: settled forwards, names learned later, a history read in pages. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR_MS, msat, unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { AT, series, storeOfThree } from './forward-store.testing.ts';
import { channel, channelId, forward, nodeId, scid } from './forward-world.testing.ts';

const problems: string[] = [];
let store: Store;
beforeEach(() => {
  problems.length = 0;
  store = storeOfThree(problems);
});
afterEach(() => store.close());

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
