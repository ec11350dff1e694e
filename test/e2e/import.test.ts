/** SPEC 7.9: the database of the Python plugin, taken over by the real plugin. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DAY_MS } from '../../src/core/units.ts';
import { ancestorFile } from '../doubles/ancestor-file.ts';
import { BORN, contentHash, Life } from './harness.ts';
import { rows } from './rebalance-world.ts';

/** Noon of a UTC day before the node's own history, in seconds. */
const noon = (daysAgo: number): number =>
  Math.floor((BORN - daysAgo * DAY_MS) / DAY_MS) * 86_400 + 43_200;
const forward = (scid: string, daysAgo: number) => ({
  in_channel: '700001x1x0',
  out_channel: scid,
  in_msat: 1_001_000,
  out_msat: 1_000_000,
  fee_msat: 1_000,
  resolution_time: 1 + daysAgo / 1024,
  timestamp: noon(daysAgo),
});
const FORWARDS = 6;

/** The home of whoever runs lightningd. */
const home = mkdtempSync(join(tmpdir(), 'home-'));
afterAll(() => rmSync(home, { recursive: true }));

/** What the Python plugin left behind, where it keeps it by default. */
function leave(life: Life): { readonly path: string; readonly beside: () => unknown } {
  const folder = join(home, '.lightning');
  mkdirSync(folder);
  const { scid, peerId } = life.channel(0);
  const path = ancestorFile(join(folder, 'revenue_ops.db'), 'v1.4', {
    forwards: Array.from({ length: FORWARDS }, (_, n) => forward(scid, 40 + n)),
    rebalance_costs: [
      { channel_id: scid, peer_id: peerId, cost_sats: 7, amount_sats: 500, timestamp: noon(41) },
    ],
    peer_policies: [
      {
        peer_id: peerId,
        strategy: 'static',
        rebalance_mode: 'source_only',
        fee_ppm_target: 321,
        tags: '["whale"]',
        updated_at: noon(50),
      },
    ],
    ignored_peers: [{ peer_id: `02${'c'.repeat(64)}`, reason: 'bad', ignored_at: noon(60) }],
    config_overrides: [{ key: 'min_fee_ppm', value: '17', version: 3, updated_at: noon(50) }],
  });
  const beside = () =>
    readdirSync(folder).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]);
  return { path, beside };
}
/** What revenue-doctor says of the Python plugin. */
const offered = async (life: Life): Promise<Record<string, unknown> | undefined> =>
  rows((await life.call('revenue-doctor', { json: true })).checks).find(
    ({ name }) => name === 'Python plugin',
  );
const taken = (answer: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(rows(answer.parts).map((one) => [String(one.part), one.taken]));

test('a dry run changes nothing; the import takes all once; its source stays as it was', async () => {
  await using life = await Life.start({
    seed: 7,
    channels: 4,
    historyDays: 1,
    env: { HOME: home },
  });
  expect(await offered(life)).toBeUndefined();
  const { path, beside } = leave(life);
  await life.hours(1);
  const source = beside();
  expect(await offered(life)).toMatchObject({
    verdict: 'attention',
    advice: expect.stringContaining(`lightning-cli revenue-import ${path}`),
  });
  const ours = contentHash(life.database);
  const before = rows([await life.call('revenue-history')])[0];

  const wouldBe = await life.call('revenue-import', [path]);
  expect(wouldBe).toMatchObject({ status: 'would', layout: 'v1.4' });
  expect(await life.call('check', ['revenue-import', path, false])).toBeDefined();
  expect(contentHash(life.database)).toBe(ours);
  expect(life.sets.filter(({ ppm }) => ppm === '321')).toEqual([]);

  const imported = await life.call('revenue-import', { path, dry_run: false });
  expect(imported).toMatchObject({ status: 'imported', layout: 'v1.4' });
  expect(taken(imported)).toEqual(taken(wouldBe));
  expect(taken(imported)).toMatchObject({ forwards: FORWARDS, rebalance_costs: 1, settings: 1 });
  const after = contentHash(life.database);
  expect(after).not.toBe(ours);
  expect(await life.call('revenue-config', ['get', 'min_fee_ppm'])).toMatchObject({ value: 17 });
  const { peerId } = life.channel(0);
  expect(await life.call('revenue-policy', ['get', peerId])).toMatchObject({
    policy: { strategy: 'static', rebalance_mode: 'source_only', fee_ppm_target: 321 },
  });
  expect(await life.call('revenue-policy', ['find', 'migrated_ignore'])).toMatchObject({
    count: 1,
  });
  expect((await life.call('revenue-history')).lifetime_forward_count).toBe(
    Number(before?.lifetime_forward_count) + FORWARDS,
  );

  const again = await life.call('revenue-import', { path, dry_run: false });
  expect(Object.values(taken(again)).every((count) => count === 0)).toBe(true);
  expect(await offered(life)).toMatchObject({ verdict: 'ok' });
  expect(beside()).toEqual(source);

  // What was taken over is there after a restart, and rules: the policy's price is sent.
  await life.killPlugin();
  await life.restartPlugin();
  await life.hours(1);
  expect(life.channel(0).ours.ppm).toBe(321);
  expect((await life.call('revenue-history')).lifetime_forward_count).toBeGreaterThanOrEqual(
    Number(before?.lifetime_forward_count) + FORWARDS,
  );
  expect(life.node.logs.filter(({ level }) => level === 'error')).toEqual([]);
});
