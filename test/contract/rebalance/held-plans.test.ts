/** The rebalance cycle over the real memory: what holds a plan, and what earlier jobs came to (SPEC 4.3). */
import { describe, expect, test } from 'vitest';
import { type ChannelId, DAY_MS, fromSat, HOUR_MS, laterBy } from '../../../src/core/units.ts';
import type { JobOutcome } from '../../../src/ports/spending.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import { channelId, nodeId, scid } from '../../doubles/peer-channel.ts';
import { anyPlan, ONE, RebalanceWorld, sized } from '../../doubles/rebalance-world.ts';

const lock = (world: RebalanceWorld, channel?: ChannelId) =>
  world.store.locks.add({
    scope: 'rebalance',
    channelId: channel,
    reason: 'a test says so',
    since: world.clock.now(),
    expiresAt: laterBy(world.clock.now(), HOUR_MS),
  });

/** An earlier job into channel `n` that ended like this. */
function past(world: RebalanceWorld, n: number, outcome: JobOutcome): number {
  const plan = anyPlan(channelId(n));
  const { job } = world.hold({
    kind: 'normal',
    plan,
    subject: plan.destination,
    decisionId: undefined,
  });
  if (!job) throw new Error('not held');
  world.store.spending.settle(job.id, outcome, 'a test says so', world.clock.now());
  return job.id;
}

describe('what holds a plan', () => {
  test('a backend that is not ready: nothing is sent, and it wanted to', async () => {
    const world = new RebalanceWorld();
    world.airlock.ready = { ready: false, because: 'sling is not here' };
    expect(await world.cycle.run('test')).toMatchObject({ wanted: 1, acted: 0 });
    expect(world.said(1)).toMatchObject({ rule: 'plan', outcome: 'none', binding: 'not_ready' });
    expect(world.said(1)?.trail.at(-1)?.because).toBe('sling is not here');
    expect(world.airlock.orders).toEqual([]);
  });

  test('the brake, or a lock on the node', async () => {
    const world = new RebalanceWorld();
    lock(world);
    expect(await world.cycle.run('test')).toMatchObject({ planned: 1, wanted: 0, acted: 0 });
    expect(world.said(1)).toMatchObject({ outcome: 'none', binding: 'locked' });
    expect(world.airlock.orders).toEqual([]);
    expect((await world.looker.look('glance')).nodeLock).toBe('a test says so');
  });

  test('a brake that comes between the look and the order', async () => {
    const world = new RebalanceWorld();
    const { readiness } = world.airlock;
    world.airlock.readiness = async () => {
      lock(world);
      return readiness.call(world.airlock);
    };
    await world.cycle.run('test');
    expect(world.airlock.orders).toEqual([]);
    expect(world.said(1)).toMatchObject({ binding: 'locked' });
  });

  test('a lock on a channel: it neither takes nor gives, and the others go on', async () => {
    const world = new RebalanceWorld();
    lock(world, channelId(2));
    await world.cycle.run('test');
    expect(world.airlock.orders[0]?.plan.sources).toEqual([channelId(3)]);
    expect((await world.looker.look('glance')).locked.get(channelId(2))).toBe('a test says so');
  });

  test('a lock on fees is none on rebalancing', async () => {
    const world = new RebalanceWorld();
    const now = world.clock.now();
    const expiresAt = laterBy(now, HOUR_MS);
    world.store.locks.add({
      scope: 'fees',
      channelId: undefined,
      reason: 'x',
      since: now,
      expiresAt,
    });
    expect(await world.cycle.run('test')).toMatchObject({ acted: 1 });
  });

  test('a full house', async () => {
    const world = new RebalanceWorld();
    world.config = { ...world.config, max_concurrent_jobs: 1 };
    const plan = { ...anyPlan(channelId(4)), sources: [channelId(3)] };
    world.hold({ kind: 'normal', plan, subject: plan.destination, decisionId: undefined });
    await world.cycle.run('test');
    expect(world.said(1)).toMatchObject({ outcome: 'none', binding: 'busy' });
  });

  test('a refusal of the governor is no failure of the way', async () => {
    const world = new RebalanceWorld();
    world.airlock.answer = { kind: 'refused', cap: 'daily', because: 'the day is spent' };
    expect(await world.cycle.run('test')).toMatchObject({ planned: 1, wanted: 0, acted: 0 });
    expect(world.said(1)).toMatchObject({ outcome: 'none', binding: 'daily' });
    expect(world.store.spending.records().get(ONE)).toBeUndefined();
  });

  test('a refusal for the whole node ends the orders of the cycle, one for a channel does not', async () => {
    const channels = [
      sized(1, 100_000, 1000),
      sized(2, 9_000_000),
      sized(3, 9_000_000),
      sized(4, 500_000),
      sized(5, 100_000, 1000),
    ];
    for (const [cap, asked] of [
      ['weekly', 1],
      ['destination', 2],
    ] as const) {
      const world = new RebalanceWorld(channels);
      world.sells(5);
      world.measure();
      world.airlock.answer = { kind: 'refused', cap, because: 'x' };
      expect((await world.cycle.run('test')).planned).toBe(2);
      expect(world.airlock.orders).toHaveLength(asked);
    }
  });

  test('the backend says no, or nothing', async () => {
    const world = new RebalanceWorld();
    world.airlock.answer = { kind: 'failed', because: 'no such channel' };
    expect(await world.cycle.run('test')).toMatchObject({ wanted: 1, acted: 0 });
    expect(world.said(1)).toMatchObject({ outcome: 'failed', error: 'no such channel' });
  });

  test('a job of somebody else on the channel is respected', async () => {
    const world = new RebalanceWorld();
    world.foreign = [String(scid(1))];
    await world.cycle.run('test');
    expect(world.said(1)).toMatchObject({ rule: 'busy' });
  });

  test('a wallet that cannot be read', async () => {
    const world = new RebalanceWorld();
    world.payments.silent.add('wallet');
    expect(await world.cycle.run('test')).toMatchObject({ planned: 0, acted: 0 });
    expect((await world.looker.look('glance')).funds.confirmedOnchain).toBeUndefined();
  });

  test('a balance that cannot be read is left out, and named', async () => {
    const world = new RebalanceWorld();
    world.node.change(channelId(2), {
      ourReserve: fromSat(9_000_000),
      theirReserve: fromSat(1_000_000),
    });
    const look = await world.looker.look('glance');
    expect(look.channels.map((one) => one.channelId)).not.toContain(channelId(2));
    expect(look.locked.get(channelId(2))).toContain('not known');
  });

  test('policy passive: it neither takes nor gives', async () => {
    const world = new RebalanceWorld();
    givePolicy(world.store, { peerId: nodeId(1) }, { strategy: 'passive' }, world.clock.now());
    await world.cycle.run('test');
    expect(world.said(1)).toMatchObject({ rule: 'policy' });
  });
});

