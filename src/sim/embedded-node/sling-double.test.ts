/** sling's commands over the socket: true shapes, true refusals, one lock, and every way it can misbehave. */
import { afterEach, describe, expect, test } from 'vitest';
import { unixMs } from '../../core/units.ts';
import type { SlingMode } from '../sling/sling-order.ts';
import { CircularDouble } from './circular-double.ts';
import { EmbeddedNode } from './embedded-node.ts';
import { type FakePlugin, fakePlugin, removeFakePlugins } from './fake-plugin-file.ts';
import { asRecord } from './json-text.ts';
import { doubleChannel } from './market-double.ts';

let node: EmbeddedNode | undefined;
afterEach(async () => {
  await node?.destroy();
  node = undefined;
  removeFakePlugins();
});

/** Channels 0 … 3, half full; 4 is a second channel to the peer of 0. */
const [DESTINATION, SOURCE, OTHER] = ['112x1x0', '113x1x0', '114x1x0'];
const world = (): CircularDouble =>
  new CircularDouble([
    ...[0, 1, 2, 3].map((index) => doubleChannel(index)),
    doubleChannel(4, { peerId: doubleChannel(0).peerId }),
  ]);

/** A once job as we order it: 300,000 sat in parts of 100,000. */
const ONCE = {
  scid: DESTINATION,
  direction: 'pull',
  amount: 100_000,
  maxppm: 200,
  onceamount: 300_000,
  candidates: [SOURCE],
  depleteuptopercent: 0.1,
  depleteuptoamount: 50_000,
};
const JOB = {
  scid: OTHER,
  direction: 'push',
  amount: 50_000,
  maxppm: 90,
  candidates: [SOURCE],
  target: 0.6,
};

async function begun(
  mode: SlingMode = 'healthy',
  plugins: readonly FakePlugin[] = [],
): Promise<{ node: EmbeddedNode; market: CircularDouble }> {
  const market = world();
  node = new EmbeddedNode({ market, sling: mode });
  await node.start(plugins.map(({ path }) => ({ path })));
  return { node, market };
}
async function call(method: string, params: readonly unknown[] | object = {}): Promise<unknown> {
  return node?.client().call(method, Array.isArray(params) ? params : { ...params });
}
const minutes = (count: number): void => {
  if (node !== undefined) node.advance(unixMs(node.state.now() + count * 60_000));
};
async function listed(method: string, list: string): Promise<Record<string, unknown>[]> {
  const found = asRecord(await call(method))?.[list];
  return Array.isArray(found) ? found.map((row) => asRecord(row) ?? {}) : [];
}
const channelId = (index: number): string => doubleChannel(index).channelId;

