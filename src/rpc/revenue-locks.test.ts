import { describe, expect, test } from 'vitest';
import { FIRST, NOW, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { fromSat, laterBy, msat } from '../core/units.ts';
import type { LockBook } from './context.ts';
import { revenueLocks } from './revenue-locks.ts';

const REAL = { check: false };
const CHECK = { check: true };
const locks = (params: unknown, world = rpcWorld(), mode = REAL) =>
  revenueLocks.run(params, world.context, mode);

describe('revenue-locks', () => {
  test('lists every lock with reason and expiry, every hold, and what waits for settling', async () => {
    for (const params of [[], ['list'], { action: 'list' }])
      expect(await locks(params)).toEqual({
        status: 'ok',
        message: '1 locks, 1 holds, 1 of them with unknown outcome',
        locks: [
          {
            id: 1,
            scope: 'fees',
            channel_id: SECOND.scid,
            reason: 'somebody else set its fee twice in a day',
            since: 1_767_697_200,
            expires_at: 1_767_783_600,
          },
        ],
        holds: [
          {
            id: 9,
            kind: 'normal',
            destination: FIRST.scid,
            amount_msat: 35_000n,
            since: 1_767_700_200,
            unknown: true,
            because: 'no record of it was found',
          },
        ],
        unknown: [9],
      });
  });

  test('removes a lock, once', async () => {
    const world = rpcWorld();
    expect(await locks(['remove', 1], world)).toMatchObject({ status: 'removed', locks: [] });
    expect(await locks(['remove', 1], world)).toMatchObject({ status: 'noop' });
  });

  test('check removes and settles nothing, and says what would be', async () => {
    const world = rpcWorld();
    expect(await locks(['remove', 1], world, CHECK)).toMatchObject({
      status: 'would',
      locks: [{ id: 1 }],
    });
    expect(await locks(['settle', 9, 12], world, CHECK)).toMatchObject({
      status: 'would',
      message: 'rebalance 9 would be settled at 12 sat',
      unknown: [9],
    });
    expect(world.rebalance.settled).toEqual([]);
  });

  test('a pause is not taken away from under the brake', async () => {
    const pause = {
      id: 5,
      scope: 'all' as const,
      channelId: undefined,
      reason: 'paused by the operator',
      since: NOW,
      expiresAt: laterBy(NOW, 1),
    };
    const never = (): boolean => {
      throw new Error('it was removed');
    };
    const lockBook: LockBook = { active: () => [pause], remove: never };
    const world = rpcWorld({ lockBook });
    world.context.brake.pause('all', undefined);
    await expect(locks(['remove', 5], world)).rejects.toMatchObject({
      field: 'id',
      message: 'id: is a pause: revenue-resume ends it',
    });
    world.context.brake.resume();
    await expect(locks(['remove', 5], world)).rejects.toThrow('it was removed');
  });

  test.each([
    ['satoshi', ['settle', 9, 12], fromSat(12)],
    ['millisatoshi', ['settle', 9, 'spent_msat=12345'], msat(12_345n)],
    ['by name', { action: 'settle', id: 9, spent_msat: 5_000 }, msat(5_000n)],
  ])('settles an unknown outcome at what the operator says, in %s', async (_, params, spent) => {
    const world = rpcWorld();
    expect(await locks(params, world)).toMatchObject({ status: 'settled', holds: [], unknown: [] });
    expect(world.rebalance.settled).toEqual([{ id: 9, spent }]);
  });

  test('it may have cost more than it was allowed: that is booked and said', async () => {
    expect(await locks(['settle', 9, 41])).toMatchObject({
      status: 'settled',
      message: 'rebalance 9 is settled at 41 sat, more than the 40 sat it was allowed',
    });
  });

  test('less than the node recorded already is refused, in the field that was given', async () => {
    await expect(locks(['settle', 9, 4])).rejects.toMatchObject({ field: 'spent_sats' });
    await expect(locks(['settle', 9, 'spent_msat=4999'])).rejects.toMatchObject({
      field: 'spent_msat',
    });
  });

  test('what is not unknown is never settled by hand', async () => {
    const world = rpcWorld();
    expect(await locks(['settle', 8, 100], world)).toMatchObject({ status: 'noop' });
    expect(await locks(['settle', 77, 0], world)).toMatchObject({ status: 'noop' });
    expect(world.rebalance.settled).toEqual([]);
  });

  test.each([
    ['remove without id', ['remove'], 'id'],
    ['settle without id', ['settle'], 'id'],
    ['settle without amount', ['settle', 9], 'spent_sats'],
    ['settle with two amounts', ['settle', 9, 12, 12_000], 'spent_msat'],
    ['settle below zero', ['settle', 9, -1], 'spent_sats'],
    ['remove with an amount', ['remove', 1, 5], 'spent_sats'],
    ['remove with another amount', { action: 'remove', id: 1, spent_msat: 5 }, 'spent_msat'],
    ['list with an id', ['list', 1], 'id'],
    ['another action', ['burn', 1], 'action'],
    ['id 0', ['remove', 0], 'id'],
  ])('%s is refused', async (_, params, field) => {
    await expect(locks(params)).rejects.toMatchObject({ field });
    await expect(locks(params, rpcWorld(), CHECK)).rejects.toMatchObject({ field });
  });
});
