import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unixMs } from '../core/units.ts';
import { channel, channelId } from './forward-world.testing.ts';
import { APPLICATION_ID } from './migrate.ts';
import { MIGRATIONS } from './migrations/in-order.ts';
import { openStore } from './open-store.ts';

const AT = unixMs(1_790_000_000_000);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a database from before money is brought up to date, and keeps what it held', () => {
  const path = join(folder, 'old.db');
  const old = new DatabaseSync(path);
  old.exec('PRAGMA auto_vacuum = INCREMENTAL');
  old.exec(MIGRATIONS[0] ?? '');
  old.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  old.exec('PRAGMA user_version = 1');
  old.exec(`INSERT INTO channel (channel_id, capacity_msat) VALUES ('${channelId(7)}', 5)`);
  old.close();
  for (let opening = 0; opening < 2; opening += 1) {
    const store = openStore(path, { onProblem: () => undefined });
    store.channels.learn([channel(7), channel(8)], [], AT);
    expect(store.channels.all().map((one) => one.channelId)).toEqual([channelId(7), channelId(8)]);
    expect(store.spending.jobs(9)).toEqual([]);
    expect(store.spending.cursors()).toEqual({ moves: 0, sendPays: 0, complete: false });
    store.close();
  }
  const now = new DatabaseSync(path);
  expect(now.prepare('PRAGMA user_version').get()?.user_version).toBe(MIGRATIONS.length);
  now.close();
});
