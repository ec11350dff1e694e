import { describe, expect, it } from 'vitest';
import { DAY_MS, fromSat, HOUR_MS, msat, ppm } from '../../../src/core/units.ts';
import { replayRebalance } from '../../../src/cycles/rebalance-journal.ts';
import { channelId } from '../../doubles/peer-channel.ts';
import { anyPlan, ONE, RebalanceWorld, sized } from '../../doubles/rebalance-world.ts';

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
