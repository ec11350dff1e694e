import { describe, expect, test } from 'vitest';
import { sumsOf } from '../../test/doubles/books-double.ts';
import { CLOSED, FIRST, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { fromSat } from '../core/units.ts';
import { revenueHistory } from './revenue-history.ts';

const ask = (params: unknown, world = rpcWorld()) =>
  revenueHistory.run(params, world.context, { check: false });

describe('revenue-history', () => {
  test('as the Python plugin named it, with every kind of cost', async () =>
    expect(await ask([])).toMatchObject({
      lifetime_revenue_sats: 69_000,
      lifetime_opening_costs_sats: 500,
      lifetime_closure_costs_sats: 450,
      lifetime_splice_costs_sats: 100,
      lifetime_onchain_costs_sats: 251,
      lifetime_rebalance_costs_sats: 2_451,
      lifetime_diagnostic_costs_sats: 20,
      lifetime_hive_costs_sats: 2,
      lifetime_total_costs_sats: 3_773,
      lifetime_total_costs_msat: 3_772_007n,
      lifetime_net_profit_sats: 65_228,
      lifetime_forward_count: 84,
      since: '2025-11-28',
    }));

  test('a closed channel keeps its books, in the sums and as a row', async () => {
    expect(await ask([])).toMatchObject({
      closed_channels: {
        count: 1,
        net_msat: 8_250_000n,
        channels: [{ channel_id: CLOSED.scid, revenue_msat: 9_000_000n, onchain_cost_sats: 750 }],
      },
    });
    expect(await ask({ limit: 0 })).toMatchObject({
      closed_channels: { count: 1, net_msat: 8_250_000n, channels: [] },
    });
  });

  test('for people and for a file: closed channels as rows, the whole life above them', async () => {
    const { result: table } = Object(await ask({ format: 'table' }));
    expect(table).toMatch(/^Since 2025-11-28: 84 forwards earned 69 000 sat, .* net 65 228 sat/);
    expect(table).toMatch(/^Costs: opening 500 sat, closing 450 sat, .* hive 2 sat$/m);
    expect(table).toMatch(new RegExp(`^${CLOSED.scid} .* 9 000 `, 'm'));
    const { result: csv } = Object(await ask({ format: 'csv' }));
    expect(String(csv).trimEnd().split('\r\n')).toHaveLength(2);
    expect(csv).toContain(',9000000,');
  });

  test('a file has every closed channel, however many; data the first hundred', async () => {
    const world = rpcWorld();
    const [closed] = world.books.kept.filter((one) => one.closed);
    world.books.kept = Array.from({ length: 120 }, () => closed).flatMap((one) => one ?? []);
    const { result } = Object(await ask({ format: 'csv' }, world));
    expect(String(result).trimEnd().split('\r\n')).toHaveLength(121);
    expect(await ask({}, world)).toMatchObject({
      closed_channels: { count: 120, channels: { length: 100 } },
    });
  });

  test.each([
    ['nothing at all', {}, 0],
    ['revenue without costs', { revenue: fromSat(5) }, 100],
    ['costs without revenue', { costs: { open: fromSat(5) } }, -100],
    ['twice the costs', { revenue: fromSat(10), costs: { open: fromSat(5) } }, 100],
    ['three times the costs', { revenue: fromSat(15), costs: { hive: fromSat(5) } }, 200],
  ])('return on %s', async (_, sums, lifetime_roi_percent) => {
    const world = rpcWorld();
    world.books.rows = [{ day: world.books.today(), channelId: FIRST.id, sums: sumsOf(sums) }];
    expect(await ask([], world)).toMatchObject({ lifetime_roi_percent });
  });
});
