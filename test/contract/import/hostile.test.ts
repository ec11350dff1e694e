/** Files that are not what they should be: refused with a sentence, nothing written, nothing made beside them. */
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AncestorRefused } from '../../../src/ports/ancestor.ts';
import { fill } from '../../doubles/ancestor-file.ts';
import { A, B, folderState, ImportWorld, past } from './import-world.ts';

let world: ImportWorld;
beforeEach(() => {
  world = new ImportWorld();
  world.hydrate([]);
});
afterEach(() => world.end());

/** The sentence it is refused with; nothing is written here or there. */
async function refusal(path: string): Promise<string> {
  const before = world.memory();
  try {
    await world.service.run(path, false);
  } catch (error) {
    if (!(error instanceof AncestorRefused)) throw error;
    expect(world.memory()).toBe(before);
    expect(readdirSync(dirname(world.own)).filter((name) => name.endsWith('.import'))).toEqual([]);
    return error.message;
  }
  throw new Error('it was taken');
}
const beside = (name: string): string => join(dirname(world.file('v1.4')), name);

describe('paths', () => {
  test('a missing file, a folder, a device, a pipe-like path', async () => {
    expect(await refusal('/nowhere/at/all.db')).toBe('there is no file /nowhere/at/all.db');
    expect(await refusal(world.folder)).toContain('is a folder');
    expect(await refusal('/dev/zero')).toContain('is no file');
    expect(await refusal('revenue_ops.db')).toContain('absolute path');
    expect(await refusal('/tmp/x\0y')).toContain('absolute path');
  });

  test('our own database: by name, by symbolic link, by hard link, as a copy', async () => {
    const link = beside('link.db');
    symlinkSync(world.own, link);
    const hard = beside('hard.db');
    linkSync(world.own, hard);
    world.store.settings.put(new Map([['min_fee_ppm', '12']]), world.now);
    const copy = beside('copy.db');
    world.restart();
    copyFileSync(world.own, copy);
    for (const path of [world.own, link, hard, copy])
      expect(await refusal(path)).toContain(
        'is a database of this plugin, not of the Python plugin',
      );
  });

  test('a symbolic link to a real one is followed', async () => {
    const link = beside('link.db');
    symlinkSync(world.file('v1.4', { forwards: [past(30)] }), link);
    expect((await world.import(link)).taken).toEqual({ forwards: 1 });
  });

  test('a link to itself', async () => {
    const link = beside('loop.db');
    symlinkSync(link, link);
    expect(await refusal(link)).toContain('cannot be read');
  });
});

