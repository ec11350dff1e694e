/** Which forwards of the Python plugin are taken: none twice, whatever lightningd still has (docs/decisions/009). */
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { msat, unixMs } from '../../../src/core/units.ts';
import { fill } from '../../doubles/ancestor-file.ts';
import { A, B, ImportWorld, listed, midnight, NOW, noon, past, TODAY } from './import-world.ts';

let world: ImportWorld;
beforeEach(() => {
  world = new ImportWorld();
});
afterEach(() => world.end());

const daily = (daysAgo: number, count = 3n) => ({
  channel_id: B,
  date: midnight(daysAgo),
  total_in_msat: 1_001_000n * count,
  total_out_msat: 1_000_000n * count,
  total_fee_msat: 1_000n * count,
  forward_count: count,
});

describe.each(['v1.4', 'v2.2'] as const)('layout %s', (schema) => {
  test('what is older than the node’s own history is summed by day; the rest stays with the node', async () => {
    world.hydrate([listed(10, 0), listed(5, 1)]);
    const path = world.file(schema, {
      forwards: [past(30), past(20), past(20, { resolution_time: 2.5 }), past(10), past(5)],
      daily_forwarding_stats: [daily(40), daily(30)],
    });
    const { of, result } = await world.import(path);
    expect(result).toMatchObject({
      kind: 'imported',
      schema,
      horizon: Number(midnight(10)) * 1000,
    });
    expect(of('forwards')).toMatchObject({ read: 5, taken: 3 });
    expect(of('forwards').skipped).toEqual([
      expect.objectContaining({
        reason: expect.stringContaining("lightningd's own history"),
        count: 2,
      }),
    ]);
    expect(of('daily_stats')).toMatchObject({ read: 2, taken: 2 });
    expect(world.store.forwards.nodeTotals()).toMatchObject({
      forwards: 2 + 3 + 6,
      out: msat(11_000_000n),
      fees: msat(11_000n),
    });
    const rows = new DatabaseSync(world.own, { readOnly: true });
    const days = rows.prepare('SELECT day, count, fee_msat FROM node_day ORDER BY day').all();
    rows.close();
    expect(days).toEqual([
      { day: TODAY - 40, count: 3, fee_msat: 3000 },
      { day: TODAY - 30, count: 4, fee_msat: 4000 },
      { day: TODAY - 20, count: 2, fee_msat: 2000 },
      { day: TODAY - 10, count: 1, fee_msat: 1000 },
      { day: TODAY - 5, count: 1, fee_msat: 1000 },
    ]);
  });

  test('a dry run says the same and writes nothing; a second run takes nothing', async () => {
    world.hydrate([listed(10, 0)]);
    const path = world.file(schema, {
      forwards: [past(30), past(20)],
      daily_forwarding_stats: [daily(40)],
    });
    const before = world.memory();
    const dry = await world.import(path, true);
    expect(world.memory()).toBe(before);
    const real = await world.import(path);
    expect(real.taken).toEqual(dry.taken);
    expect(real.taken).toEqual({ forwards: 2, daily_stats: 1 });
    const after = world.memory();
    const again = await world.import(path);
    expect(again.taken).toEqual({});
    expect(again.of('forwards').skipped).toEqual([
      expect.objectContaining({ reason: 'imported before', count: 2 }),
    ]);
    expect(world.memory()).toBe(after);
  });
});

test('on a node that keeps everything nothing is taken', async () => {
  world.hydrate([listed(200, 0), listed(20, 1)]);
  const path = world.file('v1.4', {
    forwards: [past(30), past(200)],
    daily_forwarding_stats: [daily(190)],
  });
  expect((await world.import(path)).taken).toEqual({});
});

test('a forward received before the node’s history but settled in it is left to the node', async () => {
  world.hydrate([listed(10, 0)]);
  const path = world.file('v1.4', {
    forwards: [
      // Stamped with the receipt, held for a day and a half.
      past(11, { resolution_time: 130_000.5 }),
      // How long it was held is not known: two weeks are possible.
      past(13, { resolution_time: 0 }),
      past(24, { resolution_time: null }),
      past(26, { resolution_time: 0 }),
    ],
    daily_forwarding_stats: [daily(24), daily(25)],
  });
  const { of } = await world.import(path);
  expect(of('forwards').taken).toBe(1);
  expect(of('daily_stats').taken).toBe(1);
  expect(world.store.forwards.nodeTotals().forwards).toBe(1 + 1 + 3);
});

