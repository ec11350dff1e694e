/** SPEC 11, 7.1: a disk that is full. Nothing is sent that could not be written down, and it goes on when there is room. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentHash, Life } from '../e2e/harness.ts';
import { expectSaneOrders } from './sane-orders.ts';

const absent = spawnSync('prlimit', ['--version']).status !== 0;
if (absent) console.warn('NOT TESTED on a full disk: prlimit (util-linux) is missing');

/** No file of the plugin's may grow beyond this many bytes; the kernel answers as a full disk does. */
function limitFiles(life: Life, bytes: number | 'unlimited'): void {
  const { pid } = life.plugin;
  if (pid === undefined) throw new Error('the plugin has no process');
  // The hard limit stays where it is, so that it can be lifted again.
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}

describe.skipIf(absent)('the disk is full', () => {
  test('cycles stop before they act, status answers, and with room it all goes on', async () => {
    await using life = await Life.start({ seed: 19, channels: 10, historyDays: 2 });
    await life.hours(3);
    const [sent, { pid }] = [life.sets.length, life.plugin];
    expect(sent).toBeGreaterThan(0);
    const hash = contentHash(life.database);

    limitFiles(life, 1);
    await life.hours(6);
    expect(life.sets).toHaveLength(sent);
    expect(contentHash(life.database)).toBe(hash);
    expect(life.plugin.pid).toBe(pid);
    expect(await life.call('revenue-status')).toMatchObject({ status: 'running' });

    limitFiles(life, 'unlimited');
    await life.hours(6);
    expect(life.plugin.pid).toBe(pid);
    expect(life.sets.length).toBeGreaterThan(sent);
    expectSaneOrders(life);
    // Events that could not be stored were read again from the node.
    const { forwards } = await life.call('listforwards', { status: 'settled' });
    expect(await life.call('revenue-status')).toMatchObject({
      hydration: { forwards: Array.isArray(forwards) ? forwards.length : -1 },
    });
  });

  test('a setting that cannot be stored is not set: value, version and memory stay; no half of a backup', async () => {
    await using life = await Life.start({ seed: 19, channels: 4 });
    await life.hours(1);
    await life.call('revenue-config', ['set', 'min_fee_ppm', 12]);
    const before = await life.call('revenue-config', ['get', 'min_fee_ppm']);
    limitFiles(life, 1);
    await expect(life.call('revenue-config', ['set', 'min_fee_ppm', 900])).rejects.toThrow();
    await expect(life.call('revenue-config', ['reset', 'min_fee_ppm'])).rejects.toThrow();
    expect(await life.call('revenue-config', ['get', 'min_fee_ppm'])).toEqual(before);
    limitFiles(life, 'unlimited');
    expect(await life.call('revenue-config', ['set', 'min_fee_ppm', 900])).toMatchObject({
      status: 'success',
      old_value: 12,
    });

    // No half of a copy is left where there is no room for a whole one.
    const path = join(life.folder, 'copy.db');
    limitFiles(life, 100_000);
    expect(await life.call('revenue-backup', [path])).toMatchObject({
      status: 'failed',
      reason: 'disk_full',
    });
    expect(readdirSync(life.folder).filter((name) => name.startsWith('copy'))).toEqual([]);
    limitFiles(life, 'unlimited');
    expect(await life.call('revenue-backup', [path])).toMatchObject({ status: 'written', path });
    expect(contentHash(path)).toBe(contentHash(life.database));
  });
});
