/** What a rebalancing decision reads of forwards, routable time and the journal (SPEC 2.9, 4.5, 7.4). */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChannelId, DAY_MS, msat, unixMs } from '../core/units.ts';
import type { NewDecision, Store } from '../ports/store.ts';
import { channel, channelId, forward, scid } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const TODAY = Math.floor(1_790_000_000_000 / DAY_MS);
const onDay = (day: number) => unixMs(day * DAY_MS + 1);
const AT = onDay(TODAY);
let store: Store;
beforeEach(() => {
  store = openStore(':memory:', { onProblem: () => undefined });
  store.channels.learn([channel(1), channel(2), channel(3)], [], AT);
});
afterEach(() => store.close());

const soldOn = (day: number, id: number, out = 2) =>
  forward({
    createdIndex: id,
    inHtlcId: BigInt(id),
    outChannel: scid(out),
    outMsat: msat(1_000_000n + BigInt(id)),
    inMsat: msat(1_000_100n + BigInt(id)),
    receivedAt: onDay(day),
    resolvedAt: onDay(day),
  });

test('sold since: each channel from the start of its own day, also after retention took the rows', () => {
  const rows = [
    soldOn(TODAY - 300, 1),
    soldOn(TODAY - 2, 2),
    soldOn(TODAY, 3),
    soldOn(TODAY - 1, 4, 3),
  ];
  store.forwards.storePage('created', rows, 4, AT);
  const asked = new Map([
    [channelId(2), TODAY - 2],
    [channelId(3), TODAY],
    [channelId(1), TODAY - 300],
  ]);
  const sold = new Map([[channelId(2), { out: 2_000_005n, count: 2 }]]);
  expect(store.forwards.soldSince(asked)).toEqual(sold);
  while (store.forwards.retain(AT, 30, 100));
  const all = new Map([[channelId(2), TODAY - 300]]);
  expect(store.forwards.soldSince(all).get(channelId(2))).toEqual({ out: 3_000_006n, count: 3 });
  store.forwards.storeEvents([soldOn(TODAY, 5)], AT);
  expect(store.forwards.soldSince(asked).get(channelId(2))).toEqual({ out: 3_000_010n, count: 3 });
  expect(store.forwards.soldSince(new Map())).toEqual(new Map());
});

test('missed: by the channel asked for under any of its names, over whole days back from now', () => {
  const miss = (day: number, id: number, outChannel: string) =>
    forward({
      createdIndex: id,
      updatedIndex: undefined,
      status: 'local_failed',
      failReason: 'WIRE_TEMPORARY_CHANNEL_FAILURE',
      outChannel,
      inMsat: msat(BigInt(10 ** id)),
      receivedAt: onDay(day),
      resolvedAt: undefined,
    });
  const rows = [
    miss(TODAY, 1, scid(2)),
    miss(TODAY - 6, 2, '160002x7x1'),
    miss(TODAY - 7, 3, scid(2)),
    miss(TODAY, 4, '5x5x5'),
    miss(TODAY, 5, scid(3)),
  ];
  store.forwards.storePage('created', rows, 5, AT);
  expect(store.forwards.missedOut(AT, 7)).toEqual(
    new Map([
      [channelId(2), 110n],
      [channelId(3), 100_000n],
    ]),
  );
});

test('routable days: the latest wanted ones with any, none too far back, and the first of them', () => {
  const add = (day: number, n: number, hours: number) =>
    store.peers.addRoutable(new Map([[channelId(n), hours]]), onDay(day));
  for (const back of [364, 365, 366]) add(TODAY - back, 1, 1);
  add(TODAY - 40, 2, 4);
  add(TODAY - 30, 2, 2);
  add(TODAY - 3, 2, 0);
  add(TODAY - 1, 2, 1);
  expect(store.peers.routableDays(AT, 2, 365)).toEqual(
    new Map([
      [channelId(1), { hours: 1, firstDay: TODAY - 364 }],
      [channelId(2), { hours: 3, firstDay: TODAY - 30 }],
    ]),
  );
  add(TODAY, 2, 0.25);
  add(TODAY, 2, 0.25);
  expect(store.peers.routableDays(AT, 2, 365).get(channelId(2))).toEqual({
    hours: 1.5,
    firstDay: TODAY - 1,
  });
});

test('routable days: any history, asked for at any moment, is the sum by hand', () => {
  const entry = fc.record({
    back: fc.integer({ min: 0, max: 12 }),
    n: fc.integer({ min: 1, max: 3 }),
    hours: fc.constantFrom(0, 0.5, 1),
    ask: fc.boolean(),
  });
  const law = fc.record({
    want: fc.integer({ min: 1, max: 5 }),
    span: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 25 }), law, (entries, { want, span }) => {
      const world = openStore(':memory:', { onProblem: () => undefined });
      const days = new Map<ChannelId, Map<number, number>>();
      const byHand = () =>
        new Map(
          [...days].flatMap(([id, hours]) => {
            const latest = [...hours]
              .filter(([day, time]) => time > 0 && day > TODAY - span)
              .sort(([one], [other]) => other - one)
              .slice(0, want);
            const first = latest.at(-1);
            if (!first) return [];
            const sum = latest.reduce((total, [, time]) => total + time, 0);
            return [[id, { hours: sum, firstDay: first[0] }] as const];
          }),
        );
      for (const { back, n, hours, ask } of entries) {
        const [id, day] = [channelId(n), TODAY - back];
        world.peers.addRoutable(new Map([[id, hours]]), onDay(day));
        const known = days.get(id) ?? new Map<number, number>();
        days.set(id, known.set(day, (known.get(day) ?? 0) + hours));
        if (ask) expect(world.peers.routableDays(AT, want, span)).toEqual(byHand());
      }
      expect(world.peers.routableDays(AT, want, span)).toEqual(byHand());
      world.close();
    }),
    { numRuns: 100 },
  );
});

test('the journal: the latest of one kind only, and every kind is read back as it was written', () => {
  const kinds = ['fee', 'rebalance', 'rebalance-manual', 'diagnostic', 'rebalance'] as const;
  const entry = (kind: NewDecision['kind'], number: number): NewDecision => ({
    at: AT,
    kind,
    channelId: channelId(1),
    configVersion: 1,
    rule: 'plan',
    binding: 'cap',
    number,
    trail: [],
    inputs: '{}',
    outcome: 'done',
    error: undefined,
  });
  const ids = kinds.map((kind, n) => store.journal.append(entry(kind, n)));
  const latest = (limit: number, kind?: NewDecision['kind']) =>
    store.journal.latest(channelId(1), limit, kind).map(({ id }) => id);
  expect(latest(9, 'rebalance')).toEqual([ids[4], ids[1]]);
  expect(latest(1, 'rebalance')).toEqual([ids[4]]);
  expect(latest(9, 'diagnostic')).toEqual([ids[3]]);
  expect(latest(9, 'config')).toEqual([]);
  expect(store.journal.latest(channelId(1), 9).map(({ kind }) => kind)).toEqual(kinds.toReversed());
});
