/** SPEC 7.3: the tour of every method; reading has no side effects; what is deprecated is refused where lightningd says so. */
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { METHODS } from '../../src/rpc/methods.ts';
import { RpcError } from '../../src/sim/embedded-node/rpc-error.ts';
import { STOPS } from '../rpc/stops.ts';
import { checkOf, furnish, paramsOf, placeIn, STYLES, tour, tourLife } from '../rpc/tour.ts';
import { contentHash, Life } from './harness.ts';

test('the tour of every method, in each style of lightning-cli, meets nothing unexpected', async () => {
  await using life = await tourLife();
  const visited = await tour(life);
  expect(visited.flatMap(({ unexpected }) => unexpected)).toEqual([]);
  expect(visited.map(({ method }) => method).toSorted()).toEqual(
    life.plugin.manifest?.methods.map(({ name }) => name).toSorted(),
  );
  expect(life.node.logs.filter(({ level }) => level === 'error')).toEqual([]);
});

const INVALID_PARAMS = -32602;

/** Changes when any other connection has committed anything. */
const commitsSeenBy = (watcher: DatabaseSync) => (): unknown =>
  watcher.prepare('PRAGMA data_version').get()?.data_version;

/**
 * Every reading call and every check, one after another, and after which of them SQLite says that anybody committed
 * anything at all. What the database holds is hashed whole around them.
 */
async function readAll(
  life: Life,
  round = 0,
): Promise<{ readonly reads: number; readonly wrote: readonly string[] }> {
  const place = await placeIn(life, round);
  const first = contentHash(life.database);
  using watcher = new DatabaseSync(life.database, { readOnly: true });
  const commits = commitsSeenBy(watcher);
  const wrote: string[] = [];
  let [reads, seen] = [0, commits()];
  const watch = async (name: string, params: ReturnType<typeof checkOf>): Promise<void> => {
    await life.call(name, params).catch((error: unknown) => {
      // What the tour talks of need not be there yet.
      if (!(error instanceof RpcError && error.code === INVALID_PARAMS)) throw error;
    });
    reads += 1;
    if (commits() !== seen) wrote.push(`${name} ${JSON.stringify(params)}`);
    seen = commits();
  };
  for (const method of METHODS)
    for (const [n, stop] of (STOPS[method.name]?.(place) ?? []).entries()) {
      const params = paramsOf(method, stop, STYLES[n % STYLES.length] ?? 'named');
      await watch('check', checkOf(method.name, params));
      if (method.effect === 'reads' || stop.reads) await watch(method.name, params);
    }
  expect(contentHash(life.database)).toBe(first);
  return { reads, wrote };
}

test.each([
  ['fresh, at observe', {}, 0],
  ['after two days at fees', { 'revenue-ops-authority': 'fees' }, 48],
] as const)('reading and checking write nothing: %s', async (_, options, hours) => {
  await using life = await Life.start({ seed: 3, channels: 4, historyDays: 1, options });
  furnish(life);
  await life.hours(hours);
  const { reads, wrote } = await readAll(life);
  expect(wrote).toEqual([]);
  expect(reads).toBeGreaterThan(METHODS.length * 2);
});

test('reading and checking write nothing: at full, while rebalances run', async () => {
  await using life = await tourLife();
  await tour(life);
  const { wrote } = await readAll(life, STYLES.length);
  expect(wrote).toEqual([]);
  using watcher = new DatabaseSync(life.database, { readOnly: true });
  const commits = commitsSeenBy(watcher);
  const before = { hash: contentHash(life.database), commits: commits() };
  await life.call('revenue-config', ['set', 'min_fee_ppm', 12]);
  expect(contentHash(life.database)).not.toBe(before.hash);
  expect(commits()).not.toBe(before.commits);
});

test('where lightningd allows no deprecated APIs, the old names are refused, the new ones are not', async () => {
  await using life = await Life.start({ channels: 4, like: { deprecatedApis: false } });
  const place = await placeIn(life, 0);
  const before = contentHash(life.database);
  const old = METHODS.filter(({ deprecated }) => deprecated);
  expect(old.map(({ name }) => name)).toContain('revenue-ignore');
  for (const method of old)
    for (const stop of STOPS[method.name]?.(place) ?? []) {
      const params = paramsOf(method, stop, 'named');
      await expect(life.call(method.name, params)).rejects.toThrow(/deprecated/);
    }
  expect(contentHash(life.database)).toBe(before);
  expect(await life.call('revenue-policy', ['list'])).toMatchObject({ count: 0 });
});
