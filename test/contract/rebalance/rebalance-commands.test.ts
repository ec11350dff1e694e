/** What an operator orders by hand (SPEC 4.8): what is refused, what can be forced, and what is held. */
import { describe, expect, it, test } from 'vitest';
import { fromSat, HOUR_MS, laterBy, type Msat, msat } from '../../../src/core/units.ts';
import type { ManualRebalance } from '../../../src/cycles/rebalance-services.ts';
import { RetryLater } from '../../../src/ports/errors.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import { channelId, nodeId } from '../../doubles/peer-channel.ts';
import { RebalanceWorld, sized } from '../../doubles/rebalance-world.ts';

const asked = (change: Partial<ManualRebalance> = {}): ManualRebalance => ({
  from: channelId(2),
  to: channelId(1),
  amount: fromSat(400_000),
  maxFee: undefined,
  force: false,
  ...change,
});
const codeOf = async (world: RebalanceWorld, change: Partial<ManualRebalance>) => {
  const answer = await world.commands.order(asked(change), false);
  return answer.kind === 'refused' ? answer.code : answer.kind;
};
const planOf = async (world: RebalanceWorld, change: Partial<ManualRebalance>) => {
  const answer = await world.commands.order(asked(change), true);
  if (answer.kind !== 'would') throw new Error(JSON.stringify(answer.kind));
  return answer.plan;
};

describe('an order', () => {
  it('goes from the channel that was named, answered with the job', async () => {
    const world = new RebalanceWorld();
    const answer = await world.commands.order(asked(), false);
    expect(answer).toMatchObject({ kind: 'initiated', job: { kind: 'manual', state: 'ordered' } });
    const [order] = world.airlock.orders;
    expect(order?.plan).toMatchObject({ sources: [channelId(2)], amount: fromSat(400_000) });
    expect(world.said(1, 'rebalance-manual')).toMatchObject({ rule: 'manual', outcome: 'done' });
  });

  it('into the fleet counts in the fleet’s week, unless a stated fee forces it (SPEC 4.5, 4.8)', async () => {
    const kindOf = async (change: Partial<ManualRebalance>) => {
      const world = new RebalanceWorld();
      givePolicy(world.store, { peerId: nodeId(1) }, { strategy: 'hive' }, world.clock.now());
      await world.commands.order(asked(change), false);
      return world.airlock.orders[0]?.kind;
    };
    expect(await kindOf({ force: true })).toBe('hive');
    expect(await kindOf({ force: true, maxFee: fromSat(30) })).toBe('manual');
  });

  it('checked, or below full, is only said', async () => {
    const world = new RebalanceWorld();
    expect(await world.commands.order(asked(), true)).toMatchObject({ kind: 'would' });
    expect(world.store.journal.count()).toBe(0);
    world.full = false;
    const answer = await world.commands.order(asked(), false);
    expect(answer).toMatchObject({ kind: 'would', because: 'authority is observe' });
    expect(world.said(1, 'rebalance-manual')).toMatchObject({ outcome: 'would' });
    expect(world.store.spending.jobs(5)).toEqual([]);
  });

  it('moves exactly what was asked, in whole satoshi and equal pieces', async () => {
    const world = new RebalanceWorld();
    for (const sat of [50_000, 499_999, 500_001, 1_000_003, 1_234_567]) {
      const { amount, chunk } = await planOf(world, { amount: fromSat(sat), force: true });
      expect(amount % chunk).toBe(0n);
      expect(chunk % 1000n).toBe(0n);
      expect(chunk).toBeLessThanOrEqual(fromSat(500_000));
      expect(amount).toBeLessThanOrEqual(fromSat(sat));
      expect(fromSat(sat) - amount).toBeLessThan((amount / chunk) * 1000n);
    }
  });
});

