import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { diskSettings, NOW, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { ConfigService } from '../cycles/config-service.ts';
import { revenueStatus } from './revenue-status.ts';

const status = async (params: unknown = [], world = rpcWorld()) =>
  z
    .looseObject({
      config: z.looseObject({}),
      channel_states: z.array(z.looseObject({})),
      recent_fee_changes: z.array(z.looseObject({})),
    })
    .parse(await revenueStatus.run(params, world.context, { check: false }));

describe('revenue-status', () => {
  test('has what cl-hive and tools of the Python plugin read', async () => {
    const answer = await status();
    expect(answer).toMatchObject({
      status: 'running',
      version: '1.4.0',
      config: {
        target_flow_sats: 100_000,
        fee_range_ppm: [10, 5000],
        rebalance_min_profit_sats: 10,
      },
    });
    expect(answer.channel_states[0]).toEqual({
      channel_id: '800185x35x1',
      peer_id: expect.stringMatching(/^02a/),
      state: 'balanced',
      flow_ratio: 0.3333,
      sats_in: 5000,
      sats_out: 10_000,
      capacity: 1_000_000,
      updated_at: 1_767_700_800,
      confidence: 1,
      forward_count: 12,
    });
    expect(answer.recent_fee_changes[0]).toMatchObject({
      channel_id: '800148x28x0',
      old_fee_ppm: 150,
      new_fee_ppm: 165,
      manual: 0,
    });
  });

  test('lessons 1.4 no. 12 (whole tables in one answer): shows the busiest channels first, never the whole table, and says how many there are', async () => {
    const answer = await status({ limit: 1 });
    expect(answer.channel_states.map((row) => row.channel_id)).toEqual(['800185x35x1']);
    expect(answer).toMatchObject({
      channel_states_total: 2,
      channel_states_summary: { source: 0, sink: 0, balanced: 2, new: 0 },
    });
  });

  test('below fees it says dry_run, as the old key meant it', async () => {
    const world = rpcWorld();
    expect((await status([], world)).config.dry_run).toBe(true);
    const board = { ...world.context.board, authority: () => 'fees' as const };
    expect((await status([], rpcWorld({ board }))).config.dry_run).toBe(false);
  });

  test('warnings of the settings are part of it', async () => {
    const config = new ConfigService(
      { ...diskSettings(), overrides: () => ({ version: 1, values: new Map([['nope', '1']]) }) },
      new Map(),
      { now: () => NOW, elapsed: () => 0, at: () => () => undefined },
    );
    expect(await status([], rpcWorld({ config }))).toMatchObject({
      warnings: ['the stored override of nope is ignored: there is no such key'],
    });
  });

  test('asks neither the node nor the analysis: it answers from memory', async () => {
    const { context } = rpcWorld();
    const never = () => {
      throw new Error('it asked');
    };
    const flow = { ...context.flow, analyze: never };
    await status([], rpcWorld({ node: { plugins: never }, flow }));
  });

  test('the latest rebalances, newest first, under the names of the Python plugin and with what they really cost', async () => {
    const { recent_rebalances: rows } = z
      .looseObject({ recent_rebalances: z.array(z.looseObject({})) })
      .parse(await status());
    expect(rows.map((row) => row.id)).toEqual([9, 8]);
    expect(rows[1]).toMatchObject({
      from_channel: '801850x350x0',
      to_channel: '800148x28x0',
      amount_sats: 100_000,
      moved_msat: 100_000_000n,
      fee_msat: 30_001n,
      // Costs are rounded up, never down.
      actual_fee_sats: 31,
      fee_ppm: 300.1,
      status: 'success',
      state: 'settled',
      outcome: 'moved',
      timestamp: 1_767_700_200,
      ended_at: 1_767_700_740,
    });
  });

  test('holds are what open jobs may still cost, and one that nobody knows the end of says so', async () => {
    expect(await status()).toMatchObject({
      holds: [{ id: 9, kind: 'normal', amount_msat: 35_000n, unknown: true }],
    });
  });

  test('the budget: what is left is never below zero, and there is none while a number is missing', async () => {
    const world = rpcWorld();
    expect(await status([], world)).toMatchObject({
      budget: {
        daily: { limit_msat: 5_000_000n, used_msat: 47_000n, left_msat: 4_953_000n },
        weekly: { limit_msat: 20_000_000n, used_msat: 20_040_000n, left_msat: 0n },
      },
    });
    world.rebalance.spending = { caps: undefined };
    expect((await status([], world)).budget).toBeUndefined();
  });

  test('why nothing is moved is said, and the version of sling once it is known', async () => {
    const world = rpcWorld();
    expect(await status([], world)).toMatchObject({
      rebalancing: { ready: false, because: 'sling is not there', foreign_jobs: [] },
    });
    world.rebalance.spending = { readiness: { ready: true }, backend: 'v4.3.1' };
    expect(await status([], world)).toMatchObject({
      rebalancing: { ready: true, because: undefined, backend_version: 'v4.3.1' },
    });
  });
});