describe('contents', () => {
  test('an empty file, a text, a file of nothing but zeros', async () => {
    for (const content of ['', 'in_channel,out_channel\n', '\0'.repeat(8192)]) {
      const path = beside('odd.db');
      writeFileSync(path, content);
      expect(await refusal(path)).toContain('is no SQLite database');
    }
  });

  test('a file that says it is enormous', async () => {
    const path = world.file('v1.4');
    truncateSync(path, 9 * 1024 ** 3);
    expect(await refusal(path)).toContain('too large');
  });

  test('a database of another program, and one between both layouts', async () => {
    const path = beside('other.db');
    new DatabaseSync(path).exec('CREATE TABLE wallet (id INTEGER)');
    expect(await refusal(path)).toContain('it has no table forwards');
    expect(
      await refusal(world.file('v1.4', {}, 'ALTER TABLE forwards DROP COLUMN fee_msat')),
    ).toContain('its table forwards has no column fee_msat');
    expect(
      await refusal(
        world.file('v1.4', {}, 'ALTER TABLE forwards ADD COLUMN resolved_time INTEGER'),
      ),
    ).toContain(
      'between 1.4 and 2.2 (it lacks fee_multiplier_min, fee_multiplier_max, expires_at)',
    );
  });

  test.each([
    [
      'ALTER TABLE forwards RENAME TO hidden; CREATE VIEW forwards AS SELECT * FROM hidden',
      'forwards is a view',
    ],
    [
      'CREATE TRIGGER sly AFTER INSERT ON config_overrides BEGIN DELETE FROM forwards; END',
      'config_overrides has a trigger',
    ],
    [
      `DROP TABLE ignored_peers; CREATE TABLE ignored_peers (peer_id TEXT, ignored_at INTEGER,
       reason TEXT GENERATED ALWAYS AS (hex(zeroblob(100000000))) VIRTUAL)`,
      'ignored_peers has computed columns',
    ],
    [
      'DROP TABLE ignored_peers; CREATE VIRTUAL TABLE ignored_peers USING fts5(peer_id, reason, ignored_at)',
      'ignored_peers is no plain table',
    ],
    ['ALTER TABLE config_overrides ADD COLUMN rowid INTEGER', 'config_overrides hides its row ids'],
    [
      `DROP TABLE ignored_peers; CREATE TABLE ignored_peers (peer_id TEXT PRIMARY KEY, reason TEXT,
       ignored_at INTEGER) WITHOUT ROWID`,
      'ignored_peers is no plain table',
    ],
  ])('%s', async (sql, sentence) => {
    expect(await refusal(world.file('v1.4', {}, sql))).toContain(sentence);
  });

  test('damaged pages anywhere: found before anything is written', async () => {
    const many = Array.from({ length: 2000 }, (_, i) =>
      past(30 + (i % 300), { resolution_time: i + 0.5 }),
    );
    const whole = world.file('v1.4', { forwards: many });
    const bytes = readFileSync(whole);
    for (const at of [0.1, 0.4, 0.7, 0.9]) {
      const broken = Buffer.from(bytes);
      broken.fill(0xff, Math.floor(bytes.length * at), Math.floor(bytes.length * at) + 8192);
      const path = beside('broken.db');
      writeFileSync(path, broken);
      expect(await refusal(path)).toMatch(/is damaged|is no database of the Python plugin/);
    }
    const cut = beside('cut.db');
    writeFileSync(cut, bytes.subarray(0, 20_000));
    expect(await refusal(cut)).toContain('is damaged');
  });

  test('a text that would fill the memory is not even loaded', async () => {
    const huge = `INSERT INTO config_overrides VALUES ('min_fee_ppm', hex(zeroblob(20000000)), 1, 1)`;
    const { of } = await world.import(world.file('v1.4', {}, huge));
    expect(of('settings').skipped).toEqual([
      { reason: 'its key or value is no text', count: 1, examples: ['min_fee_ppm'] },
    ]);
  });

  test('more channels than any node has', async () => {
    const forwards = Array.from({ length: 2100 }, (_, i) =>
      past(30, { in_channel: `${i + 1}x1x1`, resolution_time: i + 0.5 }),
    );
    expect(await refusal(world.file('v1.4', { forwards }))).toContain('channels on one day');
    const rich = Array.from({ length: 2200 }, (_, i) =>
      past(30 + (i % 9), {
        in_msat: 1_000_000_000_000_000n,
        out_msat: 999_999_999_999_999n,
        fee_msat: 1n,
        resolution_time: i + 0.5,
      }),
    );
    expect(await refusal(world.file('v1.4', { forwards: rich }))).toContain(
      'more than all bitcoin',
    );
  });

  test('left in the middle of a write, and written while it is read', async () => {
    const path = world.file('v1.4');
    writeFileSync(`${path}-journal`, 'x'.repeat(600));
    expect(await refusal(path)).toContain('left in the middle of a write');
    const busy = world.file('v1.4', { forwards: [past(30)] });
    const writer = new DatabaseSync(busy);
    const read = refusal(busy);
    // While the copy is made.
    const turns = setInterval(() => fill(writer, { forwards: [past(30)] }), 0);
    expect(await read).toContain('stop the Python plugin first');
    clearInterval(turns);
    writer.close();
  });
});

test('the folder of the file is left as it was, also where nothing may be written', async () => {
  const path = world.file('v1.4', { forwards: [past(30)] });
  const folder = dirname(path);
  chmodSync(path, 0o400);
  chmodSync(folder, 0o500);
  const before = folderState(folder);
  expect((await world.import(path, true)).taken).toEqual({ forwards: 1 });
  expect((await world.import(path)).taken).toEqual({ forwards: 1 });
  expect(folderState(folder)).toEqual(before);
  chmodSync(folder, 0o700);
  expect(readdirSync(dirname(world.own)).filter((name) => name.endsWith('.import'))).toEqual([]);
});

test('what a killed import left of its copy goes with the next', async () => {
  mkdirSync(`${world.own}.import/deep`, { recursive: true });
  writeFileSync(`${world.own}.import/source.db`, 'half');
  expect((await world.import(world.file('v1.4', { forwards: [past(30)] }))).taken).toEqual({
    forwards: 1,
  });
  expect(readdirSync(dirname(world.own)).filter((name) => name.endsWith('.import'))).toEqual([]);
});

test('while the history is being read, and while another import runs, nothing is taken', async () => {
  const path = world.file('v1.4', { forwards: [past(30)] });
  world.waiting = 'the history of forwards is being read';
  expect(await world.service.run(path, false)).toEqual({
    kind: 'refused',
    because: 'the history of forwards is being read: try again later',
  });
  world.waiting = undefined;
  const first = world.service.run(path, false);
  expect(await world.service.run(path, false)).toEqual({
    kind: 'refused',
    because: 'another import is under way',
  });
  expect(await first).toMatchObject({ kind: 'imported' });
});

test('when the plugin ends, an import breaks off, and the next one goes on', async () => {
  const forwards = Array.from({ length: 3000 }, (_, i) =>
    past(30, { resolution_time: i + 0.5, timestamp: BigInt(1_700_000_000 + 900 * i) }),
  );
  const path = world.file('v1.4', { forwards });
  let pauses = 0;
  world.onPause = () => {
    pauses += 1;
    if (pauses === 2) world.service.stop();
  };
  await expect(world.service.run(path, false)).rejects.toThrow('run revenue-import again');
  world.onPause = () => undefined;
  world.restart();
  await world.import(path);
  expect(world.store.forwards.nodeTotals().forwards).toBe(3000);
  expect([A, B].map((name) => world.store.channels.resolve(name))).toEqual([undefined, undefined]);
});
