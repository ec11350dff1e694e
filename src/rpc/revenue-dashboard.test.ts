import { describe, expect, test } from 'vitest';
import { sumsOf } from '../../test/doubles/books-double.ts';
import { FIRST, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { type ChannelId, fromSat, parseChannelId } from '../core/units.ts';
import { revenueDashboard } from './revenue-dashboard.ts';

const ask = (params: unknown, world = rpcWorld()) =>
  revenueDashboard.run(params, world.context, { check: false });

function channelNumber(i: number): ChannelId {
  const id = parseChannelId(String(i).padStart(64, '0'));
  if (id === undefined) throw new Error(`${i} makes no channel id`);
  return id;
}

describe('revenue-dashboard', () => {
  test('has what cl-hive reads, under its names', async () =>
    expect(await ask({ window_days: 7 })).toMatchObject({
      financial_health: { net_profit_sats: 9_478, operating_margin_pct: 95.5 },
      period: {
        window_days: 7,
        gross_revenue_sats: 10_500,
        opex_sats: 1_023,
        total_forwards: 15,
        rebalance_cost_sats: 472,
      },
    }));

  test('profit is revenue less all costs, exactly', async () => {
    const world = rpcWorld();
    const { net, sums } = world.books.window(30);
    expect(await ask([], world)).toMatchObject({
      financial_health: { tlv_sats: 1_475_500, net_profit_msat: net, annualized_roc_pct: 17.18 },
      period: { gross_revenue_msat: sums.revenue, opex_msat: sums.revenue - net },
    });
  });

  test('original 4.16: no revenue was a margin of 0 or −100 %; here it is not known', async () => {
    const world = rpcWorld();
    world.books.rows = [];
    world.books.worth = {
      ...world.books.worth,
      total: undefined,
      local: undefined,
      capacity: undefined,
      activeChannels: undefined,
    };
    expect(await ask([], world)).toMatchObject({
      financial_health: {
        tlv_sats: null,
        net_profit_sats: 0,
        operating_margin_pct: null,
        annualized_roc_pct: null,
      },
      active_channels: null,
      bleeder_count: 0,
      warnings: [],
    });
  });

  test('a bleeder is named with what was spent on it and what it earned', async () => {
    const world = rpcWorld();
    world.books.lagging = 'the node does not answer';
    expect(await ask([], world)).toMatchObject({
      bleeder_count: 1,
      bleeders: [{ channel_id: FIRST.scid, spent_sats: 372, earned_sats: 0, net_sats: -371 }],
      warnings: [`Channel ${FIRST.scid} is bleeding: spent 372 sat, earned 0 sat in 30 days`],
      behind: 'the node does not answer',
    });
  });

  test('the largest loss comes first, and no more than fifty are listed', async () => {
    const world = rpcWorld();
    const { books } = world;
    const [kept] = books.kept.filter(({ channelId }) => channelId === FIRST.id);
    const losers = Array.from({ length: 60 }, (_, i) => ({
      day: books.today(),
      channelId: channelNumber(i),
      sums: sumsOf({ outCount: 1, out: fromSat(1), costs: { rebalance: fromSat(i + 1) } }),
    }));
    books.rows = losers;
    books.kept = losers.flatMap(({ channelId }) => (kept ? { ...kept, channelId } : []));
    const answer = await ask([], world);
    expect(answer).toMatchObject({
      bleeder_count: 60,
      bleeders: { 0: { spent_sats: 60 }, length: 50 },
    });
    expect(Object(answer).warnings).toHaveLength(50);
  });

  test('for people: the node in three lines, and what loses money below', async () => {
    const { result } = Object(await ask({ window_days: 7, format: 'table' }));
    const lines = String(result).split('\n');
    expect(lines[0]).toBe(
      'Net worth 1 475 500 sat, margin of 7 days 95.5 %, return on capital 17.18 % a year, channels 3 active',
    );
    expect(result).toContain('earned 10 500 sat, paid 1 023 sat (472 sat of it for rebalances)');
    expect(lines.at(-1)).toMatch(new RegExp(`^${FIRST.scid} +0 +372 +-371 +1$`));
  });

  test.each([0, 3651, 1.5, 'week', -1])('%j is no window', async (window_days) => {
    await expect(ask({ window_days })).rejects.toMatchObject({ field: 'window_days' });
  });
  test.each([1, '3650'])('%j is one', async (window_days) =>
    expect(await ask({ window_days })).toMatchObject({
      period: { window_days: Number(window_days) },
    }),
  );
});