test('the last version dates forwards by their end', async () => {
  world.hydrate([listed(10, 0)]);
  const path = world.file('v2.2', {
    forwards: [
      past(13, { resolution_time: 0, resolved_time: noon(11) }),
      past(14, { resolution_time: 0, resolved_time: noon(10) }),
    ],
  });
  expect((await world.import(path)).of('forwards').taken).toBe(1);
});

test('rows that were stored twice count once; equal parts of one payment all count', async () => {
  world.hydrate([listed(10, 0)]);
  const path = world.file('v1.4', {
    forwards: [
      past(30),
      past(30),
      // The same, once stamped with its receipt and once with its end.
      past(29, { resolution_time: 40.123456 }),
      past(29, { resolution_time: 40.123456, timestamp: noon(29) + 40n }),
      // Two parts of a payment: held for different times.
      past(28, { resolution_time: 1.000001 }),
      past(28, { resolution_time: 1.000002 }),
      // The same amounts on another day.
      past(27, { resolution_time: 1.000001 }),
    ],
  });
  const { of } = await world.import(path);
  expect(of('forwards').taken).toBe(5);
  expect(of('forwards').skipped).toEqual([
    expect.objectContaining({ reason: 'the same forward twice', count: 2 }),
  ]);
});

test('rows without amounts, with false fees and of nobody’s channels are missed and said', async () => {
  world.hydrate([listed(10, 0)]);
  const path = world.file('v1.4', {
    forwards: [
      past(30, { in_msat: 0n, out_msat: 0n, fee_msat: 0n }),
      past(30, { fee_msat: 999n }),
      past(30, { in_msat: -1_001_000n, out_msat: -1_000_000n, fee_msat: -1000n }),
      past(30, { in_msat: 'NaN' }),
      past(30, { in_msat: 1_001_000.5 }),
      past(30, { out_msat: 9_223_372_036_854_775_807n }),
      past(30, { in_channel: 'nobody' }),
      past(30, { out_channel: null }),
      past(30, { timestamp: -5n }),
      past(30, { timestamp: 9e300 }),
    ],
    daily_forwarding_stats: [daily(40, 0n), { ...daily(41), date: midnight(41) + 1n }],
  });
  const before = world.store.forwards.nodeTotals();
  const { of, taken } = await world.import(path);
  expect(taken).toEqual({});
  expect(of('forwards').skipped.map(({ count }) => count)).toEqual([8, 1, 1]);
  expect(of('daily_stats').skipped.map(({ count }) => count)).toEqual([1, 1]);
  expect(world.store.forwards.nodeTotals()).toEqual(before);
});

test('a restored node that lists old forwards again adds nothing to the days that were imported', async () => {
  world.hydrate([listed(10, 0)]);
  await world.import(world.file('v1.4', { forwards: [past(30)] }));
  const before = world.store.forwards.nodeTotals();
  world.store.forwards.restartHydration(0, NOW);
  world.store.forwards.storePage('created', [listed(30, 7), listed(10, 0)], 2, NOW);
  world.store.forwards.setHydrated(NOW);
  expect(world.store.forwards.nodeTotals()).toEqual(before);
});

test('what was imported under a name moves to its channel when that is learned', async () => {
  world.hydrate([]);
  await world.import(world.file('v1.4', { forwards: [past(30)] }));
  const { channel, channelId } = await import('../../../src/sqlite/forward-world.testing.ts');
  world.store.channels.learn([channel(1, { names: [A] }), channel(2, { names: [B] })], [], NOW);
  const totals = world.store.forwards.channelTotals();
  expect(totals.get(channelId(2))).toMatchObject({ outCount: 1, fees: msat(1000n) });
  expect(totals.get(channelId(1))).toMatchObject({ inCount: 1, assistedFees: msat(1000n) });
  expect(world.store.forwards.revenue(NOW, 365).get(channelId(2))?.fees).toBe(1000n);
});