describe('what earlier jobs came to (SPEC 4.3)', () => {
  test('attack: futility: eleven recent failures are skipped, eleven old ones retried', async () => {
    const world = new RebalanceWorld();
    for (let i = 0; i < 11; i++) past(world, 1, 'nothing moved');
    await world.cycle.run('test');
    expect(world.said(1)).toMatchObject({ rule: 'futility', outcome: 'none' });
    const words = world.said(1)?.trail.map(({ because }) => because) ?? [];
    expect(words[0]).toContain('Futility Circuit Breaker active');
    expect(world.said(1)?.trail.some(({ rule }) => rule === 'negative_ev')).toBe(false);
    world.passes(2 * DAY_MS);
    await world.cycle.run('later');
    expect(world.airlock.orders.map(({ plan }) => plan.destination)).toContain(ONE);
  });

  test('ten failures are not futile, they only rest', async () => {
    const world = new RebalanceWorld();
    for (let i = 0; i < 10; i++) past(world, 1, 'nothing moved');
    await world.cycle.run('test');
    expect(world.said(1)).toMatchObject({ rule: 'back_off' });
  });

  test('a success cools down for a day, what was not tried does not', async () => {
    const world = new RebalanceWorld();
    past(world, 1, 'not tried');
    expect((await world.looker.look('glance')).channels[0]?.history).toMatchObject({
      failures: 0,
      lastSuccess: undefined,
    });
    past(world, 1, 'moved');
    await world.cycle.run('test');
    expect(world.said(1)).toMatchObject({ rule: 'cool_down' });
  });

  test('a way that brought nothing makes its first source less reliable, for a while', async () => {
    const world = new RebalanceWorld();
    past(world, 1, 'nothing moved');
    const failures = async () =>
      (await world.looker.look('glance')).channels[1]?.history.sourceFailures;
    expect(await failures()).toBe(1);
    world.clock.move(HOUR_MS);
    expect(await failures()).toBeCloseTo(0.5);
  });
});
