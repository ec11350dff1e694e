import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { APPLICATION_ID } from './migrate.ts';
import { openStore } from './open-store.ts';
import { StoreRefused } from './store-refused.ts';
import { TABLE_RETENTION } from './table-retention.ts';

let folder: string;
let path: string;
const stores: Store[] = [];
const open = (file = path): Store => {
  const store = openStore(file, { onProblem: () => undefined });
  stores.push(store);
  return store;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  path = join(folder, 'revenue-ops.db');
});
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  rmSync(folder, { recursive: true, force: true });
});

const AT = unixMs(1_750_000_000_000);

describe('opening', () => {
  test('makes the folder and the file, and finds everything again', () => {
    path = join(folder, 'bitcoin', 'cl-revenue-ops', 'revenue-ops.db');
    open().settings.put(new Map([['min-fee-ppm', '12']]), AT);
    stores.splice(0)[0]?.close();
    expect(open().settings.overrides()).toEqual({
      version: 1,
      values: new Map([['min-fee-ppm', '12']]),
    });
  });

  test('original c1f2ddb (tables that grew for ever): every table of the schema declares its retention, and no other', () => {
    open().close();
    const db = new DatabaseSync(path);
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all()
      .map((row) => String(row.name));
    expect(tables.sort()).toEqual(Object.keys(TABLE_RETENTION).sort());
    expect(db.prepare('PRAGMA auto_vacuum').get()?.auto_vacuum).toBe(2);
    expect(db.prepare('PRAGMA journal_mode').get()?.journal_mode).toBe('wal');
    expect(db.prepare('PRAGMA application_id').get()?.application_id).toBe(APPLICATION_ID);
    db.close();
  });

  test('original §7 (a full VACUUM every hour): gives free pages back a few at a time', () => {
    const store = open();
    for (let i = 0; i < 3000; i += 1)
      store.forwards.storePage(
        'created',
        Array.from({ length: 1 }, () => ({
          createdIndex: i + 1,
          updatedIndex: undefined,
          inChannel: `${i}x1x1`,
          inHtlcId: undefined,
          outChannel: `1x${i}x1`,
          inMsat: undefined,
          outMsat: undefined,
          feeMsat: undefined,
          status: 'settled' as const,
          failReason: undefined,
          paymentHash: undefined,
          receivedAt: AT,
          resolvedAt: AT,
        })),
        i + 1,
        AT,
      );
    const before = store.size();
    store.close();
    const db = new DatabaseSync(path);
    db.exec('DELETE FROM unusable');
    db.close();
    const again = open();
    for (let i = 0; i < 20; i += 1) again.tidy();
    again.close();
    expect(statSync(path).size).toBeLessThan(before / 2);
  });
});

describe('refuses with a sentence, touching nothing', () => {
  test('a place where no folder can be made, at once', () => {
    expect(() => open('/proc/nope/deeper/revenue-ops.db')).toThrow(StoreRefused);
  });

  const refused = (file = path): string => {
    try {
      open(file);
    } catch (error) {
      expect(error).toBeInstanceOf(StoreRefused);
      return (error as StoreRefused).message;
    }
    throw new Error('it was opened');
  };

  test('a file that is no database', () => {
    writeFileSync(path, 'this is somebody’s diary, '.repeat(500));
    const before = readFileSync(path);
    expect(refused()).toMatch(/not a database/);
    expect(readFileSync(path)).toEqual(before);
  });

  test('another program’s database, such as the Python plugin’s', () => {
    const other = new DatabaseSync(path);
    other.exec('CREATE TABLE forwards (id INTEGER PRIMARY KEY)');
    other.close();
    const before = readFileSync(path);
    expect(refused()).toMatch(/another program/);
    expect(readFileSync(path)).toEqual(before);
  });

  test('a newer schema', () => {
    open().close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 999');
    db.close();
    expect(refused()).toMatch(/newer version.*upgrade/);
  });

  test('a damaged page of a table that would be believed', () => {
    const store = open();
    for (let i = 0; i < 400; i += 1)
      store.settings.put(new Map([[`key-${i}`, 'x'.repeat(200)]]), AT);
    store.close();
    const bytes = readFileSync(path);
    const root = new DatabaseSync(path);
    const page = Number(
      root.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'setting'").get()?.rootpage,
    );
    root.close();
    bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
    writeFileSync(path, bytes);
    expect(refused()).toMatch(/damaged|malformed/);
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('a truncated file', () => {
    open().close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, 3 * 4096));
    expect(refused()).toMatch(/damaged|malformed/);
  });

  test('a path that cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(refused(join(folder, 'file', 'sub', 'x.db'))).toMatch(/cannot be used/);
    mkdirSync(path);
    expect(refused()).toMatch(/cannot be used/);
  });

  test('a database in use, also through a symbolic link; and opens once it is free', () => {
    const first = open();
    const link = join(folder, 'link.db');
    symlinkSync(path, link);
    expect(refused()).toMatch(/in use by another/);
    expect(refused(link)).toMatch(/in use by another/);
    first.close();
    expect(open(link).settings.overrides().version).toBe(0);
    expect(refused()).toMatch(/in use by another/);
  });

  test('a symbolic link to a file that does not exist yet leads to it; a circle is refused', () => {
    const link = join(folder, 'link.db');
    symlinkSync(path, link);
    open(link).settings.put(new Map([['a', '1']]), AT);
    expect(statSync(path).size).toBeGreaterThan(0);
    symlinkSync(join(folder, 'b'), join(folder, 'a'));
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    expect(refused(join(folder, 'a'))).toMatch(/leads nowhere|cannot be used/);
  });
});
