/** SPEC 7.2, 7.10, 11: what it must not touch, it leaves alone, with a reason; lightningd lives either way. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { Life, PLUGIN } from './harness.ts';

/** Starts over a prepared database: the reason it gives for not running. */
async function reasonOver(prepare: (folder: string) => string): Promise<string> {
  await using scratch = new Life();
  const database = prepare(scratch.folder);
  await using life = new Life({ database });
  const started = await life.startPlugin();
  if (started.kind !== 'disabled') throw new Error(`it started over ${database}`);
  expect(await life.call('getinfo')).toMatchObject({ alias: 'sim' });
  await expect(life.call('revenue-status')).rejects.toMatchObject({ code: -32601 });
  return started.reason;
}
const inFolder =
  (write: (path: string) => void) =>
  (folder: string): string => {
    const path = join(folder, 'prepared.db');
    write(path);
    return path;
  };
const sqlite = (path: string, ...statements: string[]): void => {
  const db = new DatabaseSync(path);
  for (const statement of statements) db.exec(statement);
  db.close();
};

describe('a database it must not use disables the plugin, not lightningd', () => {
  test('garbage', async () => {
    const path = inFolder((file) => writeFileSync(file, randomBytes(65_536)));
    expect(await reasonOver(path)).toMatch(/prepared\.db.*(not a database|cannot be used)/);
  });

  test('cut off in the middle', async () => {
    await using earlier = await Life.start({ channels: 4, historyDays: 3 });
    await earlier.hours(2);
    await earlier.stopPlugin();
    const whole = readFileSync(earlier.database);
    const path = inFolder((file) => writeFileSync(file, whole.subarray(0, whole.length / 2)));
    expect(await reasonOver(path)).toMatch(/prepared\.db/);
  });

  test('written by a newer version', async () => {
    const path = inFolder((file) =>
      sqlite(
        file,
        'CREATE TABLE fact (name TEXT)',
        `PRAGMA application_id = ${0x6352764f}`,
        'PRAGMA user_version = 999',
      ),
    );
    expect(await reasonOver(path)).toMatch(/newer version .*999.*upgrade/);
  });

  test('of another program, which is left as it was', async () => {
    await using scratch = new Life();
    const path = join(scratch.folder, 'theirs.db');
    sqlite(
      path,
      'CREATE TABLE channel_states (id TEXT)',
      "INSERT INTO channel_states VALUES ('x')",
    );
    const before = readFileSync(path);
    expect(await reasonOver(() => path)).toMatch(/another program.*revenue-ops-db-path/);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('a folder', async () => {
    expect(await reasonOver(inFolder((path) => mkdirSync(path)))).toMatch(/prepared\.db/);
  });

  test('a path that leads through a file', async () => {
    const path = (folder: string): string => {
      writeFileSync(join(folder, 'file'), 'mine');
      return join(folder, 'file', 'below', 'revenue.db');
    };
    expect(await reasonOver(path)).toMatch(/revenue\.db cannot be used: .*directory/);
  });

  test('in use by another plugin: the second one says so, the first one lives on', async () => {
    await using first = await Life.start();
    await using second = new Life({ database: first.database });
    expect(await second.startPlugin()).toMatchObject({
      kind: 'disabled',
      reason: expect.stringContaining('in use by another plugin process'),
    });
    await first.hours(3);
    expect(first.sets.length).toBeGreaterThan(0);
    await first.stopPlugin();
    await using third = await Life.start({ database: first.database });
    expect(await third.call('revenue-status')).toMatchObject({ status: 'running' });
  });
});

test('without an option the database lies below the network directory, never beside the code', async () => {
  await using life = new Life();
  expect(await life.node.start([{ path: PLUGIN }])).toMatchObject([{ kind: 'started' }]);
  await life.arrived();
  const path = join(life.node.networkDirectory, 'cl-revenue-ops', 'revenue-ops.db');
  expect(statSync(path).size).toBeGreaterThan(0);
  // Balances and prices are nobody else's business.
  expect(statSync(dirname(path)).mode & 0o077).toBe(0);
});

describe('options', () => {
  test.each([
    ['revenue-ops-fee-interval', 'soon'],
    ['revenue-ops-fee-interval', '-5'],
    ['revenue-ops-min-fee-ppm', '1e400'],
    ['revenue-ops-htlc-congestion-threshold', 'NaN'],
    ['revenue-ops-authority', 'root'],
    ['revenue-ops-dry-run', 'perhaps'],
    ['revenue-ops-max-fee-ppm', '99999999999999999999'],
  ])('%s=%s: disabled, naming option and value', async (option, value) => {
    await using life = new Life({ options: { [option]: value } });
    const started = await life.startPlugin();
    expect(started).toMatchObject({ kind: 'disabled' });
    expect(started).toMatchObject({ reason: expect.stringContaining(option) });
    expect(started).toMatchObject({ reason: expect.stringContaining(value) });
    expect(await life.call('getinfo')).toMatchObject({ alias: 'sim' });
  });

  test('two bad options: both are named', async () => {
    const options = { 'revenue-ops-target-flow': 'x', 'revenue-ops-prometheus-port': '70000' };
    await using life = new Life({ options });
    expect(await life.startPlugin()).toMatchObject({
      reason: expect.stringMatching(/target-flow.*prometheus-port|prometheus-port.*target-flow/),
    });
  });

  test('min above max at start: the max gives way, loudly, and the plugin runs', async () => {
    const options = {
      'revenue-ops-authority': 'fees',
      'revenue-ops-min-fee-ppm': '600',
      'revenue-ops-max-fee-ppm': '500',
    };
    await using life = await Life.start({ options });
    expect(await life.call('revenue-status')).toMatchObject({
      config: { fee_range_ppm: [600, 600] },
      warnings: expect.arrayContaining([expect.stringMatching(/min_fee_ppm 600.*max_fee_ppm/)]),
    });
    await life.hours(3);
    // A probe is free by definition; every other price is the one that is allowed.
    const asked = life.sets.map(({ ppm }) => ppm).filter((ppm) => ppm !== '0');
    expect(asked.length).toBeGreaterThan(3);
    expect(new Set(asked)).toEqual(new Set(['600']));
  });
});
