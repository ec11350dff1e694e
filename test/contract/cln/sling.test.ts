import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeCaller } from '../../../src/cln/rpc-client.ts';
import { SlingRebalancer } from '../../../src/cln/sling.ts';
import { fromSat, msat, ppm } from '../../../src/core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import type { Asked } from './lightningd-double.ts';
import { ALSO_FROM, FROM, order, over, TO, told } from './sling-callers.ts';

test('an order is one job that ends by itself, by keyword, in whole satoshi', async () => {
  await using at = await over((asked) => asked.result({ result: 'started' }));
  await expect(at.sling.orders().start(order)).resolves.toBeUndefined();
  expect(at.asked()).toEqual([
    [
      'sling-once',
      {
        scid: TO,
        direction: 'pull',
        amount: 500_000,
        maxppm: 321,
        candidates: [FROM, ALSO_FROM],
        onceamount: 2_000_000,
        depleteuptopercent: 0.4,
        depleteuptoamount: 1_000_000,
        paralleljobs: 1,
      },
    ],
  ]);
});

test('whatever is ordered, sling is told exactly that many satoshi, and to keep no less than was said', async () => {
  const amounts = fc.record({
    chunkSat: fc.integer({ min: 1, max: 5_000_000 }),
    chunks: fc.integer({ min: 1, max: 100 }),
    keep: fc.bigInt({ min: 0n, max: 10n ** 13n }),
  });
  await fc.assert(
    fc.asyncProperty(amounts, async ({ chunkSat, chunks, keep }) => {
      const { sling, asked } = told({ result: 'started' });
      const chunk = fromSat(chunkSat);
      const total = msat(chunk * BigInt(chunks));
      await sling.orders().start({ ...order, chunk, total, keepAmount: msat(keep) });
      const params = asked[0]?.params as Record<string, number>;
      expect(params.amount).toBe(chunkSat);
      expect(params.onceamount).toBe(chunkSat * chunks);
      const kept = BigInt(params.depleteuptoamount ?? -1) * 1000n;
      expect(kept >= keep && kept < keep + 1000n).toBe(true);
    }),
  );
});

test.each([
  ['a chunk with a fraction of a satoshi', { chunk: msat(1500n), total: msat(3000n) }],
  ['a total that is not whole chunks', { total: fromSat(700_000) }],
  ['no chunk', { chunk: msat(0n), total: msat(0n) }],
  ['a negative chunk', { chunk: msat(-1000n), total: msat(-1000n) }],
  ['nothing to move', { total: msat(0n) }],
  ['no source: to sling that is every channel', { sources: [] }],
  ['the destination as source', { sources: [FROM, TO] }],
  ['a source that keeps everything', { keepShare: 1 }],
  ['a share that is no number', { keepShare: Number.NaN }],
  ['a negative remainder', { keepAmount: msat(-1_000_000n) }],
  ['a negative price', { maxPpm: ppm(-1) }],
])('%s is a Bug, and sling is not asked', async (_, change) => {
  const { sling, asked } = told({ result: 'started' });
  await expect(sling.orders().start({ ...order, ...change })).rejects.toThrow(Bug);
  expect(asked).toEqual([]);
});

test.each([[{ result: 'success' }], [{ result: 'STARTED' }], [{}], [[]], ['started']])(
  'after %j it is not known whether it started',
  async (answer) => {
    await using at = await over((asked) => asked.result(answer));
    await expect(at.sling.orders().start(order)).rejects.toThrow(RetryLater);
  },
);

test('a refusal says that nothing was done', async () => {
  await using at = await over((asked) =>
    asked.error(-32700, 'There is already a job for that scid running!'),
  );
  await expect(at.sling.orders().start(order)).rejects.toThrow(NodeRefused);
  await expect(at.sling.jobs()).rejects.toThrow(NodeRefused);
});

test.each([
  ['sling died before it answered', -4],
  ['lightningd stops', -5],
])('%s: it is not known what was done', async (text, code) => {
  await using at = await over((asked) => asked.error(code, text));
  await expect(at.sling.orders().start(order)).rejects.toThrow(RetryLater);
  await expect(at.sling.stop(TO)).rejects.toThrow(RetryLater);
});