describe('sling-once', () => {
  test('starts at once, is in no list of jobs, moves chunk by chunk and ends by itself', async () => {
    const { market } = await begun();
    expect(await call('sling-once', ONCE)).toEqual({ result: 'started' });
    expect(await call('sling-jobsettings')).toEqual({});
    minutes(10);
    expect(market.list[0]?.toUs).toBe(1_300_000_000);
    expect(market.list[1]?.toUs).toBe(1_000_000_000 - 3 * 100_010_000);
    const moves = await listed('listchannelmoves', 'channelmoves');
    expect(moves.map(({ account_id, fees_msat }) => [account_id, fees_msat])).toEqual(
      [1, 2, 3].flatMap(() => [
        [channelId(0), 0],
        [channelId(1), 10_000],
      ]),
    );
    expect(node?.sling?.machine.job(0)).toBeUndefined();
    // Ended tasks stay in memory and are in nobody's way.
    expect(await call('sling-stop', { scid: DESTINATION })).toEqual({ stopped_count: 1 });
    expect(await call('sling-once', ONCE)).toEqual({ result: 'started' });
  });

  test('while it pays, the HTLC is in listpeerchannels, in listhtlcs and pending in listsendpays', async () => {
    await begun();
    await call('sling-once', ONCE);
    minutes(0.1);
    const [, source] = await listed('listpeerchannels', 'channels');
    const [payment] = await listed('listsendpays', 'payments');
    const out = { direction: 'out', amount_msat: 100_010_000 };
    expect(source?.htlcs).toMatchObject([out]);
    expect(await listed('listhtlcs', 'htlcs')).toMatchObject([
      { ...out, short_channel_id: SOURCE, payment_hash: payment?.payment_hash },
    ]);
    expect(payment).toMatchObject({ status: 'pending', destination: node?.state.id });
  });

  test.each([
    [[DESTINATION, 'pull', 100_000], 'keyword'],
    [{ ...ONCE, target: 0.5 }, 'Invalid argument: target'],
    [{ ...ONCE, scid: undefined }, 'Missing scid'],
    [{ ...ONCE, direction: undefined }, 'Missing direction'],
    [{ ...ONCE, amount: undefined }, 'Missing amount'],
    [{ ...ONCE, amount: '100000' }, 'amount must be a positive integer'],
    [{ ...ONCE, amount: 100_000.5 }, 'amount must be a positive integer'],
    [
      { ...ONCE, onceamount: 250_000 },
      'onceamount must be a multiple of amount. onceamount: 250000, amount: 100000',
    ],
    [{ ...ONCE, candidates: undefined }, 'Atleast one of outppm and candidatelist must be set.'],
    [{ ...ONCE, depleteuptopercent: 1 }, 'depleteuptopercent'],
    [{ ...ONCE, scid: '1x1x1' }, 'Channel not found'],
    [
      { ...ONCE, onceamount: 1_000_000 },
      `Channel ${DESTINATION} has not enough capacity to pull 1000000000msat`,
    ],
  ])('%o is refused: %s', async (params, why) => {
    await begun();
    await expect(call('sling-once', params)).rejects.toMatchObject({
      code: -32700,
      message: expect.stringContaining(why),
    });
    minutes(5);
    expect(await listed('listsendpays', 'payments')).toEqual([]);
  });

  test('every refusal has the null that a plugin in Rust sends along', async () => {
    const { node: here } = await begun();
    const request = { jsonrpc: '2.0', id: 1, method: 'sling-once', params: {} };
    expect(await here.client().raw(JSON.stringify(request))).toContain(
      '"error":{"code":-32700,"data":null,"message":"Missing scid"}',
    );
  });

  test('is refused while one runs, and beside a job that was written down', async () => {
    await begun('stalls');
    await call('sling-once', ONCE);
    await expect(call('sling-once', ONCE)).rejects.toMatchObject({
      message: 'There is already a job for that scid running!',
    });
    await expect(call('sling-job', { ...JOB, scid: DESTINATION })).rejects.toMatchObject({
      message: 'Once-job is currently running for this channel',
    });
    await call('sling-job', JOB);
    await expect(call('sling-once', { ...ONCE, scid: OTHER })).rejects.toMatchObject({
      message: 'There is already a job for that scid!',
    });
    await expect(
      call('sling-once', { ...ONCE, scid: SOURCE, candidates: [DESTINATION] }),
    ).rejects.toMatchObject({ message: expect.stringContaining('has a pull-job') });
  });

  test('above its price nothing leaves us, however long it runs', async () => {
    const { market } = await begun();
    market.ppm = 201;
    await call('sling-once', ONCE);
    minutes(600);
    expect(await listed('listsendpays', 'payments')).toEqual([]);
    expect(await call('sling-stats', { json: true })).toMatchObject([
      { scid: DESTINATION, status: ['1:NoCheapRoute'], rebamount: '0', last_success_reb: 'Never' },
    ]);
  });
});

