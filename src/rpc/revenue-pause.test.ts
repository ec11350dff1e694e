import { describe, expect, test } from 'vitest';
import { rpcWorld } from '../../test/doubles/rpc-world.ts';
import { RetryLater } from '../ports/errors.ts';
import { revenueConfig } from './revenue-config.ts';
import { revenuePause } from './revenue-pause.ts';
import { revenueResume } from './revenue-resume.ts';
import { revenueStatus } from './revenue-status.ts';

const REAL = { check: false };

describe('revenue-pause and revenue-resume', () => {
  test('everything until resumed, unless told otherwise; status shows it', async () => {
    const { context } = rpcWorld();
    expect(await revenuePause.run([], context, REAL)).toMatchObject({
      status: 'paused',
      brakes: [{ scope: 'all', until: undefined }],
      message: 'everything stands still until revenue-resume; open rebalances are being stopped: 1',
    });
    expect(await revenueStatus.run([], context, REAL)).toMatchObject({
      brakes: [{ scope: 'all' }],
    });
    expect(await revenueResume.run([], context, REAL)).toMatchObject({
      status: 'resumed',
      released: 1,
    });
    expect(await revenueResume.run([], context, REAL)).toMatchObject({ status: 'noop' });
  });

  test('a scope and hours, in both calling styles', async () => {
    const { context } = rpcWorld();
    const wanted = { brakes: [{ scope: 'fees', until: expect.any(Number) }] };
    expect(await revenuePause.run(['fees', '12'], context, REAL)).toMatchObject(wanted);
    expect(await revenuePause.run({ scope: 'fees', hours: 12 }, context, REAL)).toMatchObject(
      wanted,
    );
  });

  test('who pauses rebalances is told that open ones are stopped; who pauses fees is not', async () => {
    const { context, rebalance } = rpcWorld();
    const said = async (scope: string, check = false) =>
      String(Object(await revenuePause.run({ scope }, context, { check })).message);
    expect(await said('rebalance', true)).toBe(
      'rebalance would stop; open rebalances would be stopped: 1',
    );
    expect(await said('rebalance')).toContain('; open rebalances are being stopped: 1');
    expect(await said('fees')).not.toContain('open rebalances');
    rebalance.spending = { jobs: [] };
    expect(await said('all')).not.toContain('open rebalances');
  });

  test('restore puts the baseline back first', async () => {
    const { context } = rpcWorld();
    const answer = await revenuePause.run({ scope: 'fees', restore: true }, context, REAL);
    expect(answer).toMatchObject({ status: 'paused', restored: expect.any(Number) });
  });

  test('a node that does not answer keeps prices from being restored, and never the brake off', async () => {
    const { context, fees } = rpcWorld();
    fees.undo = async () => {
      throw new RetryLater('lightningd is busy');
    };
    expect(await revenuePause.run({ restore: true }, context, REAL)).toMatchObject({
      status: 'paused',
      restored: 0,
      brakes: [{ scope: 'all' }],
      message: expect.stringContaining('not put back: lightningd is busy'),
    });
  });

  test('prices that could not be put back are said', async () => {
    const { context, fees } = rpcWorld();
    fees.outcome = 'failed';
    expect(await revenuePause.run({ restore: true }, context, REAL)).toMatchObject({
      restored: 0,
      message: expect.stringContaining('baseline fees of 1 channel: not accepted'),
    });
  });

  test('check pauses nothing', async () => {
    const { context } = rpcWorld();
    await revenuePause.run([], context, { check: true });
    expect(context.brake.active()).toEqual([]);
  });

  test.each([
    [['everything'], 'scope'],
    [['fees', 0], 'hours'],
    [['fees', 721], 'hours'],
    [{ reason: 'x' }, 'reason'],
  ])('%j is refused naming %s', async (params, field) => {
    await expect(revenuePause.run(params, rpcWorld().context, REAL)).rejects.toMatchObject({
      field,
    });
  });
});

test('leaving observe answers with what was held back (SPEC 1, first days)', async () => {
  const { context } = rpcWorld();
  const promoted = await revenueConfig.run(['set', 'authority', 'fees'], context, REAL);
  expect(promoted).toMatchObject({ first_days: { channels: 2, decided_not_sent: 7 } });
  const again = await revenueConfig.run(['set', 'authority', 'full'], context, REAL);
  expect(again).not.toHaveProperty('first_days.channels');
});
