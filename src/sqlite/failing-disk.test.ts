/** A disk that is full, read-only or lies: StoreFailed, and what was there before is still there, whole. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jobInto, pairOf } from '../../test/contract/spending/spend-world.ts';
import { DAY_MS, unixMs } from '../core/units.ts';
import { type Store, StoreFailed } from '../ports/store.ts';
import { Database } from './database.ts';
import { channelId, forward } from './forward-world.testing.ts';
import { migrate } from './migrate.ts';
import { openStore } from './open-store.ts';
import { SqliteStore } from './sqlite-store.ts';

const AT = unixMs(1_750_000_000_000);
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-'));
  path = join(folder, 'revenue-ops.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store whose connection the test keeps a hand on. */
function held(): { db: DatabaseSync; store: Store } {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL');
  migrate(db);
  const opened = { file: path, release: () => undefined, tryOpen: () => undefined };
  return { db, store: new SqliteStore(new Database(db), opened, () => undefined) };
}
const page = (from: number, rows: number) =>
  Array.from({ length: rows }, (_, i) =>
    forward({
      createdIndex: from + i,
      updatedIndex: from + i,
      inHtlcId: BigInt(from + i),
      inChannel: `${from + i}x1x1`,
    }),
  );

describe('a full disk', () => {
  test('refuses a page whole: cursor, rows, sums and names stay together; with room again it goes on', () => {
    const { db, store } = held();
    store.forwards.storePage('created', page(1, 200), 200, AT);
    const picture = () => [
      store.forwards.cursors(),
      store.forwards.nodeTotals(),
      store.forwards.counts(),
    ];
    const whole = picture();
    const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
    db.exec(`PRAGMA max_page_count = ${pages + 2}`);
    const next = page(201, 2000);
    expect(() => store.forwards.storePage('created', next, 2200, AT)).toThrow(StoreFailed);
    expect(picture()).toEqual(whole);
    expect(() => store.forwards.storeEvents(next, AT)).toThrow(/full/);
    expect(() => store.settings.put(new Map([['key', 'x'.repeat(100_000)]]), AT)).toThrow(
      StoreFailed,
    );
    expect(store.settings.overrides()).toEqual({ version: 0, values: new Map() });
    expect(db.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
    db.exec('PRAGMA max_page_count = 1000000');
    expect(store.forwards.storePage('created', next, 2200, AT).settled).toBe(2000);
    expect(store.forwards.nodeTotals().forwards).toBe(2200);
    store.close();
  });
});

test('a full disk promises no money: the hold, its sources and the ledger stay as they were', () => {
  const { db, store } = held();
  const { spending } = store;
  const sources = Array.from({ length: 2000 }, (_, n) => channelId(n + 10));
  const job = jobInto(1, { sources });
  const judge = () => ({ kind: 'granted', hold: job.cap, because: 'plenty' }) as const;
  spending.storeMoves(pairOf('aa', 1), 2, AT);
  const picture = () => [
    spending.account(),
    spending.openJobs(),
    spending.payments({ limit: 9 }),
    spending.cursors(),
    spending.lastAt(),
    store.channels.all(),
  ];
  const whole = picture();
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const later = { wall: unixMs(AT + 9), ledger: unixMs(AT + 9) };
  expect(() => spending.open(job, judge, later)).toThrow(StoreFailed);
  const many = Array.from({ length: 2000 }, (_, n) => pairOf(`hash ${n}`, 3 + 2 * n)).flat();
  expect(() => spending.storeMoves(many, 5000, later.ledger)).toThrow(StoreFailed);
  expect(picture()).toEqual(whole);
  db.exec('PRAGMA max_page_count = 1000000');
  expect(spending.open(job, judge, later).job?.sources).toEqual(sources);
  store.close();
});

test('original headline 8 (roll-up and prune in no transaction): a retention that fails in its middle changes nothing', () => {
  const { db, store } = held();
  const rows = page(1, 50).map((row, i) => ({ ...row, resolvedAt: unixMs(AT + i * 1000) }));
  store.forwards.storePage('updated', rows, 50, AT);
  store.forwards.setHydrated(AT);
  const picture = () => [
    store.forwards.counts(),
    store.forwards.nodeTotals(),
    db.prepare('SELECT count(*) AS rows FROM settled').get()?.rows,
  ];
  const whole = picture();
  db.exec(`CREATE TRIGGER broken BEFORE UPDATE ON ingest BEGIN SELECT RAISE(ABORT, 'broken'); END`);
  const later = unixMs(AT + 100 * DAY_MS);
  expect(() => store.forwards.retain(later, 8, 1000)).toThrow(StoreFailed);
  expect(picture()).toEqual(whole);
  db.exec('DROP TRIGGER broken');
  store.forwards.retain(later, 8, 1000);
  expect(store.forwards.counts().settledRows).toBeLessThan(50);
  expect(store.forwards.nodeTotals()).toEqual(whole[1]);
  store.close();
});

test('a disk that may only be read answers questions and refuses every write', () => {
  const { db, store } = held();
  store.forwards.storePage('created', page(1, 3), 3, AT);
  db.exec('PRAGMA query_only = ON');
  expect(() => store.forwards.storeEvents(page(9, 1), AT)).toThrow(StoreFailed);
  expect(() => store.settings.put(new Map([['a', '1']]), AT)).toThrow(/readonly|read-only/);
  expect(() => store.fees.nextCycle()).toThrow(StoreFailed);
  expect(store.forwards.nodeTotals().forwards).toBe(3);
  store.close();
});

test('a page of damage in the rows is StoreFailed, not a wrong sum', () => {
  const first = openStore(path, { onProblem: () => undefined });
  first.forwards.storePage('created', page(1, 5000), 5000, AT);
  first.close();
  const raw = new DatabaseSync(path);
  // One leaf of the lifetime sums is overwritten.
  const leaf = Number(
    raw
      .prepare(
        "SELECT pageno FROM dbstat WHERE name = 'channel_total' AND pagetype = 'leaf' LIMIT 1",
      )
      .get()?.pageno,
  );
  raw.close();

  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xff), 0, 4096, (leaf - 1) * 4096);
  closeSync(file);
  const store = openStore(path, { onProblem: () => undefined });
  expect(() => store.forwards.nodeTotals()).toThrow(StoreFailed);
  store.close();
});