describe('jobs', () => {
  test('job, settings, go and delete have their own odd shapes', async () => {
    await begun('stalls');
    await expect(call('sling-go')).rejects.toMatchObject({ message: 'No jobs found' });
    expect(await call('sling-job', JOB)).toEqual({ result: 'success' });
    const settings = {
      sat_direction: 'Push',
      amount_msat: 50_000_000,
      maxppm: 90,
      candidates: [SOURCE],
      target: 0.6,
      depleteuptopercent: 0.2,
      depleteuptoamount_msat: 2_000_000_000_000,
    };
    expect(await call('sling-jobsettings')).toEqual({ [OTHER]: settings });
    expect(await call('sling-jobsettings', [OTHER])).toEqual({ [OTHER]: settings });
    await expect(call('sling-jobsettings', { scid: SOURCE })).rejects.toMatchObject({
      message: 'channel not found',
    });
    await expect(call('sling-go', { scid: SOURCE })).rejects.toMatchObject({
      message: 'Shortchannelid not found in jobs',
    });
    expect(await call('sling-go')).toEqual({ tasks_started: 1, 'tasks_failed_start:': 0 });
    expect(await call('sling-deletejob', { job: OTHER })).toEqual({ result: 'success' });
    expect(await call('sling-jobsettings')).toEqual({});
    expect(await call('sling-deletejob', [SOURCE])).toEqual({ result: 'success' });
  });

  test('an operator’s job is there from the start, and a later one when the mode changes', async () => {
    const { node: here } = await begun('operator jobs');
    const [name] = Object.keys(asRecord(await call('sling-jobsettings')) ?? {});
    expect(name).toBe(DESTINATION);
    here.sling?.operatorJob({ channel: 2, direction: 'push' });
    expect(Object.keys(asRecord(await call('sling-jobsettings')) ?? {})).toEqual([name, OTHER]);
  });

  test('the channels and peers to keep away from are kept', async () => {
    await begun('stalls');
    expect(await call('sling-except-chan', ['add', '1x2x3'])).toEqual({ result: 'success' });
    expect(await call('sling-except-chan', { command: 'list' })).toEqual(['1x2x3']);
    await expect(call('sling-except-chan', ['add', SOURCE])).rejects.toMatchObject({
      code: -32700,
    });
    await call('sling-job', JOB);
    const [busy, free] = [doubleChannel(2).peerId, doubleChannel(3).peerId];
    await expect(call('sling-except-peer', ['add', busy])).rejects.toMatchObject({ code: -32700 });
    expect(await call('sling-except-peer', ['add', free])).toEqual({ result: 'success' });
    expect(await call('sling-except-peer', ['remove', free])).toEqual({ result: 'success' });
    expect(await call('sling-except-peer', ['list'])).toEqual([]);
  });
});

describe('sling-stop', () => {
  test('nothing there is no error; what is on its way ends at once', async () => {
    await begun();
    expect(await call('sling-stop', { scid: DESTINATION })).toEqual({ stopped_count: 0 });
    await call('sling-once', ONCE);
    minutes(0.1);
    expect(await call('sling-stop', [DESTINATION])).toEqual({ stopped_count: 1 });
    const payments = await listed('listsendpays', 'payments');
    expect(payments.map(({ status }) => status)).toEqual(['failed']);
    minutes(60);
    expect(await listed('listsendpays', 'payments')).toHaveLength(1);
  });

  test('everything but sling-version waits behind it', async () => {
    const { node: here } = await begun('stalls');
    await call('sling-once', ONCE);
    const order: string[] = [];
    const done = (name: string) => () => order.push(name);
    if (here.sling !== undefined) here.sling.stopMs = 300;
    const stopped = call('sling-stop').then(done('stop'));
    await expect.poll(() => here.calls.get('sling-stop'), { interval: 1 }).toBe(1);
    const stats = call('sling-stats', { json: true }).then(done('stats'));
    await call('sling-version').then(done('version'));
    await Promise.all([stopped, stats]);
    expect(order).toEqual(['version', 'stop', 'stats']);
  });
});

describe('sling-stats', () => {
  test('sums as text with commas; per channel a window, null while there was nothing', async () => {
    await begun();
    expect(await call('sling-stats', { scid: DESTINATION, json: true })).toEqual({
      successes_in_time_window: null,
      failures_in_time_window: null,
    });
    await call('sling-once', ONCE);
    minutes(10);
    const [line] = [await call('sling-stats', { json: true })].flat();
    expect(line).toMatchObject({ rebamount: '300,000', w_feeppm: 100 });
    expect(await call('sling-stats', [DESTINATION, true])).toMatchObject({
      successes_in_time_window: {
        total_amount_sats: 300_000,
        total_spent_sats: 30,
        total_rebalances: 3,
        top_5_channel_partners: [{ scid: SOURCE, sats: 300_000 }],
      },
      failures_in_time_window: null,
    });
    expect(await call('sling-stats')).toMatchObject({ 'format-hint': 'simple' });
  });

  test('failures are in their own window', async () => {
    const { market } = await begun();
    market.ending = 'failed';
    await call('sling-once', ONCE);
    minutes(1);
    expect(await call('sling-stats', { scid: DESTINATION, json: true })).toMatchObject({
      successes_in_time_window: null,
      failures_in_time_window: { total_rebalances_tried: expect.any(Number) },
    });
  });
});

