/**
 * SPEC 4.7, 7.10, 11: kill −9 between every two steps from the hold to the settlement, whatever sling does.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InstalledPlugin, installPlugin } from './installed-plugin.ts';
import { CrashMatrix } from './matrix.ts';
import { summary, table } from './report.ts';
import type { Scene, Tally } from './scene.ts';

const SCENES: readonly Scene[] = [
  { name: 'healthy', mode: 'healthy', moments: 'all', again: true },
  { name: 'stalls', mode: 'stalls', moments: 'deeds' },
  { name: 'lies about success', mode: 'lies about success', moments: 'deeds' },
  { name: 'delivers short', mode: 'delivers short', moments: 'deeds' },
  { name: 'wrong parallel channel', mode: 'wrong parallel channel', moments: 'deeds' },
  { name: 'dies in mid job', mode: 'dies in mid job', moments: 'deeds' },
  { name: 'too old', mode: 'too old', moments: 'all' },
  { name: 'turns too old', mode: 'healthy', turns: 'too old', moments: 'deeds' },
  { name: 'operator jobs', mode: 'healthy', operator: true, moments: 'deeds' },
];
const tallies: Tally[] = [];
let plugin: InstalledPlugin;

beforeAll(async () => {
  plugin = await installPlugin();
});
afterAll(() => {
  rmSync(plugin.folder, { recursive: true, force: true });
  console.log(`${table(tallies)}\n${summary(tallies)}`);
});

describe.concurrent('killed between every two steps', () => {
  test.each(SCENES)('while sling: $name', async (scene) => {
    const matrix = new CrashMatrix(scene);
    tallies.push(matrix.tally);
    const { breaches, unsettled, orphans, kills, recoveries, paid, booked } = await matrix.run(
      plugin.launcher,
    );
    expect(breaches).toEqual([]);
    expect({ unsettled, orphans, recoveries }).toEqual({
      unsettled: 0,
      orphans: 0,
      recoveries: kills - matrix.tally.twice,
    });
    expect(kills).toBeGreaterThan(2);
    expect(booked).toBe(paid);
  });
});

test('every call that money depends on was a moment of death, and caps held orders back', () => {
  const moments = new Set(tallies.flatMap((one) => [...one.moments]));
  for (const method of [
    'listpeerchannels',
    'listfunds',
    'sling-version',
    'sling-once',
    'sling-jobsettings',
    'sling-stats',
    'sling-stop',
    'sling-deletejob',
    'listchannelmoves',
    'listsendpays',
  ])
    for (const phase of ['before', 'after']) expect(moments).toContain(`${phase} ${method}`);
  expect(tallies.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(0);
  expect(tallies.reduce((sum, { paid }) => sum + paid, 0n)).toBeGreaterThan(0n);
});
