import { describe, expect, test } from 'vitest';
import { rpcWorld } from '../../test/doubles/rpc-world.ts';
import { OPTION_KEYS } from '../config/snapshot.ts';
import { revenueConfig } from './revenue-config.ts';

const REAL = { check: false };
const { context } = rpcWorld();
const config = (...params: unknown[]) => revenueConfig.run(params, rpcWorld().context, REAL);

describe('revenue-config, in the shapes of the Python plugin', () => {
  test('original 1.3: get omitted keys; it shows all', async () => {
    const answer = await config('get');
    expect(answer).toMatchObject({ version: 0, config: { daily_budget_sats: 5000, version: 0 } });
    expect(Object.keys(Object(Object(answer).config))).toEqual([...OPTION_KEYS, 'version']);
    expect(await config('get', 'hive_fee_ppm')).toMatchObject({ key: 'hive_fee_ppm', value: 0 });
  });

  test('get, set and reset of one key', async () => {
    const run = (...params: unknown[]) => revenueConfig.run(params, context, REAL);
    expect(await run('get', 'daily_budget_sats')).toMatchObject({
      key: 'daily_budget_sats',
      value: 5000,
      version: 0,
    });
    expect(await run('set', 'daily_budget_sats', 10_000)).toMatchObject({
      status: 'success',
      key: 'daily_budget_sats',
      old_value: 5000,
      new_value: 10_000,
      version: 1,
    });
    expect(await run('diff')).toMatchObject({
      differences: [{ key: 'daily_budget_sats', value: 10_000, source: 'override' }],
    });
    expect(await run('reset', 'daily_budget_sats')).toMatchObject({ new_value: 5000, version: 2 });
    expect(await run('reset', 'daily_budget_sats')).toMatchObject({ status: 'noop', version: 2 });
  });

  test('who gives authority full is told what may be spent, and what is missing for it', async () => {
    const world = rpcWorld();
    const set = async (key: string, value: unknown): Promise<unknown> =>
      Object(await revenueConfig.run(['set', key, value], world.context, REAL)).message;
    await set('daily_budget_sats', 700);
    expect(await set('authority', 'full')).toBe(
      'authority is full from now on: rebalances may cost 700 sat in 24 hours, once sling is there',
    );
    expect(await set('authority', 'fees')).toBe('authority is fees from now on');
    await set('enable_proportional_budget', true);
    expect(await set('authority', 'full')).toContain(', or a part of the revenue that is more');
  });

  test('list tells range, unit, meaning and source; list-mutable the names', async () => {
    expect(await config('list')).toMatchObject({
      settings: expect.arrayContaining([
        expect.objectContaining({ key: 'fee_interval', min: 60, max: 604_800, unit: 's' }),
      ]),
    });
    expect(await config('list-mutable')).toMatchObject({
      mutable_keys: expect.not.arrayContaining(['dry_run', 'db_path']),
    });
  });

  test.each([
    [['frobnicate'], 'action'],
    [['set'], 'key'],
    [['set', 'daily_budget_sats'], 'value'],
    [['set', 'nope', 1], 'key'],
    [['set', 'daily_budget_sats', 'abc'], 'value'],
    [['set', 'daily_budget_sats', 99_999_999], 'value'],
    [['set', 'dry_run', 'true'], 'key'],
    [['set', 'enable_kelly', 'perhaps'], 'value'],
    [['get', 'nope'], 'key'],
    [['reset'], 'key'],
  ])('%j is a JSON-RPC error naming %s, in check as well', async (params, field) => {
    await expect(config(...params)).rejects.toMatchObject({ field });
    await expect(
      revenueConfig.run(params, rpcWorld().context, { check: true }),
    ).rejects.toMatchObject({ field });
  });
});