describe('what is refused whatever is forced', () => {
  test.each<[string, Partial<ManualRebalance>]>([
    ['unknown_channel', { to: channelId(99) }],
    ['unknown_channel', { from: channelId(99) }],
    ['same_channel', { from: channelId(1) }],
    ['amount_out_of_range', { amount: msat(0n) }],
    ['amount_out_of_range', { amount: msat(-1000n) }],
    ['amount_out_of_range', { amount: msat(50_000_001n) }],
    ['amount_out_of_range', { amount: fromSat(9_000_000) }],
    ['amount_out_of_range', { amount: fromSat(8_000_000), maxFee: fromSat(1_000) }],
    ['max_fee_out_of_range', { maxFee: msat(-1n) }],
  ])('%s', async (code, change) => {
    expect(await codeOf(new RebalanceWorld(), { ...change, force: true })).toBe(code);
  });

  test('the same peer', async () => {
    const channels = [sized(1, 100_000, 1000), sized(2, 8_000_000, 500, 1), sized(3, 8_000_000)];
    expect(await codeOf(new RebalanceWorld(channels), { force: true })).toBe('same_peer');
  });

  test('a channel that is busy', async () => {
    const world = new RebalanceWorld();
    await world.commands.order(asked(), false);
    expect(await codeOf(world, { force: true })).toBe('busy');
    expect(await codeOf(world, { force: true, from: channelId(3) })).toBe('busy');
  });

  test('the brake', async () => {
    const world = new RebalanceWorld();
    const since = world.clock.now();
    const lock = { since, expiresAt: laterBy(since, HOUR_MS), reason: 'paused by the operator' };
    world.store.locks.add({ ...lock, scope: 'all', channelId: undefined });
    expect(await codeOf(world, { force: true, maxFee: fromSat(100) })).toBe('locked');
  });

  test.each([1, 2])('a lock on one of both channels', async (end) => {
    const world = new RebalanceWorld();
    const since = world.clock.now();
    const lock = { since, expiresAt: laterBy(since, HOUR_MS), reason: 'flapping' };
    world.store.locks.add({ ...lock, scope: 'rebalance', channelId: channelId(end) });
    expect(await codeOf(world, {})).toBe('locked');
    expect(await codeOf(world, { force: true, maxFee: fromSat(100) })).toBe('locked');
  });
});

describe('what can be forced', () => {
  test('a policy', async () => {
    const world = new RebalanceWorld();
    givePolicy(world.store, { peerId: nodeId(1) }, { strategy: 'passive' }, world.clock.now());
    expect(await codeOf(world, {})).toBe('policy');
    expect(await codeOf(world, { force: true })).toBe('initiated');
  });

  test('a value that is not there', async () => {
    const world = new RebalanceWorld();
    expect(await codeOf(world, { to: channelId(4) })).toBe('no_evidence');
    expect(await codeOf(world, { to: channelId(4), force: true })).toBe('initiated');
  });

  test('a price that is too low to be tried', async () => {
    const world = new RebalanceWorld();
    expect(await codeOf(world, { maxFee: fromSat(1) })).toBe('too_dear');
    expect(await codeOf(world, { maxFee: fromSat(1), force: true })).toBe('initiated');
  });

  test('the smallest and the largest amount', async () => {
    const world = new RebalanceWorld();
    expect(await codeOf(world, { amount: fromSat(10_000) })).toBe('amount_out_of_range');
    expect(await codeOf(world, { amount: fromSat(10_000), force: true })).toBe('initiated');
  });

  test('capital controls only with a stated fee as well', async () => {
    const forcedBy = async (change: Partial<ManualRebalance>) => {
      const world = new RebalanceWorld();
      await world.commands.order(asked(change), false);
      return world.airlock.orders[0]?.force;
    };
    expect(await forcedBy({ force: true })).toBe(false);
    expect(await forcedBy({ maxFee: fromSat(250) })).toBe(false);
    expect(await forcedBy({ force: true, maxFee: fromSat(250) })).toBe(true);
  });
});

describe('the price', () => {
  test('a stated fee is never exceeded, and is what is held to the last msat of a whole ppm', async () => {
    const world = new RebalanceWorld();
    for (const sat of [220, 333, 5_000]) {
      const maxFee: Msat = fromSat(sat);
      const { cap, maxPpm, amount } = await planOf(world, { maxFee, force: true });
      expect(cap).toBeLessThanOrEqual(maxFee);
      expect(maxFee - cap).toBeLessThan(amount / 1_000_000n);
      expect(maxPpm).toBe(Math.floor((sat * 1e6) / 400_000));
    }
  });

  test('without force the value bounds it too', async () => {
    const world = new RebalanceWorld();
    const free = await planOf(world, {});
    const { maxPpm } = await planOf(world, { maxFee: fromSat(5_000) });
    expect(maxPpm).toBe(free.maxPpm);
    expect((await planOf(world, { maxFee: fromSat(205) })).maxPpm).toBe(512);
  });
});