test('a stall, a drop and garbage are RetryLater for every call', async () => {
  const calls = (sling: SlingRebalancer) => [
    () => sling.version(),
    () => sling.jobs(),
    () => sling.orders().start(order),
    () => sling.stop(TO),
    () => sling.remove(TO),
  ];
  const faults: readonly ((asked: Asked) => void)[] = [
    () => {},
    (asked) => asked.drop(),
    (asked) => asked.result({ something: 'else' }),
    (asked) => asked.result('text'),
  ];
  for (const fault of faults) {
    for (const nth of calls(told({}).sling).keys()) {
      await using at = await over(fault, 60);
      await expect(calls(at.sling)[nth]?.()).rejects.toThrow(RetryLater);
    }
  }
});

test('three silences leave sling alone, and only sling', async () => {
  await using at = await over((asked) => {
    if (asked.method === 'getinfo') asked.result({});
  }, 30);
  for (let i = 0; i < 3; i++) await expect(at.sling.jobs()).rejects.toThrow(RetryLater);
  await expect(at.sling.jobs()).rejects.toThrow(/left alone/);
  expect(at.double.asked).toHaveLength(3);
  expect(at.client.brokenOff()).toEqual(['sling']);
  await expect(at.client.call('getinfo', {})).resolves.toEqual({});
});

test('a stop may take 150 s, everything else 30 s at most, and all count for sling', async () => {
  const { sling, asked } = told(
    { version: 'v4.3.1' },
    {},
    { result: 'started' },
    { stopped_count: 1 },
    { result: 'success' },
  );
  await sling.version();
  await sling.jobs();
  await sling.orders().start(order);
  await sling.stop(TO);
  await sling.remove(TO);
  expect(asked.map(({ method, options }) => [method, options?.timeoutMs])).toEqual([
    ['sling-version', 30_000],
    ['sling-jobsettings', 30_000],
    ['sling-once', 30_000],
    ['sling-stop', 150_000],
    ['sling-deletejob', 150_000],
  ]);
  expect(asked.every(({ options }) => options?.group === 'sling')).toBe(true);
});

test('calls go one after another in the order they were asked for, even past a failure', async () => {
  const inside: string[] = [];
  let most = 0;
  const caller: NodeCaller = {
    call: async (method) => {
      inside.push(method);
      most = Math.max(most, inside.length);
      await new Promise(setImmediate);
      inside.pop();
      if (method === 'sling-once') throw new NodeRefused('no', -1);
      return method === 'sling-stop' ? { stopped_count: 1 } : {};
    },
  };
  const sling = new SlingRebalancer(caller);
  const done: string[] = [];
  const note = (name: string) => () => done.push(name);
  await Promise.all([
    sling.stop(TO).then(note('stop')),
    sling.orders().start(order).catch(note('start')),
    sling.jobs().then(note('jobs')),
    sling.stop(FROM).then(note('stop again')),
  ]);
  expect(most).toBe(1);
  expect(done).toEqual(['stop', 'start', 'jobs', 'stop again']);
});

test('a line that is too long turns the next one away at once, and is served again later', async () => {
  const gate = Promise.withResolvers<object>();
  const sling = new SlingRebalancer({ call: () => gate.promise });
  const waiting = Array.from({ length: 64 }, () => sling.jobs());
  await expect(sling.jobs()).rejects.toThrow(RetryLater);
  gate.resolve({});
  await expect(Promise.all(waiting)).resolves.toHaveLength(64);
  await expect(sling.jobs()).resolves.toEqual([]);
});

test('the version as sling says it', async () => {
  await using at = await over((asked) => asked.result({ version: 'v4.3.1' }));
  await expect(at.sling.version()).resolves.toBe('v4.3.1');
  expect(at.asked()).toEqual([['sling-version', {}]]);
});

test('jobs come by channel; fields of a later version and amounts as texts are no problem', async () => {
  await using at = await over((asked) =>
    asked.result({
      [TO]: {
        sat_direction: 'Pull',
        amount_msat: 500_000_000n,
        maxppm: 300,
        outppm: 50,
        candidates: [FROM],
        target: 0.6,
        paralleljobs: 2,
        brand_new: { a: 1 },
      },
      [FROM]: {
        sat_direction: 'push',
        amount_msat: '100000000msat',
        onceamount_msat: 200_000_000,
        maxppm: 0,
        candidates: null,
      },
    }),
  );
  await expect(at.sling.jobs()).resolves.toEqual([
    {
      channel: TO,
      direction: 'pull',
      chunk: 500_000_000n,
      total: undefined,
      maxPpm: 300,
      sources: [FROM],
    },
    {
      channel: FROM,
      direction: 'push',
      chunk: 100_000_000n,
      total: 200_000_000n,
      maxPpm: 0,
      sources: [],
    },
  ]);
  expect(at.asked()).toEqual([['sling-jobsettings', {}]]);
});
