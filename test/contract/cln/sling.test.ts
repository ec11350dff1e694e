import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CallOptions, type NodeCaller, RpcClient } from '../../../src/cln/rpc-client.ts';
import { SlingRebalancer } from '../../../src/cln/sling.ts';
import { fromSat, msat, parseScid, ppm, type Scid } from '../../../src/core/units.ts';
import { Bug, NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import type { RebalanceOrder } from '../../../src/ports/rebalancer.ts';
import { type Asked, LightningdDouble } from './lightningd-double.ts';

function scid(text: string): Scid {
  const name = parseScid(text);
  if (!name) throw new Bug('a constant of this test is malformed');
  return name;
}
const TO = scid('700000x1x0');
const FROM = scid('700000x2x0');
const ALSO_FROM = scid('700000x3x1');
const order: RebalanceOrder = {
  destination: TO,
  sources: [FROM, ALSO_FROM],
  chunk: fromSat(500_000),
  total: fromSat(2_000_000),
  maxPpm: ppm(321),
  keepShare: 0.4,
  keepAmount: fromSat(1_000_000),
};

/** sling over a real socket; no call takes longer than `patience` ms. */
async function over(answer: (asked: Asked) => void, patience = 2000) {
  const double = await new LightningdDouble(answer).listen();
  const client = new RpcClient(double.path, () => {});
  const hurried: NodeCaller = {
    call: (method, params, options) =>
      client.call(method, params, { ...options, timeoutMs: patience }),
  };
  return {
    double,
    client,
    sling: new SlingRebalancer(hurried),
    asked: () => double.asked.map(({ method, params }) => [method, params]),
    async [Symbol.asyncDispose]() {
      client.close();
      await double[Symbol.asyncDispose]();
    },
  };
}

/** Answers without a socket, and remembers how it was asked. */
function told(...answers: readonly (object | Error)[]) {
  const asked: { method: string; params: object; options: CallOptions | undefined }[] = [];
  const caller: NodeCaller = {
    call: async (method, params, options) => {
      asked.push({ method, params, options });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { sling: new SlingRebalancer(caller), asked };
}

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

const OURS = {
  channel: TO,
  direction: 'pull',
  chunk: order.chunk,
  total: order.total,
  maxPpm: 321,
  sources: [FROM, ALSO_FROM],
};
/** sling as it is: a once-job stands in no job list, only its task among the statistics. */
function working(
  statusOf: () => readonly string[] | undefined,
  once: object | Error = { result: 'started' },
) {
  const asked: [string, object][] = [];
  const sling = new SlingRebalancer({
    call: async (method, params) => {
      asked.push([method, params]);
      if (method === 'sling-once') {
        if (once instanceof Error) throw once;
        return once;
      }
      if (method === 'sling-stop') return { stopped_count: 1 };
      if (method === 'sling-deletejob') return { result: 'success' };
      if (method === 'sling-jobsettings') return {};
      const status = statusOf();
      if (!status) throw new NodeRefused('No such file or directory (os error 2)', -32700);
      return status.length === 0 ? [] : [{ scid: TO, alias: 'a', status, rebamount: '1,234' }];
    },
  });
  return { sling, asked };
}

test.each([
  ['1:Starting'],
  ['1:Rebalancing'],
  ['1:NoCheapRoute'],
  ['1:NoCandidates'],
  ['1:Error'],
  ['1:Stopping'],
  ['1:Dreaming'],
])(
  'an order of ours whose task says %s is a job, though sling does not list it',
  async (status) => {
    const { sling, asked } = working(() => [status]);
    await expect(sling.jobs()).resolves.toEqual([]);
    await sling.orders().start(order);
    await expect(sling.jobs()).resolves.toEqual([OURS]);
    expect(asked.at(-1)).toEqual(['sling-stats', { json: true }]);
  },
);

test.each([
  [['1:Balanced']],
  [['1:Stopped']],
  [['1:NotStarted']],
  [['1:Balanced', '2:Stopped']],
  [[]],
])('with its tasks at %j it runs no more', async (status) => {
  const { sling } = working(() => status);
  await sling.orders().start(order);
  await expect(sling.jobs()).resolves.toEqual([]);
});

test('one task of several still at work is a job', async () => {
  const { sling } = working(() => ['1:Balanced', '2:Rebalancing']);
  await sling.orders().start(order);
  await expect(sling.jobs()).resolves.toEqual([OURS]);
});

test('an order that was not answered is a job if its task is there, a refused one never', async () => {
  const unanswered = working(() => ['1:Rebalancing'], new RetryLater('silence'));
  await expect(unanswered.sling.orders().start(order)).rejects.toThrow(RetryLater);
  await expect(unanswered.sling.jobs()).resolves.toEqual([OURS]);
  const refused = working(() => ['1:Rebalancing'], new NodeRefused('already running', -32700));
  await expect(refused.sling.orders().start(order)).rejects.toThrow(NodeRefused);
  await expect(refused.sling.jobs()).resolves.toEqual([]);
});

test('a second order refused for the first one leaves the first', async () => {
  let answer: object | Error = { result: 'started' };
  const sling = new SlingRebalancer({
    call: async (method) => {
      if (method === 'sling-stats') return [{ scid: TO, status: ['1:Rebalancing'] }];
      if (method === 'sling-jobsettings') return {};
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  await sling.orders().start(order);
  answer = new NodeRefused('There is already a job for that scid running!', -32700);
  await expect(sling.orders().start({ ...order, maxPpm: ppm(999) })).rejects.toThrow(NodeRefused);
  await expect(sling.jobs()).resolves.toEqual([OURS]);
});

test.each(['stop', 'remove'] as const)('after a %s it is remembered no more', async (end) => {
  const { sling, asked } = working(() => ['1:Rebalancing']);
  await sling.orders().start(order);
  await sling[end](TO);
  await expect(sling.jobs()).resolves.toEqual([]);
  expect(asked.map(([method]) => method)).not.toContain('sling-stats');
});

test('where sling cannot read its statistics an order of ours is believed to run', async () => {
  const { sling } = working(() => undefined);
  await sling.orders().start(order);
  await expect(sling.jobs()).resolves.toEqual([OURS]);
});

test.each([
  [{}],
  [[{ scid: TO }]],
  [[{ scid: TO, status: '1:Rebalancing' }]],
  [[{ scid: 'x', status: [] }]],
])('statistics like %j are garbage: it is not known what runs', async (answer) => {
  const { sling } = told({ result: 'started' }, {}, answer);
  await sling.orders().start(order);
  await expect(sling.jobs()).rejects.toThrow(RetryLater);
});

const job = { sat_direction: 'Pull', amount_msat: 1000, maxppm: 1 };
test.each([
  ['a job of no channel', { all: job }],
  ['a direction unheard of', { [TO]: { ...job, sat_direction: 'Sideways' } }],
  ['an amount in satoshi', { [TO]: { ...job, amount_msat: '5sat' } }],
  ['no amount', { [TO]: { ...job, amount_msat: undefined } }],
  ['a price that is a text', { [TO]: { ...job, maxppm: '1' } }],
  ['a source that is no channel', { [TO]: { ...job, candidates: ['all'] } }],
  ['a list', [job]],
  ['an unreadable job beside a good one', { [FROM]: job, [TO]: {} }],
])('%s among the jobs: none is believed', async (_, answer) => {
  await using at = await over((asked) => asked.result(answer));
  await expect(at.sling.jobs()).rejects.toThrow(RetryLater);
});

test('a stop names its channel; where something ran once is enough', async () => {
  await using at = await over((asked) => asked.result({ stopped_count: 1 }));
  await expect(at.sling.stop(TO)).resolves.toBe(1);
  expect(at.asked()).toEqual([['sling-stop', { scid: TO }]]);
});

test('where nothing seems to run it is asked again: a job just started may not be listed yet', async () => {
  const { sling, asked } = told({ stopped_count: 0 }, { stopped_count: 1 });
  await expect(sling.stop(TO)).resolves.toBe(1);
  expect(asked.map(({ method }) => method)).toEqual(['sling-stop', 'sling-stop']);
});

test.each([
  ['an older sling', new NodeRefused('700000x1x0: No job running', -32700)],
  ['a sling without any job', new NodeRefused('No jobs found', -32700)],
  ['a node without sling', new NodeRefused("Unknown command 'sling-stop'", -32601)],
])('%s that refuses because nothing runs there has stopped it', async (_, refusal) => {
  await expect(told(refusal).sling.stop(TO)).resolves.toBe(0);
});

test('any other refusal to stop or to remove is one', async () => {
  const { sling } = told(new NodeRefused('invalid ShortChannelId', -32700));
  await expect(sling.stop(TO)).rejects.toThrow(NodeRefused);
  await expect(sling.remove(TO)).rejects.toThrow(NodeRefused);
});

test.each([[{ stopped_count: -1 }], [{ stopped_count: '1' }], [{}], [{ result: 'success' }]])(
  'after %j it is not known whether it stopped',
  async (answer) => {
    await expect(told(answer).sling.stop(TO)).rejects.toThrow(RetryLater);
  },
);

test('a job is removed by its channel, its statistics are left to the operator', async () => {
  await using at = await over((asked) => asked.result({ result: 'success' }));
  await expect(at.sling.remove(TO)).resolves.toBeUndefined();
  expect(at.asked()).toEqual([['sling-deletejob', { job: TO, delete_stats: false }]]);
  const gone = told(new NodeRefused('700000x1x0: No job running', -32700));
  await expect(gone.sling.remove(TO)).resolves.toBeUndefined();
  const absent = told(new NodeRefused("Unknown command 'sling-deletejob'", -32601));
  await expect(absent.sling.remove(TO)).rejects.toThrow(NodeRefused);
});
