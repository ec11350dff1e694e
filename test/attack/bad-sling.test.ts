/** SPEC 4.1, 4.7, 11: a sling that is too old, lies, or gives our money away. Only what the node recorded counts. */
import { describe, expect, test } from 'vitest';
import {
  booked,
  breachesOf,
  jobs,
  minutes,
  order,
  ordersSent,
  paidByNode,
  rebalancingLife,
  recent,
  rows,
  running,
  sharedChannel,
  slowWorld,
} from '../e2e/rebalance-world.ts';

describe('too old sling is refused and said why', () => {
  test('by hand and in the cycle, in status and doctor; upgraded, it is used', async () => {
    await using life = await rebalancingLife({ sling: 'too old' });
    const refused = await order(life, 0, 1);
    expect(refused).toMatchObject({ status: 'refused', code: 'not_ready' });
    for (const said of [refused.message, (await life.call('revenue-status')).rebalancing])
      expect(JSON.stringify(said)).toContain('without checking its amount (fixed in 4.3.1)');
    expect(JSON.stringify(await life.call('revenue-doctor'))).toContain('install sling 4.3.1');
    await life.hours(3);
    expect([ordersSent(life), jobs(life)]).toEqual([0, []]);
    life.sling.mode = 'healthy';
    life.sling.revive();
    await minutes(life, 30);
    expect(await order(life, 0, 1)).toMatchObject({ status: 'initiated' });
  });
});

describe('lying sling', () => {
  test('success is claimed and nothing moved: it is not believed, nothing is booked', async () => {
    await using life = await rebalancingLife({ sling: 'lies about success' });
    const { rebalance_id: id } = await order(life, 0, 1);
    await life.hours(1);
    const channel = life.channel(1);
    const praise = await life.call('sling-stats', [channel.scid, true]);
    expect(JSON.stringify(praise)).toContain('"total_amount_sats":300000');
    const [ended] = await recent(life);
    expect(ended).toMatchObject({ id, state: 'settled', moved_msat: 0, fee_msat: 0 });
    expect(ended).not.toMatchObject({ status: 'success' });
    expect([booked(life), await paidByNode(life)]).toEqual([0n, 0n]);
    expect((await life.call('revenue-status')).holds).toEqual([]);
  });

  test('half is delivered and called all: half is what is booked', async () => {
    await using life = await rebalancingLife({ sling: 'delivers short' });
    await order(life, 0, 1, { amount_sats: 2_000_000, max_fee_sats: 300 });
    await life.hours(1);
    expect(await recent(life)).toMatchObject([
      { state: 'settled', status: 'partial', moved_msat: 1_000_000_000, fee_msat: 100_000 },
    ]);
    expect(booked(life)).toBe(await paidByNode(life));
  });

  test('it arrives on a channel nobody asked for: stopped at the first payment, the operator hears of it', async () => {
    const market = slowWorld();
    market.list.push(sharedChannel(4, 0.5, { peerId: sharedChannel(1, 0.5).peerId }));
    await using life = await rebalancingLife({ market, sling: 'wrong parallel channel' });
    await order(life, 0, 1, { amount_sats: 2_000_000, max_fee_sats: 300 });
    await life.hours(1);
    const [ended] = await recent(life);
    expect(ended).toMatchObject({ state: 'settled', outcome: 'strayed', payments: 1 });
    expect(running(life)).toBe(0);
    expect(JSON.stringify((await life.call('revenue-status')).warnings)).toContain('arrived on');
    expect(booked(life)).toBe(await paidByNode(life));
  });
});

describe('shortchanged', () => {
  test('what comes back is less than was sent: stop, alert, lock, and the loss is counted', async () => {
    await using life = await rebalancingLife({ market: slowWorld(), sling: 'shortchanges' });
    await order(life, 0, 1, { amount_sats: 2_000_000, max_fee_sats: 300 });
    await life.hours(1);
    const [ended] = await recent(life);
    // A hundredth of 500,000 sat is missing, and 50 sat were the price.
    expect(ended).toMatchObject({ state: 'settled', payments: 1, fee_msat: 5_050_000 });
    expect(running(life)).toBe(0);
    const status = await life.call('revenue-status');
    expect(JSON.stringify(status.warnings)).toContain('arrived short');
    expect(rows(status.locks)).toContainEqual(
      expect.objectContaining({ reason: expect.stringContaining('arrived short') }),
    );
    expect(status.budget).toMatchObject({ daily: { used_msat: 5_050_000, left_msat: 0 } });
    life.sling.mode = 'healthy';
    expect(await order(life, 2, 3)).toMatchObject({ status: 'refused', code: 'locked' });
    await life.hours(30);
    expect(await order(life, 2, 3)).toMatchObject({ status: 'refused', code: 'locked' });
    expect(ordersSent(life)).toBe(1);
    expect(breachesOf(life)).toHaveLength(1);
  });
});
