/** SPEC 4.9 over the real memory: a channel is tried before it is called ZOMBIE. */
import { describe, expect, it } from 'vitest';
import { DAY_MS, fromSat } from '../../../src/core/units.ts';
import { channelId } from '../../doubles/peer-channel.ts';
import { anyPlan, RebalanceWorld, sized } from '../../doubles/rebalance-world.ts';

describe('the defibrillator (SPEC 4.9)', () => {
  /** Channel 2 is silent: nobody came in 400 days. */
  const silent = () => {
    const world = new RebalanceWorld([
      sized(1, 100_000, 1000),
      sized(2, 8_000_000),
      sized(5, 300_000),
    ]);
    return world;
  };

  it('shocks the channel that is silent, drained where it is full, on its own account', async () => {
    const world = silent();
    await world.cycle.run('test');
    const shock = world.airlock.orders.find(({ kind }) => kind === 'diagnostic');
    expect(shock).toMatchObject({ subject: channelId(5) });
    expect(world.said(5, 'diagnostic')).toMatchObject({ outcome: 'done', rule: 'plan' });
  });

  it('twice in vain makes a ZOMBIE, which is neither filled nor shocked again', async () => {
    const world = silent();
    for (let i = 0; i < 2; i++) {
      const before = world.airlock.orders.length;
      await world.cycle.run('test');
      expect(world.airlock.orders.slice(before).map(({ kind }) => kind)).toContain('diagnostic');
      for (const { id } of world.store.spending.openJobs())
        world.store.spending.settle(id, 'nothing moved', 'a test says so', world.clock.now());
      world.passes(2 * DAY_MS);
    }
    const seen = (await world.looker.look('glance')).channels.find(
      (one) => one.channelId === channelId(5),
    );
    expect(seen?.class).toBe('ZOMBIE');
    const orders = world.airlock.orders.filter(({ subject }) => subject === channelId(5)).length;
    await world.cycle.run('again');
    expect(world.airlock.orders.filter(({ subject }) => subject === channelId(5))).toHaveLength(
      orders,
    );
  });

  it("a diagnostic's own payment is no settled forward", async () => {
    const world = silent();
    const before = world.store.forwards.lastSettled().get(channelId(5));
    const plan = { ...anyPlan(channelId(5)), amount: fromSat(50_000), chunk: fromSat(50_000) };
    const subject = channelId(5);
    const { job } = world.hold({ kind: 'diagnostic', plan, subject, decisionId: undefined });
    const [at, amount] = [world.clock.now(), fromSat(50_000)];
    world.payments.pay({ out: channelId(2), in: channelId(5), amount, fee: fromSat(5), at });
    world.store.spending.storeMoves(world.payments.moves, 2, at);
    world.store.spending.settle(job?.id ?? 0, 'moved', 'a test says so', at);
    expect(world.store.forwards.lastSettled().get(channelId(5))).toBe(before);
    expect(world.store.spending.shocks().get(channelId(5))).toEqual([{ at, succeeded: true }]);
    const costs = world.store.spending.costs(at).get(channelId(5));
    expect(costs).toMatchObject({ diagnostic: fromSat(5), refills30d: { count: 0 } });
  });

  it('in a dry run it is only said', async () => {
    const world = silent();
    world.full = false;
    await world.cycle.run('test');
    expect(world.airlock.orders).toEqual([]);
    expect(world.said(5, 'diagnostic')).toMatchObject({ outcome: 'would' });
    expect(world.store.spending.shocks().size).toBe(0);
  });
});
