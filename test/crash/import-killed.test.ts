/** kill −9 before and after every write of an import: the next run goes on, and the end is the same. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  A,
  B,
  ImportWorld,
  listed,
  midnight,
  NOW,
  noon,
  past,
} from '../contract/import/import-world.ts';

const PROCESS = fileURLToPath(new URL('./importing-process.ts', import.meta.url));
const TABLES = [
  ...['node_day', 'flow_day', 'channel_total', 'imported_cost', 'imported_rebalance'],
  ...['imported_fee_change', 'imported_mark', 'setting', 'policy', 'policy_change'],
];

/** Every row of every table that an import writes, without what only tells the order. */
function content(file: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = TABLES.map((table) => db.prepare(`SELECT * FROM ${table}`).all());
  db.close();
  return rows;
}

const PEERS = Array.from({ length: 60 }, (_, n) => `02${n.toString(16).padStart(64, '0')}`);
const rowsOfAll = {
  forwards: Array.from({ length: 9 }, (_, n) => past(30 + n)),
  daily_forwarding_stats: Array.from({ length: 400 }, (_, n) => ({
    channel_id: `${700_010 + (n % 100)}x1x0`,
    date: midnight(50 + Math.floor(n / 100)),
    total_in_msat: 2_002_000n,
    total_out_msat: 2_000_000n,
    total_fee_msat: 2_000n,
    forward_count: 2n,
  })),
  rebalance_costs: [
    { channel_id: B, cost_sats: 7n, amount_sats: 500n, timestamp: noon(30) },
    { channel_id: A, cost_sats: 8n, amount_sats: 500n, timestamp: noon(31) },
  ],
  rebalance_history: [
    {
      ...{ from_channel: A, to_channel: B, amount_sats: 500n, max_fee_sats: 9n },
      ...{ actual_fee_sats: 7n, status: 'success', rebalance_type: 'normal', timestamp: noon(30) },
    },
  ],
  fee_changes: [
    {
      ...{ channel_id: B, old_fee_ppm: 1n, new_fee_ppm: 2n, reason: 'x', manual: 1n },
      timestamp: noon(30),
    },
  ],
  peer_policies: PEERS.map((peer_id) => ({
    ...{ peer_id, strategy: 'passive', rebalance_mode: 'disabled', tags: '["x"]' },
    updated_at: noon(30),
  })),
  config_overrides: [
    { key: 'min_fee_ppm', value: '25' },
    { key: 'max_fee_ppm', value: '2500' },
  ],
};

test('an import that is killed at any of its writes is the same after the next run', () => {
  const world = new ImportWorld();
  try {
    world.hydrate([listed(10, 0)]);
    const path = world.file('v1.4', rowsOfAll);
    world.store.close();
    const run = (own: string, killAt: number) =>
      spawnSync(process.execPath, [PROCESS, own, path, String(NOW), String(killAt)], {
        encoding: 'utf8',
      });
    const fresh = (name: string): string => {
      const own = join(world.folder, name);
      for (const end of ['', '-wal', '-shm']) rmSync(`${own}${end}`, { force: true });
      copyFileSync(world.own, own);
      return own;
    };
    const whole = fresh('whole.db');
    expect(run(whole, 0)).toMatchObject({ status: 0 });
    const wanted = content(whole);
    let kills = 0;
    for (let killAt = 1; ; killAt += 1) {
      const own = fresh('killed.db');
      const first = run(own, killAt);
      if (first.status === 0) break;
      expect(first).toMatchObject({ signal: 'SIGKILL' });
      kills += 1;
      expect(run(own, 0)).toMatchObject({ status: 0, stderr: '' });
      expect(content(own)).toEqual(wanted);
      expect(existsSync(`${own}.import`)).toBe(false);
    }
    expect(kills).toBeGreaterThan(20);
  } finally {
    world.end();
  }
}, 120_000);
