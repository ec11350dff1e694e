import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ALICE, BOBS, CLOSED, FIRST, rpcWorld, SECOND } from '../../test/doubles/rpc-world.ts';
import type { ChannelClass } from '../core/books/types.ts';
import { revenueProfitability } from './revenue-profitability.ts';

const ask = (params: unknown, world = rpcWorld()) =>
  revenueProfitability.run(params, world.context, { check: false });

const CLASSES: readonly ChannelClass[] = [
  'ZOMBIE',
  'PROFITABLE',
  'NEW',
  'STAGNANT_CANDIDATE',
  'UNDERWATER',
  'BREAK_EVEN',
];

describe('revenue-profitability of all', () => {
  test('as the Python plugin named it; only open channels are counted', async () =>
    expect(await ask([])).toMatchObject({
      summary: {
        total_channels: 3,
        profitable_count: 1,
        break_even_count: 0,
        underwater_count: 1,
        stagnant_candidate_count: 1,
        zombie_count: 0,
        bleeder_count: 1,
        estimated_count: 1,
        total_profit_sats: 57_228,
        total_revenue_sats: 60_000,
        total_costs_sats: 2_772,
        overall_roi_pct: 2064.89,
      },
      channels_by_class: {
        profitable: [
          {
            channel_id: SECOND.scid,
            net_profit_sats: 57_599,
            roi_percentage: 250,
            days_active: 400,
          },
        ],
        underwater: [{ channel_id: FIRST.scid, net_profit_sats: -371 }],
        stagnant_candidate: [{ channel_id: BOBS.scid, days_active: null }],
        zombie: [],
      },
    }));

  test('cl-hive finds peer and fee of every channel', async () => {
    const { channels } = z
      .looseObject({ channels: z.array(z.looseObject({})) })
      .parse(await ask([]));
    expect(channels).toHaveLength(3);
    expect(channels[0]).toMatchObject({ peer_id: ALICE, our_fee_ppm: 165 });
  });

  test.each(CLASSES)(
    'original 2: one channel of a class it did not expect broke the whole answer; %s has its place',
    async (one) => {
      const world = rpcWorld();
      world.books.kept = world.books.kept.map((kept) =>
        kept.closed ? kept : { ...kept, class: one },
      );
      expect(await ask([], world)).toMatchObject({
        summary: { [`${one.toLowerCase()}_count`]: 3 },
        channels_by_class: { [one.toLowerCase()]: { length: 3 } },
      });
    },
  );
});

describe('revenue-profitability as text', () => {
  const rows = async (params: object, end: string): Promise<readonly string[]> =>
    String(Object(await ask(params)).result)
      .trimEnd()
      .split(end);

  test('one row a channel, the best first; what was estimated says so', async () => {
    const [, , best = '', ...others] = await rows({ format: 'table' }, '\n');
    expect(best).toMatch(new RegExp(`^${SECOND.scid} +profitable +400 `));
    expect(others).toHaveLength(2);
    expect(others.find((line) => line.startsWith(FIRST.scid))).toMatch(
      / -371 .* -40 +-60 +bleeder, cost of opening estimated$/,
    );
    expect(await rows({ format: 'csv' }, '\r\n')).toHaveLength(4);
  });

  test('one channel is one row, a closed one as well', async () => {
    const [, row = '', ...more] = await rows({ channel_id: CLOSED.scid, format: 'csv' }, '\r\n');
    expect(row.split(',').slice(2, 4)).toEqual([CLOSED.scid, 'closed']);
    expect(more).toEqual([]);
  });
});

describe('revenue-profitability of one', () => {
  test('as the Python plugin named it, and what it lacked', async () => {
    expect(await ask([FIRST.scid])).toMatchObject({
      channel_id: FIRST.scid,
      profitability: {
        total_costs_sats: 372,
        total_revenue_sats: 0,
        net_profit_sats: -371,
        roi_percentage: -40,
        profitability_class: 'underwater',
        days_active: 90,
        volume_routed_sats: 1_000,
        forward_count: 1,
        fee_multiplier: 1.031,
        marginal_roi_percentage: -60,
        open_cost_estimated: true,
        open_cost_estimate_sats: 700,
        bleeder: true,
        net_profit_msat: -370_502n,
      },
    });
    expect(await ask([SECOND.alias])).toMatchObject({
      channel_id: SECOND.scid,
      profitability: { assisted_revenue_sats: 36, open_cost_estimated: false },
    });
  });

  test('a price that was never sent multiplies nothing; a closed channel is told as one', async () => {
    expect(await ask([BOBS.scid])).toMatchObject({ profitability: { fee_multiplier: 1 } });
    expect(await ask([CLOSED.scid])).toMatchObject({
      profitability: { profitability_class: 'closed', net_profit_sats: 8_250 },
    });
  });

  test('a name nobody had, and a channel without books, have no data; junk is refused', async () => {
    const none = { channel_id: '1x1x1', error: 'No data available' };
    expect(await ask(['1x1x1'])).toEqual(none);
    const world = rpcWorld();
    world.books.kept = [];
    expect(await ask([FIRST.scid], world)).toEqual({ ...none, channel_id: FIRST.scid });
    await expect(ask(['junk'])).rejects.toMatchObject({ field: 'channel_id' });
    await expect(ask([ALICE])).rejects.toMatchObject({ field: 'channel_id' });
  });
});
