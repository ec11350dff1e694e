/** SPEC 2.2, 7.1, 7.4, 7.9, 7.10: the live plugin where the node is not as it should be. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  doubleChannel,
  doubleForward,
  MarketDouble,
} from '../../src/sim/embedded-node/market-double.ts';
import { Life, memoryFolder } from './harness.ts';

const shape = z.object({
  hydration: z.record(z.string(), z.unknown()),
  warnings: z.array(z.string()),
  neighbours: z.array(z.object({ name: z.string(), present: z.boolean() })),
  jobs: z.array(
    z.object({ name: z.string(), runs: z.number(), waiting_for: z.string().optional() }),
  ),
});
const status = async (life: Life): Promise<z.infer<typeof shape>> =>
  shape.parse(await life.call('revenue-status'));
const job = async (life: Life, name: string) =>
  (await status(life)).jobs.find((one) => one.name === name);
const explained = async (life: Life, index: number): Promise<string> =>
  String((await life.call('revenue-explain', [life.channel(index).scid])).result);

/** That many settled forwards, one a minute, the last one just before the start. */
const past = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const at = (i - count) * 60_000;
    return [doubleForward(i, 'offered', at), doubleForward(i, 'settled', at + 500)];
  }).flat();
const twoChannels = (history: ReturnType<typeof past> = []) =>
  new MarketDouble([doubleChannel(0), doubleChannel(1)], [], history);

test('after a gap of more than an hour nothing is decided until the forwards are read again', async () => {
  await using life = await Life.start({ channels: 6, historyDays: 3 });
  await life.hours(2);
  const heal = life.node.faults.add({
    kind: 'error',
    method: 'listforwards',
    code: -1,
    message: 'no',
  });
  await life.hours(1.5);
  const flow = await job(life, 'flow');
  const sent = life.sets.length;
  expect(flow?.waiting_for).toBe('forwards of more than an hour must be read first');
  expect((await job(life, 'fees'))?.waiting_for).toBe(flow?.waiting_for);
  expect(await explained(life, 0)).toContain('Next: the fee cycle waits: forwards of more than');
  await life.hours(6);
  expect(life.sets).toHaveLength(sent);
  expect((await job(life, 'flow'))?.runs).toBe(flow?.runs);
  heal();
  await life.hours(1);
  expect(await job(life, 'fees')).not.toHaveProperty('waiting_for');
  expect((await job(life, 'flow'))?.runs).toBeGreaterThan(flow?.runs ?? 0);
});

test('a node restored from a backup: an alert, its history anew, and no total changes', async () => {
  const folder = memoryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const database = join(folder, 'revenue-ops.db');
  {
    await using life = await Life.start({ market: twoChannels(past(3000)), database });
    expect(await status(life)).toMatchObject({ hydration: { forwards: 3000 } });
    await life.stopPlugin();
  }
  await using life = await Life.start({ market: twoChannels(past(3000).slice(0, 2000)), database });
  const { hydration, warnings } = await status(life);
  expect(hydration).toMatchObject({ phase: 'live', forwards: 3000, created_index: 1000 });
  expect(warnings).toContainEqual(expect.stringContaining('was the node restored?'));
  expect(life.node.published.map(({ method }) => method)).toEqual(['revenue_alert']);
});

test('lightningd 24.11 without anything newer, strict about what is deprecated, and with the Python plugin', async () => {
  const newer = ['listchannelmoves', 'listchainmoves', 'sql', 'bkpr-listincome', 'help'];
  await using life = await Life.start({
    channels: 4,
    historyDays: 3,
    like: {
      version: 'v24.11',
      deprecatedApis: false,
      listedPlugins: ['cl-revenue-ops.py', 'sling', 'cl-hive.py'],
    },
    prepare: ({ faults }) => {
      for (const method of newer) faults.add({ kind: 'unknown-method', method });
    },
  });
  life.node.setQuirk(1, { state: 'CHANNELD_SHUTTING_DOWN' });
  await life.hours(5);
  const { neighbours, warnings } = await status(life);
  const here = neighbours.filter(({ present }) => present).map(({ name }) => name);
  expect(here).toEqual(['sling', 'cl-hive']);
  expect(warnings).toEqual([expect.stringContaining('plugin stop cl-revenue-ops.py')]);
  expect(life.sets.length).toBeGreaterThan(0);
  expect(life.said()).not.toMatch(/not understood|did not finish/);
});

test('a channel is explained from the first minute on, and to its end', async () => {
  await using life = await Life.start({ channels: 3, historyDays: 3 });
  const before = await explained(life, 0);
  expect(before).toMatch(/It asks \d+ ppm now/);
  expect(before).toContain('Nothing was decided about it yet.');
  expect(before).toContain('Next: the next fee cycle in 1 min');
  await life.hours(2);
  expect(await explained(life, 0)).toContain('Replayed: its inputs give the same number again');
  life.node.setQuirk(0, { state: 'ONCHAIN' });
  await life.hours(2);
  expect(await explained(life, 0)).toContain('Next: nothing is decided while its state is ONCHAIN');
});

test('an interval that is changed counts at once; every key says where its value is from', async () => {
  await using life = await Life.start({
    channels: 3,
    options: { 'revenue-ops-fee-interval': 7200 },
  });
  const get = () => life.call('revenue-config', ['get', 'fee_interval']);
  expect(await get()).toMatchObject({ value: 7200, source: 'option', default: 1800 });
  await life.hours(1);
  const { runs = 0 } = (await job(life, 'fees')) ?? {};
  await life.call('revenue-config', { action: 'set', key: 'fee_interval', value: 600 });
  expect(await get()).toMatchObject({ value: 600, source: 'override' });
  expect((await status(life)).warnings).toContainEqual(
    expect.stringContaining('fee_interval=600 was set with revenue-config and shadows'),
  );
  await life.hours(1);
  expect((await job(life, 'fees'))?.runs).toBeGreaterThanOrEqual(runs + 5);
  await life.call('revenue-config', ['reset', 'key=fee_interval']);
  expect(await get()).toMatchObject({ value: 7200, source: 'option' });
});

test.each(['plugin', 'listpeerchannels', 'listforwards', undefined])(
  'lightningd dies while %s is not answered: the process ends within 5 s, saying nothing',
  async (method) => {
    await using life = new Life({
      market: twoChannels(past(20_000)),
      clock: 'machine',
      prepare: ({ faults }) => {
        faults.add(method === undefined ? { kind: 'stall' } : { kind: 'stall', method });
      },
    });
    await life.startPlugin();
    await pause(200);
    const { plugin } = life;
    const began = performance.now();
    life.node.die();
    await plugin.exited;
    expect(performance.now() - began).toBeLessThan(5000);
    expect(life.node.stderr).toBe('');
  },
);
