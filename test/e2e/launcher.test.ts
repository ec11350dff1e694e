/** SPEC 13: without a usable Node lightningd still starts: every option is known, and the reason is said. */
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { PluginHost } from '../../src/sim/embedded-node/plugin-host.ts';
import { Life, PLUGIN } from './harness.ts';

/** The launcher as it lies in a checkout whose dependencies were never installed. */
function bareCheckout(folder: string): string {
  const launcher = join(folder, 'checkout', 'cl-revenue-ops');
  const manifest = join('src', 'config', 'fallback-manifest.json');
  mkdirSync(join(dirname(launcher), 'src', 'config'), { recursive: true });
  copyFileSync(PLUGIN, launcher);
  chmodSync(launcher, 0o755);
  copyFileSync(join(dirname(PLUGIN), manifest), join(dirname(launcher), manifest));
  return launcher;
}

/** A folder for PATH in which `node` is too old, as it tells every script that asks. */
function oldNode(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'node'), '#!/bin/sh\n[ "$1" = "-e" ] && exit 1\necho v18.19.0\n');
  chmodSync(join(bin, 'node'), 0o755);
  return `${bin}:/usr/bin:/bin`;
}

describe('a Node that is too old', () => {
  test('getmanifest registers every option and nothing else, init disables with the reason', async () => {
    await using scratch = new Life();
    const launcher = bareCheckout(scratch.folder);
    await using life = new Life({ env: { PATH: oldNode(scratch.folder) } });
    const options = { 'revenue-ops-fee-interval': '900', 'revenue-ops-hive-fee-ppm': 5 };
    const [started] = await life.node.start([{ path: launcher, options }]);
    expect(started).toMatchObject({
      kind: 'disabled',
      reason: expect.stringMatching(/Node 24\.\d+ or newer.*npm install/),
    });
    expect(life.node.stderr).toContain('npm install');
    expect(await life.call('getinfo')).toMatchObject({ alias: 'sim' });
    await expect(life.call('revenue-status')).rejects.toMatchObject({ code: -32601 });
  });

  test('its options are those of the real manifest: names, types and defaults', async () => {
    await using scratch = new Life();
    const launcher = bareCheckout(scratch.folder);
    await using bare = new Life({ env: { PATH: oldNode(scratch.folder) } });
    const start = bare.node.start([{ path: launcher }]);
    const seen = await vi.waitUntil(() => bare.node.plugins.hosts[0], { interval: 1 });
    await start;
    await using real = await Life.start();
    const shape = (host: PluginHost) =>
      host.manifest?.options.map(({ name, type, default: value }) => ({ name, type, value }));
    expect(shape(seen)).toEqual(shape(real.plugin));
    expect(seen.manifest).toMatchObject({ methods: [], hooks: [] });
  });
});

test('started through a symbolic link it finds its own code', async () => {
  await using life = new Life();
  const link = join(life.folder, 'revenue');
  symlinkSync(PLUGIN, link);
  const options = { 'revenue-ops-db-path': life.database };
  expect(await life.node.start([{ path: link, options }])).toMatchObject([{ kind: 'started' }]);
  await life.arrived();
  expect(await life.call('revenue-status')).toMatchObject({ status: 'running' });
});
