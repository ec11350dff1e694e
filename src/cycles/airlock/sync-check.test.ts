import { expect, test } from 'vitest';
import { AirlockWorld } from '../../../test/doubles/airlock-world.ts';
import { RetryLater } from '../../ports/errors.ts';
import { SyncCheck } from './sync-check.ts';

const MINUTE_MS = 60_000;

function world() {
  const said = { behind: undefined as string | undefined, silent: false, asked: 0, elapsed: 0 };
  const synced = async (): Promise<string | undefined> => {
    said.asked += 1;
    if (said.silent) throw new RetryLater('getinfo: no answer');
    return said.behind;
  };
  return { said, check: new SyncCheck({ synced }, () => said.elapsed) };
}

test('a synced node is asked again after a quarter of an hour, and not before', async () => {
  const { said, check } = world();
  expect(await check.refusal()).toBeUndefined();
  said.behind = 'Bitcoind is not up-to-date with network.';
  said.elapsed = 15 * MINUTE_MS - 1;
  expect(await check.refusal()).toBeUndefined();
  expect(said.asked).toBe(1);
  said.elapsed += 1;
  expect(await check.refusal()).toBe(
    'the node is not synced with the chain: Bitcoind is not up-to-date with network.',
  );
});

test('a node behind the chain is refused for a minute without being asked, and then asked', async () => {
  const { said, check } = world();
  said.behind = 'Still loading latest blocks from bitcoind.';
  expect(await check.refusal()).toContain('Still loading');
  said.behind = undefined;
  said.elapsed = MINUTE_MS - 1;
  expect(await check.refusal()).toContain('Still loading');
  expect(said.asked).toBe(1);
  said.elapsed = MINUTE_MS;
  expect(await check.refusal()).toBeUndefined();
});

test('no answer is no, and is not remembered', async () => {
  const { said, check } = world();
  said.silent = true;
  expect(await check.refusal()).toContain('not known');
  said.silent = false;
  expect(await check.refusal()).toBeUndefined();
});

test('nothing is ordered, and nothing held, while the node is behind the chain', async () => {
  const w = new AirlockWorld();
  w.syncing = 'Bitcoind is not up-to-date with network.';
  expect(await w.airlock.readiness()).toMatchObject({
    because: expect.stringContaining('not synced'),
  });
  expect(await w.order()).toMatchObject({ kind: 'refused', cap: 'not_ready' });
  expect(w.store.spending.jobs(9)).toEqual([]);
  w.syncing = undefined;
  w.clock.move(MINUTE_MS);
  expect(await w.order()).toMatchObject({ kind: 'ordered' });
  expect(w.syncAsked).toBe(2);
});
