/** The rebalance cycle over the real memory (SPEC 4): what is ordered, what is not, and what is written about it. */
import { describe, expect, it, test } from 'vitest';
import type { RebalancePlan } from '../../../src/core/rebalance/types.ts';
import {
  type ChannelId,
  DAY_MS,
  fromSat,
  HOUR_MS,
  laterBy,
  msat,
  ppm,
} from '../../../src/core/units.ts';
import { replayRebalance } from '../../../src/cycles/rebalance-journal.ts';
import type { JobOutcome } from '../../../src/ports/spending.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import { channelId, nodeId, scid } from '../../doubles/peer-channel.ts';
import { RebalanceWorld, sized } from '../../doubles/rebalance-world.ts';

const ONE = channelId(1);
const anyPlan = (destination: ChannelId): RebalancePlan => ({
  destination,
  sources: [channelId(2)],
  amount: fromSat(400_000),
  chunk: fromSat(400_000),
  maxPpm: ppm(100),
  cap: fromSat(40),
  income: msat(0n),
  loss: msat(0n),
  inboundPpm: 100,
});
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

describe('a channel that sells and is empty', () => {
  it('is filled from the full ones, at no more than the sale bears', async () => {
    const world = new RebalanceWorld();
    expect(await world.cycle.run('test')).toEqual({
      judged: 4,
      planned: 1,
      wanted: 1,
      acted: 1,
      would: 0,
    });
    const [order] = world.airlock.orders;
    expect(order).toMatchObject({ kind: 'normal', subject: ONE });
    expect(order?.plan.sources).toEqual([channelId(2), channelId(3)]);
    expect(order?.plan.amount).toBe(fromSat(500_000));
    const { income = msat(0n), cap = msat(0n) } = order?.plan ?? {};
    expect(cap * 100n).toBeLessThanOrEqual(income * 65n);
  });

  it('is written down before the order and after the answer, and the job names the entry', async () => {
    const world = new RebalanceWorld();
    await world.cycle.run('test');
    const [answer, before] = world.store.journal.latest(ONE, 5, 'rebalance');
    expect(answer).toMatchObject({ rule: 'plan', outcome: 'done', binding: 'cost share' });
    expect(before).toMatchObject({ rule: 'plan', outcome: 'unknown', number: answer?.number });
    expect(world.store.spending.openJobs()[0]?.decisionId).toBe(before?.id);
    expect(world.told.map(({ outcome }) => outcome)).toEqual(['done']);
  });

  it('a plan and every refusal give the same verdict again from what was written', async () => {
    const world = new RebalanceWorld();
    await world.cycle.run('test');
    for (const n of [1, 2, 3, 4]) {
      const entry = world.said(n);
      const again = replayRebalance(entry?.inputs ?? '');
      const rule = again.kind === 'plan' ? 'plan' : again.code;
      expect([n, rule]).toEqual([n, entry?.rule]);
      if (again.kind === 'plan') expect(again.plan.maxPpm).toBe(entry?.number);
    }
    expect(() => replayRebalance('{"version":2}')).toThrow('not those of a rebalance');
    const other = world.said(1)?.inputs.replace('"version":1,"at"', '"version":2,"at"') ?? '';
    expect(() => replayRebalance(other)).toThrow('not those of a rebalance');
  });

  it('is busy then, and its sources give to nobody else', async () => {
    const world = new RebalanceWorld();
    await world.cycle.run('first');
    expect((await world.cycle.run('second')).planned).toBe(0);
    expect(world.said(1)).toMatchObject({ rule: 'busy', outcome: 'none' });
    const look = await world.looker.look('cycle');
    expect(look.channels.map(({ busy }) => busy)).toEqual([true, true, true, false]);
  });

  it('an equal refusal only extends its entry', async () => {
    const world = new RebalanceWorld();
    await world.cycle.run('first');
    world.clock.move(HOUR_MS / 4);
    await world.cycle.run('second');
    world.clock.move(HOUR_MS / 4);
    await world.cycle.run('third');
    expect(world.said(4)).toMatchObject({ count: 3, outcome: 'none', number: undefined });
  });
});

describe('below authority full (SPEC 4.10)', () => {
  it('the whole path runs, says what it would have done and orders nothing', async () => {
    const world = new RebalanceWorld();
    world.full = false;
    expect(await world.cycle.run('test')).toMatchObject({
      planned: 1,
      wanted: 0,
      acted: 0,
      would: 1,
    });
    expect(world.said(1)).toMatchObject({ rule: 'plan', outcome: 'would' });
    expect(world.airlock.orders).toEqual([]);
  });

  it('attack: phantom spending: a dry run holds nothing, spends nothing and opens no job', async () => {
    const world = new RebalanceWorld();
    world.full = false;
    for (let i = 0; i < 5; i++) {
      await world.cycle.run('test');
      world.clock.move(HOUR_MS / 4);
    }
    expect(world.store.spending.account()).toMatchObject({ holds: [], spends: [] });
    expect(world.store.spending.jobs(10)).toEqual([]);
    expect(world.said(1)).toMatchObject({ outcome: 'would', count: 5 });
  });

  it('attack: cool-down untouched by a dry run: at full the same channel is filled at once', async () => {
    const world = new RebalanceWorld();
    world.full = false;
    await world.cycle.run('dry');
    expect(world.store.spending.records().get(ONE)).toBeUndefined();
    world.full = true;
    expect(await world.cycle.run('full')).toMatchObject({ acted: 1 });
  });

  it('looking changes nothing: a preview leaves memory as it was', async () => {
    const world = new RebalanceWorld();
    const { verdicts } = await world.commands.preview();
    expect(verdicts.map(({ kind }) => kind)).toEqual(['plan', 'refused', 'refused', 'refused']);
    expect(world.store.journal.count()).toBe(0);
    expect(world.store.spending.jobs(10)).toEqual([]);
  });
});

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

