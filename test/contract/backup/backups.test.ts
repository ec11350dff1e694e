/** A copy that can be put back, whatever is written meanwhile; and nothing half made where there is none. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unixMs } from '../../../src/core/units.ts';
import { BackupRefused } from '../../../src/ports/backup.ts';
import type { Store } from '../../../src/ports/store.ts';
import { SqliteBackups } from '../../../src/sqlite/backups.ts';
import { forward } from '../../../src/sqlite/forward-world.testing.ts';
import { integrityOf } from '../../../src/sqlite/integrity.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { StoreRefused } from '../../../src/sqlite/store-refused.ts';
import { contentHash, memoryFolder } from '../../e2e/harness.ts';

const AT = unixMs(Date.UTC(2026, 0, 5, 12, 30, 59));
let folder: string;
let file: string;
let store: Store;
beforeEach(() => {
  folder = memoryFolder();
  file = join(folder, 'revenue-ops.db');
  store = opened(file);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const opened = (path: string): Store =>
  openStore(path, {
    onProblem: (sentence) => {
      throw new Error(sentence);
    },
  });
function fill(from: number, rows: number): void {
  const page = Array.from({ length: rows }, (_, i) =>
    forward({
      createdIndex: from + i,
      updatedIndex: from + i,
      inHtlcId: BigInt(from + i),
      inChannel: `${from + i}x1x1`,
    }),
  );
  store.forwards.storePage('created', page, from + rows - 1, AT);
}
const fault = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof BackupRefused) return error.fault;
    throw error;
  }
  return undefined;
};

describe('a backup', () => {
  test('has the same content, is one file for its owner alone, and opens as a memory of ours', async () => {
    fill(1, 2000);
    const path = join(folder, 'copy.db');
    const written = await store.backups.write(path, AT);
    expect(written).toEqual({ path, bytes: statSync(path).size });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    expect(contentHash(path)).toBe(contentHash(file));
    const restored = opened(path);
    expect(restored.forwards.nodeTotals()).toEqual(store.forwards.nodeTotals());
    restored.close();
  });

  test('is of one moment, is finished however much is written meanwhile, and leaves the loop free', async () => {
    fill(1, 8000);
    const wanted = store.forwards.nodeTotals();
    const copying = store.backups.write(join(folder, 'copy.db'), AT);
    let rounds = 0;
    let done = false;
    void copying.finally(() => {
      done = true;
    });
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      rounds += 1;
      if (rounds % 100 === 1) fill(8001 + rounds, 1);
    }
    await copying;
    const copy = opened(join(folder, 'copy.db'));
    expect(copy.forwards.nodeTotals()).toEqual(wanted);
    copy.close();
    expect(store.forwards.nodeTotals().forwards).toBeGreaterThan(wanted.forwards);
    // The loop went round all the while: nothing was copied or looked over in our thread.
    expect(rounds).toBeGreaterThan(50);
  }, 30_000);

  test('without a path lies in backups, named after the moment, and never twice the same', async () => {
    const first = await store.backups.write(undefined, AT);
    expect(first.path).toBe(join(folder, 'backups', 'revenue-ops-2026-01-05T12-30-59Z.db'));
    expect(statSync(join(folder, 'backups')).mode & 0o777).toBe(0o700);
    const second = await store.backups.write(undefined, AT);
    expect(second.path).toBe(join(folder, 'backups', 'revenue-ops-2026-01-05T12-30-59Z-2.db'));
  });

  test('two at a time: the second is refused, the first is finished', async () => {
    const first = store.backups.write(undefined, AT);
    expect(await fault(() => store.backups.write(join(folder, 'b.db'), AT))).toBe('busy');
    expect(existsSync((await first).path)).toBe(true);
    expect((await store.backups.write(join(folder, 'b.db'), AT)).bytes).toBeGreaterThan(0);
  });

  test('a closing store breaks it off and leaves nothing half made', async () => {
    fill(1, 2000);
    const copying = fault(() => store.backups.write(join(folder, 'copy.db'), AT));
    store.close();
    expect(await copying).toBe('failed');
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([]);
  });
});

describe('nothing is overwritten, and what is in the way is named', () => {
  const cases: readonly (readonly [string, string, (path: string) => unknown])[] = [
    ['a file', 'exists', (path) => writeFileSync(path, 'mine')],
    ['a folder', 'folder', (path) => mkdirSync(path)],
    [
      'a log that SQLite would take for its own',
      'exists',
      (path) => writeFileSync(`${path}-wal`, 'mine'),
    ],
    ['what a killed backup left', 'exists', (path) => writeFileSync(`${path}.unfinished`, '')],
    ['a link that leads nowhere', 'exists', (path) => symlinkSync('/nowhere/at/all', path)],
  ];
  test.each(cases)('%s', async (_, wanted, make) => {
    const path = join(folder, 'copy.db');
    make(path);
    const before = readdirSync(folder);
    expect(await fault(() => store.backups.target(path, AT))).toBe(wanted);
    expect(await fault(() => store.backups.write(path, AT))).toBe(wanted);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('the database itself, a relative path, a folder that is not there, a name too long', async () => {
    const before = contentHash(file);
    expect(await fault(() => store.backups.write(file, AT))).toBe('exists');
    expect(await fault(() => store.backups.write('copy.db', AT))).toBe('unfit');
    expect(await fault(() => store.backups.write('/nowhere/copy.db', AT))).toBe('no_folder');
    expect(await fault(() => store.backups.write(join(file, 'copy.db'), AT))).toBe('no_folder');
    const long = join(folder, 'x'.repeat(300));
    expect(await fault(() => store.backups.write(long, AT))).toBe('unfit');
    expect(contentHash(file)).toBe(before);
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written to', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o500 });
    expect(await fault(() => store.backups.write(join(closed, 'copy.db'), AT))).toBe('permission');
    chmodSync(closed, 0o700);
    expect(readdirSync(closed)).toEqual([]);
  });

  test('/proc, where nothing can be made', async () => {
    expect(await fault(() => store.backups.write('/proc/copy.db', AT))).toMatch(
      /^(permission|no_folder)$/,
    );
  });

  test('a memory in no file has nothing to copy', async () => {
    const memory = opened(':memory:');
    expect(await fault(() => memory.backups.write(join(folder, 'copy.db'), AT))).toBe('failed');
    expect(await fault(() => memory.backups.write(undefined, AT))).toBe('failed');
    memory.close();
  });
});

describe('a copy that is not sound', () => {
  test('is not kept: a page of the database is damaged', async () => {
    fill(1, 5000);
    store.close();
    const bytes = readFileSync(file);
    // Far behind the tables that are looked over at every open.
    bytes.fill(0x5a, bytes.length - 40 * 4096, bytes.length - 38 * 4096);
    const damaged = join(folder, 'damaged.db');
    writeFileSync(damaged, bytes);
    expect(await integrityOf(damaged)).not.toBe('ok');
    const backups = new SqliteBackups(damaged, () => undefined);
    expect(await fault(() => backups.write(join(folder, 'copy.db'), AT))).toBe('not_verified');
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([]);
  });

  test('is not kept: it does not open as a memory of ours', async () => {
    const backups = new SqliteBackups(file, (copy) => {
      throw new StoreRefused(`${copy} is of another program`);
    });
    expect(await fault(() => backups.write(join(folder, 'copy.db'), AT))).toBe('not_verified');
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([]);
  });
});
