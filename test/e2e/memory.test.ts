/** SPEC 7.10: what is rebuilt when our memory is lost, what a backup brings back, what a hot reload keeps. */
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { contentHash, Life } from './harness.ts';
import {
  booked,
  order,
  paidByNode,
  rebalancingLife,
  rows,
  sellingLife,
} from './rebalance-world.ts';
import { remembered } from './remembered.ts';

/** The database and what lies beside it. */
function lose(life: Life): void {
  for (const name of readdirSync(dirname(life.database)))
    if (name.startsWith('revenue-ops.db')) rmSync(join(dirname(life.database), name));
}

test('a lost database: forwards and what was spent are rebuilt from the node, to the msat', async () => {
  await using life = await sellingLife();
  await life.hours(6);
  const [forwards, spent] = [remembered(life), booked(life)];
  expect(forwards.forwards).toBeGreaterThan(0);
  expect(spent).toBeGreaterThan(0n);
  await life.stopPlugin();
  lose(life);
  await life.restartPlugin();
  await life.call('revenue-pause', ['rebalance']);
  await life.hours(1);
  expect(remembered(life)).toEqual(forwards);
  expect(booked(life)).toBe(await paidByNode(life));
  expect(booked(life)).toBeGreaterThanOrEqual(spent);
});

test('a backup put back: policies and settings are of its moment, history and spends are read on', async () => {
  await using life = await rebalancingLife();
  await life.call('revenue-policy', ['set', life.channel(0).peerId, 'strategy=passive']);
  await life.call('revenue-config', ['set', 'min_fee_ppm', 21]);
  await life.hours(0.1);
  const backup = await life.call('revenue-backup');
  expect(backup).toMatchObject({ status: 'written' });
  expect(contentHash(String(backup.path))).toBe(contentHash(life.database));

  await life.call('revenue-config', ['set', 'min_fee_ppm', 99]);
  await order(life, 2, 3);
  await life.hours(3);
  expect(await paidByNode(life)).toBeGreaterThan(0n);
  await life.stopPlugin();
  lose(life);
  copyFileSync(String(backup.path), life.database);
  await life.restartPlugin();
  await life.hours(1);
  expect(await life.call('revenue-config', ['get', 'min_fee_ppm'])).toMatchObject({ value: 21 });
  expect(await life.call('revenue-policy', ['get', life.channel(0).peerId])).toMatchObject({
    policy: { strategy: 'passive' },
  });
  expect(booked(life)).toBe(await paidByNode(life));
});

/** What the operator sees of the memory; flow is measured anew at the start. */
async function seen(life: Life): Promise<Record<string, unknown>> {
  const debug = await life.call('revenue-fee-debug');
  const status = await life.call('revenue-status');
  return {
    channels: rows(debug.channels),
    changes: rows(status.recent_fee_changes),
    states: rows(status.channel_states).map(({ flow_ratio, updated_at, ...kept }) => kept),
    budget: status.budget,
    locks: status.locks,
    config: await life.call('revenue-config', ['diff']),
    policies: await life.call('revenue-policy', ['list']),
    feed: await life.call('revenue-policy', ['changes', 0]),
    totals: remembered(life),
  };
}

test('a hot reload keeps everything: prices, learners, policies, settings, pauses, totals', async () => {
  await using life = await Life.start({ seed: 11, channels: 5, historyDays: 2 });
  await life.days(1);
  await life.call('revenue-policy', [
    'set',
    life.channel(1).peerId,
    'strategy=static',
    'fee_ppm=77',
  ]);
  await life.call('revenue-config', ['set', 'max_fee_ppm', 2500]);
  await life.call('revenue-pause', ['fees', 5]);
  await life.hours(0.5);
  const before = await seen(life);
  const prices = life.market.channels().map(({ ours }) => ours.ppm);
  const sent = life.sets.length;
  await life.stopPlugin();
  await life.restartPlugin();
  expect(await seen(life)).toEqual(before);
  await life.hours(1);
  expect(life.market.channels().map(({ ours }) => ours.ppm)).toEqual(prices);
  expect(life.sets).toHaveLength(sent);
  expect(rows(before.channels)).not.toEqual([]);
  expect(rows(before.changes)).not.toEqual([]);
});