describe('attack: Trap and trap', () => {
  it('a peer that draws refills and drains them gets at most half of its own fees and 100 sat', async () => {
    const world = new RebalanceWorld();
    const own = world.store.forwards.revenue(world.clock.now(), 30).get(ONE)?.fees ?? msat(0n);
    const most = msat(own / 2n + fromSat(100));
    const look = await world.looker.look('glance');
    expect(look.channels[0]?.budget).toBe(most);
    // Whatever it missed on purpose, whatever price it shows: what is held for it stays within.
    world.config = {
      ...world.config,
      rebalance_max_amount: 50_000_000,
      daily_budget_sats: 10_000_000,
    };
    await world.cycle.run('test');
    expect(world.airlock.orders[0]?.plan.cap).toBeLessThanOrEqual(most);
  });

  it('what is held for it already is taken off', async () => {
    const world = new RebalanceWorld();
    const plan = { ...anyPlan(ONE), cap: fromSat(1000) };
    world.hold({ kind: 'normal', plan, subject: ONE, decisionId: undefined });
    const own = world.store.forwards.revenue(world.clock.now(), 30).get(ONE)?.fees ?? msat(0n);
    const { budget } = (await world.looker.look('glance')).channels[0] ?? {};
    expect(budget).toBe(msat(own / 2n + fromSat(100) - fromSat(1000)));
  });
});

describe('what a look sees', () => {
  it('sales are counted in routable hours, and fewer than three forwards are no evidence', async () => {
    const world = new RebalanceWorld();
    const look = await world.looker.look('glance');
    expect(look.channels[0]?.outPerRoutableHour).toBe(fromSat(10_000));
    expect(look.channels[1]?.outPerRoutableHour).toBeUndefined();
  });

  it('a source is never valued below what it asks, a destination not above what it will ask', async () => {
    const world = new RebalanceWorld();
    const [one, two] = (await world.looker.look('glance')).channels;
    expect(one?.price).toBeLessThanOrEqual(1000);
    expect(two?.price).toBeGreaterThanOrEqual(500);
  });

  it('what coming in costs is asked once a day, and of those that lack', async () => {
    const world = new RebalanceWorld();
    const asked: string[] = [];
    world.payments.inboundFees = async () => {
      asked.push('inbound');
      return new Map([[ONE, { base: msat(5_000n), ppm: ppm(100) }]]);
    };
    world.payments.networkMedianPpm = async () => 50;
    const look = await world.looker.look('cycle');
    // 5 sat on a chunk of 500 000 sat are 10 ppm.
    expect(look.channels[0]?.history.gossipInboundPpm).toBe(160);
    expect(look.channels[1]?.history.gossipInboundPpm).toBeUndefined();
    await world.looker.look('cycle');
    expect(asked).toHaveLength(1);
    world.clock.move(DAY_MS);
    await world.looker.look('cycle');
    expect(asked).toHaveLength(2);
  });

  it('the price a peer told with the channel is not asked again', async () => {
    const theirs = { base: msat(5_000n), ppm: ppm(70), htlcMin: msat(1n), htlcMax: fromSat(1e6) };
    const world = new RebalanceWorld([{ ...sized(1, 100_000, 1000), theirs }, sized(2, 8_000_000)]);
    world.payments.networkMedianPpm = async () => 50;
    world.payments.inboundFees = async () => {
      throw new Error('asked all the same');
    };
    const look = await world.looker.look('cycle');
    expect(look.channels[0]?.history.gossipInboundPpm).toBe(130);
  });

  it('a chunk is at most half of what both sides let be in flight, told or not', async () => {
    const narrow = {
      ...sized(1, 100_000, 1000),
      mostInFlight: { in: fromSat(300_000), out: undefined },
    };
    const tight = {
      ...sized(2, 8_000_000),
      mostInFlight: { in: undefined, out: fromSat(200_000) },
    };
    const world = new RebalanceWorld([narrow, tight]);
    const look = await world.looker.look('glance');
    expect(look.channels.map((one) => [one.htlcLimitIn, one.htlcLimitOut])).toEqual([
      [fromSat(300_000), fromSat(100_000)],
      [fromSat(2_000_000), fromSat(200_000)],
    ]);
    await world.cycle.run('test');
    expect(world.airlock.orders[0]?.plan.chunk).toBe(fromSat(100_000));
  });

  it('with Kelly, a refill that earned its cost back counts for the next one', async () => {
    const world = new RebalanceWorld();
    world.config = { ...world.config, enable_kelly: true };
    const plan = { ...anyPlan(ONE), sources: [channelId(2)] };
    const { job } = world.hold({ kind: 'normal', plan, subject: ONE, decisionId: undefined });
    const [at, amount] = [world.clock.now(), fromSat(400_000)];
    world.payments.pay({ out: channelId(2), in: ONE, amount, fee: fromSat(30), at });
    world.store.spending.storeMoves(world.payments.moves, 2, at);
    world.store.spending.settle(job?.id ?? 0, 'moved', 'a test says so', at);
    const record = async () => (await world.looker.look('glance')).channels[0]?.history;
    expect(await record()).toMatchObject({ earnedBack: 0, finished: 0, paidPpm: [75] });
    world.passes(3 * DAY_MS);
    world.sells(1, 3, 1);
    expect(await record()).toMatchObject({ earnedBack: 1, finished: 1 });
  });
});

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
