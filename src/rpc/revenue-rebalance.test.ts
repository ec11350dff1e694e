import { describe, expect, test } from 'vitest';
import { ALICE, BOB, BOBS, FIRST, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import { fromSat } from '../core/units.ts';
import { revenuePump, revenueRebalance } from './revenue-rebalance.ts';

const REAL = { check: false };
const order = (params: unknown, world = rpcWorld(), mode = REAL) =>
  revenueRebalance.run(params, world.context, mode);

describe('revenue-rebalance', () => {
  test('answers initiated with an id, as cl-hive waits for, in the shape of the Python plugin', async () => {
    const world = rpcWorld();
    expect(
      await order({ from_channel: BOBS.scid, to_channel: FIRST.scid, amount_sats: 50_000 }, world),
    ).toMatchObject({
      status: 'initiated',
      success: true,
      rebalance_id: 10,
      from_channel: BOBS.scid,
      to_channel: FIRST.scid,
      amount_sats: 50_000,
      max_fee_ppm: 800,
      hold_msat: 80_000n,
      message: 'sling works on rebalance 10; at most 80 sat are held for it',
      candidate: {
        source_candidates: [BOBS.scid],
        from_peer_id: BOB,
        to_peer_id: ALICE,
        amount_msat: 50_000_000n,
        max_budget_sats: 80,
        max_budget_msat: 80_000n,
        expected_profit_sats: 100,
      },
    });
    expect(world.rebalance.orders).toEqual([
      { from: BOBS.id, to: FIRST.id, amount: fromSat(50_000), maxFee: undefined, force: false },
    ]);
  });

  test('by position, with a fee limit and force; every way of naming a channel', async () => {
    const world = rpcWorld();
    await order([BOBS.alias, '800148:28:0', '50000', 40, true], world);
    await order([BOB, FIRST.id, 50_000, 'max_fee_sats=40', 'force=true'], world);
    const wanted = { from: BOBS.id, to: FIRST.id, amount: fromSat(50_000), maxFee: fromSat(40) };
    expect(world.rebalance.orders).toEqual([
      { ...wanted, force: true },
      { ...wanted, force: true },
    ]);
  });

  test('revenue-pump is the same order under another name', async () => {
    const world = rpcWorld();
    expect(
      await revenuePump.run([BOBS.scid, FIRST.scid, 50_000], world.context, REAL),
    ).toMatchObject({ status: 'initiated' });
    expect(world.rebalance.orders).toHaveLength(1);
    expect(revenuePump.usage).toBe(revenueRebalance.usage);
    expect(revenuePump.usage).toBe('from_channel to_channel amount_sats [max_fee_sats] [force]');
  });

  test('check says what would happen and orders nothing', async () => {
    const world = rpcWorld();
    expect(await order([BOBS.scid, FIRST.scid, 50_000], world, { check: true })).toMatchObject({
      status: 'would',
      success: false,
      hold_msat: 80_000n,
    });
    expect(world.rebalance.orders).toEqual([]);
  });

  test('a refusal by rules or caps is an answer with its code, and holds nothing', async () => {
    const world = rpcWorld();
    world.rebalance.answer = {
      kind: 'refused',
      code: 'daily',
      because: 'daily: 5000 sat are spent',
    };
    const answer = await order([BOBS.scid, FIRST.scid, 50_000, 40], world);
    expect(answer).toEqual({
      status: 'refused',
      success: false,
      code: 'daily',
      message: 'daily: 5000 sat are spent',
      from_channel: BOBS.scid,
      to_channel: FIRST.scid,
      amount_sats: 50_000,
      max_fee_sats: 40,
    });
  });

  test('what sling refuses is failed; nothing is claimed to be under way', async () => {
    const world = rpcWorld();
    world.rebalance.answer = { kind: 'failed', because: 'not enough capacity' };
    expect(await order([BOBS.scid, FIRST.scid, 50_000], world)).toMatchObject({
      status: 'failed',
      success: false,
      message: 'not enough capacity',
    });
  });

  test.each(['ordered', 'unknown'] as const)(
    'an order without an answer (%s) is told as such: the hold stays',
    async (state) => {
      const world = rpcWorld();
      const said = await world.rebalance.order(
        {
          from: BOBS.id,
          to: FIRST.id,
          amount: fromSat(50_000),
          maxFee: fromSat(40),
          force: false,
        },
        false,
      );
      if (said.kind !== 'initiated') throw new Error('the double refused');
      world.rebalance.answer = { ...said, job: { ...said.job, state } };
      expect(await order([BOBS.scid, FIRST.scid, 50_000], world)).toMatchObject({
        status: 'initiated',
        message: expect.stringMatching(/^sling has not answered yet: .*; at most 40 sat are held/),
      });
    },
  );

  test.each([
    ['a channel nobody knows', ['1x1x1', FIRST.scid, 50_000], 'from_channel'],
    ['the same channel twice', [FIRST.scid, FIRST.alias, 50_000], 'to_channel'],
    ['a peer with two channels', [BOBS.scid, ALICE, 50_000], 'to_channel'],
    ['nothing to move', [BOBS.scid, SECOND.scid, 0], 'amount_sats'],
    ['less than nothing', [BOBS.scid, SECOND.scid, -5], 'amount_sats'],
    ['no amount', [BOBS.scid, SECOND.scid], 'amount_sats'],
    ['NaN', [BOBS.scid, SECOND.scid, Number.NaN], 'amount_sats'],
    ['more than there is', [BOBS.scid, SECOND.scid, 1e17], 'amount_sats'],
    ['a negative fee', [BOBS.scid, SECOND.scid, 50_000, -1], 'max_fee_sats'],
    ['a fee of half a sat', [BOBS.scid, SECOND.scid, 50_000, 0.5], 'max_fee_sats'],
    ['force perhaps', [BOBS.scid, SECOND.scid, 50_000, 1, 'perhaps'], 'force'],
  ])('%s is refused by its field, and nothing is ordered', async (_, params, field) => {
    const world = rpcWorld();
    await expect(order(params, world)).rejects.toMatchObject({ field });
    expect(world.rebalance.orders).toEqual([]);
  });
});
