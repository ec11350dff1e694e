import { describe, expect, test } from 'vitest';
import { ALICE, FIRST, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { revenueSetFee } from './revenue-set-fee.ts';
import { revenueUndo } from './revenue-undo.ts';

const REAL = { check: false };

describe('revenue-set-fee', () => {
  test('answers in the shape of the Python plugin', async () => {
    const { context, fees } = rpcWorld();
    expect(await revenueSetFee.run([FIRST.scid, 333], context, REAL)).toMatchObject({
      status: 'success',
      channel: FIRST.scid,
      new_fee_ppm: 333,
      success: true,
      channel_id: FIRST.scid,
      fee_ppm: 333,
      old_fee_ppm: 165,
    });
    expect(fees.prices.get(FIRST.id)).toBe(333);
  });

  test.each([
    ['failed', 'failed', false],
    ['unknown', 'unknown', false],
    ['would', 'would', false],
    ['none', 'success', true],
  ] as const)(
    'original 2: status was success whatever happened; %s is answered as %s',
    async (outcome, status, success) => {
      const { context, fees } = rpcWorld();
      fees.outcome = outcome;
      expect(await revenueSetFee.run([FIRST.scid, 333], context, REAL)).toMatchObject({
        status,
        success,
      });
    },
  );

  test('a peer means all its channels, each with its own row', async () => {
    const { context } = rpcWorld();
    expect(
      await revenueSetFee.run({ channel_id: ALICE, fee_ppm: 50 }, context, REAL),
    ).toMatchObject({
      results: [{ short_channel_id: '800148x28x0' }, { short_channel_id: '800185x35x1' }],
    });
  });

  test('bounds of price and expiry', async () => {
    const { context } = rpcWorld();
    const set = (...params: unknown[]) => revenueSetFee.run(params, context, REAL);
    await expect(set(FIRST.scid, 100_001)).rejects.toMatchObject({ field: 'fee_ppm' });
    await expect(set(FIRST.scid, -1)).rejects.toMatchObject({ field: 'fee_ppm' });
    await expect(set(FIRST.scid)).rejects.toMatchObject({ field: 'fee_ppm' });
    await expect(set(FIRST.scid, 5, 721)).rejects.toMatchObject({ field: 'expires_in_hours' });
    await expect(set('1x1x1', 5)).rejects.toMatchObject({ field: 'channel_id' });
    expect(await set(FIRST.scid, 100_000, 720)).toMatchObject({ status: 'success' });
    expect(await set(FIRST.scid, 0)).toMatchObject({ status: 'success' });
  });
});

describe('revenue-undo', () => {
  const undo = (params: unknown, mode = REAL) => revenueUndo.run(params, rpcWorld().context, mode);

  test.each([
    ['a change', ['change=17'], 150],
    ['a cycle', { cycle: 5 }, 150],
    ['everything since', ['since=2h'], 150],
    ['the baseline of a channel', ['baseline', FIRST.scid], 100],
    ['the baseline', { baseline: true }, 100],
  ])('%s', async (_, params, to) =>
    expect(await undo(params)).toMatchObject({
      status: 'success',
      results: [{ short_channel_id: FIRST.scid, old_fee_ppm: 165, new_fee_ppm: to }],
    }),
  );

  test('nothing matched is no success', async () =>
    expect(await undo({ change: 99 })).toMatchObject({ status: 'noop', results: [] }));

  test.each([
    ['nothing said', [], 'change'],
    ['two ways at once', { change: 17, cycle: 5 }, 'cycle'],
    ['a channel without baseline', { change: 17, channel_id: FIRST.scid }, 'channel_id'],
    ['the future', { since: '2100-01-01' }, 'since'],
    ['change 0', { change: 0 }, 'change'],
  ])('%s is refused', async (_, params, field) => {
    await expect(undo(params)).rejects.toMatchObject({ field });
    await expect(undo(params, { check: true })).rejects.toMatchObject({ field });
  });
});