describe('a lying disk', () => {
  const lying = (lie: string): Store => {
    openStore(path, { onProblem: () => undefined }).close();
    const raw = new DatabaseSync(path);
    raw.exec(lie);
    raw.close();
    return openStore(path, { onProblem: () => undefined });
  };
  test.each([
    [
      'keeps another value',
      "CREATE TRIGGER lie AFTER INSERT ON setting BEGIN UPDATE setting SET value = '9'; END",
    ],
    ['keeps nothing', 'CREATE TRIGGER lie AFTER INSERT ON setting BEGIN DELETE FROM setting; END'],
    [
      'keeps the old version',
      "CREATE TRIGGER lie AFTER INSERT ON fact BEGIN UPDATE fact SET value = 0 WHERE name = 'setting version'; END",
    ],
  ])('that %s is found out: StoreFailed, nothing changed', (_, lie) => {
    const store = lying(lie);
    expect(() => store.settings.put(new Map([['min-fee-ppm', '5']]), AT)).toThrow(/did not keep/);
    expect(store.settings.overrides()).toEqual({ version: 0, values: new Map() });
    store.close();
  });
  test('that forgets to reset is found out', () => {
    const store = lying(
      'CREATE TRIGGER lie BEFORE DELETE ON setting BEGIN SELECT RAISE(IGNORE); END',
    );
    expect(store.settings.put(new Map([['a', '1']]), AT)).toBe(1);
    expect(() => store.settings.put(new Map([['a', undefined]]), AT)).toThrow(/did not keep/);
    expect(store.settings.overrides()).toEqual({ version: 1, values: new Map([['a', '1']]) });
    store.close();
  });
});