describe('the answer comes in time', () => {
  it('after 4 s with the job that is held, whatever becomes of it', async () => {
    const world = new RebalanceWorld();
    const ring = alarm(world);
    let answerIt: () => void = () => undefined;
    world.airlock.before = () => new Promise((resolve) => (answerIt = resolve));
    const answer = world.commands.order(asked(), false);
    await ring();
    expect(await answer).toMatchObject({ kind: 'initiated', job: { kind: 'manual' } });
    expect(world.said(1, 'rebalance-manual')).toMatchObject({ outcome: 'unknown' });
    answerIt();
    await new Promise(setImmediate);
    expect(world.said(1, 'rebalance-manual')).toMatchObject({ outcome: 'done' });
  });

  it('a node that does not show its channels: nothing is ordered, not later either', async () => {
    const world = new RebalanceWorld();
    const ring = alarm(world);
    let showIt: () => void = () => undefined;
    const shown = world.node.peerChannels.bind(world.node);
    world.node.peerChannels = () =>
      new Promise((resolve) => {
        showIt = () => resolve(shown());
      });
    const answer = world.commands.order(asked(), false);
    await ring();
    expect(await answer).toMatchObject({ kind: 'failed' });
    showIt();
    await new Promise(setImmediate);
    expect(world.airlock.orders).toEqual([]);
  });

  it('what goes wrong after the answer is told', async () => {
    const world = new RebalanceWorld();
    const ring = alarm(world);
    let breakIt: () => void = () => undefined;
    world.airlock.before = () =>
      new Promise((_, reject) => (breakIt = () => reject(new RetryLater('gone'))));
    const answer = world.commands.order(asked(), false);
    await ring();
    await answer;
    breakIt();
    await new Promise(setImmediate);
    expect(world.late).toHaveLength(1);
  });
});

describe('what is seen', () => {
  it('daily and weekly caps with what is held under them', async () => {
    const world = new RebalanceWorld();
    await world.commands.order(asked({ maxFee: fromSat(210) }), false);
    const { caps, jobs, backend } = world.commands.state();
    const used = fromSat(210);
    expect(caps).toEqual([
      { name: 'daily', limit: fromSat(5_000), used },
      { name: 'weekly', limit: fromSat(20_000), used },
    ]);
    expect(jobs).toHaveLength(1);
    expect(backend).toBe('v4.3.1');
    expect(world.commands.jobs(1)).toEqual(jobs);
  });

  it('an unknown outcome is settled by the operator’s word, once', async () => {
    const world = new RebalanceWorld();
    await world.commands.order(asked({ maxFee: fromSat(210) }), false);
    const id = world.commands.jobs(1)[0]?.id ?? 0;
    expect(world.commands.settle(id, fromSat(7), false)).toBe(false);
    world.store.spending.mark(id, 'unknown', 'no answer');
    expect(world.commands.settle(id, fromSat(7), true)).toBe(true);
    expect(world.commands.state().jobs).toHaveLength(1);
    expect(world.settled).toEqual([]);
    expect(world.commands.settle(id, fromSat(7), false)).toBe(true);
    expect(world.commands.settle(id, fromSat(7), false)).toBe(false);
    expect(world.settled).toMatchObject([{ id, spent: fromSat(7), state: 'settled' }]);
    expect(world.commands.state().caps?.[0]?.used).toBe(fromSat(7));
    expect(world.said(1, 'rebalance-manual')).toMatchObject({ rule: 'settled by hand' });
  });
});

/** Rings every alarm that was set, once those who wait are waiting. */
function alarm(world: RebalanceWorld): () => Promise<void> {
  const jobs: (() => Promise<void>)[] = [];
  Object.assign(world.clock, {
    at: (_: unknown, job: () => Promise<void>) => {
      jobs.push(job);
      return () => undefined;
    },
  });
  return async () => {
    await new Promise(setImmediate);
    for (const job of jobs) await job();
  };
}