test('what is still in the log of the killed plugin is read, and the file stays as it is', async () => {
  world.hydrate([]);
  const path = world.file('v1.4');
  const open = new DatabaseSync(path);
  open.exec('PRAGMA wal_autocheckpoint = 0');
  fill(open, { forwards: [past(30)] });
  expect((await world.import(path)).of('forwards').taken).toBe(1);
  open.close();
});

test('another file of the same node keeps away from the days in the books', async () => {
  world.hydrate([listed(10, 0)]);
  await world.import(world.file('v1.4', { forwards: [past(30)] }));
  const other = world.file('v1.4', {
    forwards: [past(30, { resolution_time: 7.5 }), past(31), past(44), past(46)],
  });
  expect((await world.import(other)).of('forwards').taken).toBe(1);
});

/** One forward: when it was received, how long it was held, and what became of its row in either place. */
const life = fc.record({
  daysAgo: fc.integer({ min: 1, max: 60 }),
  heldS: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 14 * 86_400 - 1 })),
  kept: fc.constantFrom('row', 'row twice', 'daily', 'nowhere'),
  stamp: fc.constantFrom('receipt', 'end'),
  knowsHeld: fc.boolean(),
});

test('the books never hold a forward twice, whatever lightningd forgot and wherever the import is cut off', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 4 }),
      async (lives, forgottenDays, cutAfter) => {
        const own = new ImportWorld();
        try {
          const all = lives
            .map((one, i) => {
              const received = Number(noon(one.daysAgo)) + i;
              return { ...one, i, received, resolved: received + one.heldS };
            })
            .filter(({ resolved }) => resolved * 1000 < NOW);
          // autoclean drops what was resolved before some moment.
          const forgotten = Number(noon(forgottenDays));
          const node = all.filter(({ resolved }) => resolved >= forgotten);
          own.hydrate(
            node.map((one, place) =>
              listed(0, one.i, {
                createdIndex: place + 1,
                updatedIndex: place + 1,
                receivedAt: unixMs(one.received * 1000),
                resolvedAt: unixMs(one.resolved * 1000),
              }),
            ),
          );
          const stamped = (one: (typeof all)[number]) =>
            one.stamp === 'receipt' ? one.received : one.resolved;
          const row = (one: (typeof all)[number]) =>
            past(0, {
              timestamp: BigInt(stamped(one)),
              resolution_time: one.knowsHeld ? one.heldS + one.i / 1024 : 0,
            });
          const forwards = all.flatMap((one) =>
            one.kept === 'row' ? [row(one)] : one.kept === 'row twice' ? [row(one), row(one)] : [],
          );
          const sums = new Map<bigint, bigint>();
          for (const one of all.filter(({ kept }) => kept === 'daily')) {
            const day = BigInt(stamped(one) - (stamped(one) % 86_400));
            sums.set(day, (sums.get(day) ?? 0n) + 1n);
          }
          const daily_forwarding_stats = [...sums].map(([date, count]) => ({
            ...daily(0, count),
            date,
          }));
          const path = own.file('v1.4', { forwards, daily_forwarding_stats });
          // Cut off after so many days; then run again to the end, twice.
          const { imports } = own.store;
          const add = imports.addDays.bind(imports);
          let left = cutAfter;
          imports.addDays = (days) => {
            for (const day of days) {
              if (left === 0) throw new Error('killed');
              left -= 1;
              add([day]);
            }
          };
          await own.service.run(path, false).catch((error: unknown) => {
            if (!(error instanceof Error && error.message === 'killed')) throw error;
          });
          own.restart();
          await own.import(path);
          const { forwards: count } = own.store.forwards.nodeTotals();
          expect((await own.import(path)).taken).toEqual({});
          expect(own.store.forwards.nodeTotals().forwards).toBe(count);
          const inNode = new Set(node.map(({ i }) => i));
          const onlyThere = all.filter(
            ({ i, kept }) => !inNode.has(i) && kept !== 'nowhere',
          ).length;
          expect(count).toBeGreaterThanOrEqual(node.length);
          expect(count).toBeLessThanOrEqual(node.length + onlyThere);
        } finally {
          own.end();
        }
      },
    ),
    { numRuns: 25 },
  );
}, 30_000);