describe('modes', () => {
  test.each([
    ['healthy', 'v4.3.1'],
    ['too old', 'v4.2.1'],
  ] as const)('%s calls itself %s', async (mode, version) => {
    await begun(mode);
    expect(await call('sling-version')).toEqual({ version });
  });

  test('stalls tries nothing, until it is told otherwise', async () => {
    const { node: here } = await begun('stalls');
    await call('sling-once', ONCE);
    minutes(60);
    expect(await listed('listsendpays', 'payments')).toEqual([]);
    if (here.sling !== undefined) here.sling.mode = 'healthy';
    minutes(60);
    expect(await listed('listsendpays', 'payments')).toHaveLength(3);
  });

  test('lies about success: statistics without a movement', async () => {
    await begun('lies about success');
    await call('sling-once', ONCE);
    minutes(10);
    expect(await listed('listchannelmoves', 'channelmoves')).toEqual([]);
    expect(await call('sling-stats', { json: true })).toMatchObject([{ rebamount: '300,000' }]);
  });

  test('wrong parallel channel: it is credited to the other channel of that peer', async () => {
    await begun('wrong parallel channel');
    await call('sling-once', ONCE);
    minutes(10);
    const [credit] = await listed('listchannelmoves', 'channelmoves');
    expect(credit).toMatchObject({ account_id: channelId(4), credit_msat: 100_000_000 });
  });

  test('shortchanges: less arrives than the fee recorded tells', async () => {
    await begun('shortchanges');
    await call('sling-once', ONCE);
    minutes(10);
    const [credit, debit] = await listed('listchannelmoves', 'channelmoves');
    expect(credit).toMatchObject({ credit_msat: 99_000_000 });
    expect(debit).toMatchObject({ debit_msat: 100_010_000, fees_msat: 10_000 });
  });

  test('dies in mid job: others hear of it, its commands are unknown until it is revived', async () => {
    const plugin = fakePlugin({
      manifest: { subscriptions: ['plugin_stopped', 'plugin_started'] },
    });
    const { node: here } = await begun('dies in mid job', [plugin]);
    await call('sling-job', JOB);
    await call('sling-once', ONCE);
    minutes(30);
    expect(await listed('listsendpays', 'payments')).toHaveLength(1);
    for (const method of ['sling-jobsettings', 'sling-version', 'sling-once'])
      await expect(call(method, method === 'sling-once' ? ONCE : {})).rejects.toMatchObject({
        code: -32601,
      });
    expect(await slingsListed()).toBe(0);
    here.sling?.revive();
    expect(await slingsListed()).toBe(1);
    expect(Object.keys(asRecord(await call('sling-jobsettings')) ?? {})).toEqual([OTHER]);
    minutes(30);
    expect(await listed('listsendpays', 'payments')).toHaveLength(1);
    const told = (): unknown[] =>
      plugin
        .received()
        .filter(({ params }) => JSON.stringify(params).includes('"plugin_name":"sling"'))
        .map(({ method }) => method);
    await expect.poll(told).toEqual(['plugin_stopped', 'plugin_started']);
  });
});

const slingsListed = async (): Promise<number> =>
  (await listedPlugins()).filter(({ name }) => String(name).endsWith('/sling')).length;
async function listedPlugins(): Promise<Record<string, unknown>[]> {
  const found = asRecord(await call('plugin', ['list']))?.plugins;
  return Array.isArray(found) ? found.map((row) => asRecord(row) ?? {}) : [];
}

describe('as a neighbour', () => {
  test('it is in the lists of plugins and of commands', async () => {
    await begun();
    expect(await slingsListed()).toBe(1);
    const help = await listed('help', 'help');
    const names = help.map(({ command }) => String(command).split(' ')[0]);
    expect(names.filter((name) => name?.startsWith('sling-'))).toEqual([
      'sling-deletejob',
      'sling-except-chan',
      'sling-except-peer',
      'sling-go',
      'sling-job',
      'sling-jobsettings',
      'sling-once',
      'sling-stats',
      'sling-stop',
      'sling-version',
    ]);
  });

  test('without it there is nothing of it', async () => {
    node = new EmbeddedNode({ market: world() });
    await node.start();
    await expect(call('sling-version')).rejects.toMatchObject({ code: -32601 });
    expect(await slingsListed()).toBe(0);
  });

  test('nobody may take one of its methods', async () => {
    const thief = fakePlugin({
      manifest: { rpcmethods: [{ name: 'sling-once', usage: '', description: '' }] },
    });
    await expect(begun('healthy', [thief])).rejects.toThrow('method "sling-once"');
  });
});
