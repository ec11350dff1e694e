/** sling as it is: a once-job stands in no job list, only its task among the statistics. */
import { expect, test } from 'vitest';
import { SlingRebalancer } from '../../../src/cln/sling.ts';
import { ppm } from '../../../src/core/units.ts';
import { NodeRefused, RetryLater } from '../../../src/ports/errors.ts';
import { ALSO_FROM, FROM, order, over, TO, told } from './sling-callers.ts';

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
