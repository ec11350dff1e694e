/** SPEC 4.6, 4.7: what became of money that was sent, when neither sling nor the node makes it easy to know. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laterBy } from '../../src/core/units.ts';
import { Life } from './harness.ts';
import {
  booked,
  breachesOf,
  FULL,
  hangingWorld,
  idleWorld,
  jobs,
  minutes,
  order,
  ordersSent,
  paidByNode,
  rebalancingLife,
  recent,
  rows,
  running,
  sellingLife,
  ways,
} from './rebalance-world.ts';

const explained = async (life: Life, index: number): Promise<string> =>
  String((await life.call('revenue-explain', [life.channel(index).scid])).result);

describe('an outcome that nobody knows', () => {
  let life: Life;
  let id: unknown;
  beforeAll(async () => {
    life = await rebalancingLife({ market: hangingWorld(48) });
    ({ rebalance_id: id } = await order(life, 0, 1));
    await minutes(life, 1);
    // The payment hangs somewhere in the network, and its job is stopped.
    await life.call('revenue-pause', ['rebalance']);
    await minutes(life, 30);
    await life.call('revenue-resume');
    await minutes(life, 5);
  });
  afterAll(() => life.destroy());

  test('is shown as unknown, with its hold, in status, locks, doctor and explain', async () => {
    const status = await life.call('revenue-status');
    expect(status.holds).toMatchObject([{ id, unknown: true, amount_msat: 99_900 }]);
    expect(await recent(life)).toMatchObject([{ id, state: 'unknown', status: 'pending' }]);
    expect(await life.call('revenue-locks')).toMatchObject({ unknown: [id] });
    expect(JSON.stringify(await life.call('revenue-doctor'))).toContain('unknown outcome');
    expect(await explained(life, 1)).toContain('is not known; nothing goes there');
    expect(JSON.stringify(status.warnings)).toContain('is unknown');
  });

  test('blocks its destination, forced or not, and nothing else', async () => {
    expect(await order(life, 2, 1)).toMatchObject({ status: 'refused' });
    expect(await order(life, 2, 3)).toMatchObject({ status: 'initiated' });
    await life.call('revenue-pause', ['rebalance']);
    await expect.poll(() => running(life)).toBe(0);
    await life.call('revenue-resume');
  });

  test('is ended by the operator, who may not say less than is known, and only once', async () => {
    const settle = (msat: number) =>
      life.call('revenue-locks', { action: 'settle', id, spent_msat: msat });
    await life.call('check', {
      command_to_check: 'revenue-locks',
      action: 'settle',
      id,
      spent_msat: 30_000,
    });
    expect(rows((await life.call('revenue-locks')).holds)).toContainEqual(
      expect.objectContaining({ id }),
    );
    expect(await settle(30_000)).toMatchObject({ status: 'settled' });
    expect(await settle(30_000)).toMatchObject({ status: 'noop' });
    expect((await life.call('revenue-locks')).unknown).not.toContain(id);
    const budget = (await life.call('revenue-status')).budget;
    expect(budget).toMatchObject({ daily: { used_msat: 30_000 } });
  });

  test('and the payment that settles two days later is not counted on top of his word', async () => {
    await life.hours(50);
    expect((await life.call('revenue-status')).holds).toEqual([]);
    expect(await paidByNode(life)).toBe(30_000n);
    const ours = (await recent(life)).find((job) => job.id === id);
    expect(ours).toMatchObject({ state: 'settled', fee_msat: 30_000 });
    const { budget } = await life.call('revenue-status');
    expect(budget).toMatchObject({ weekly: { used_msat: 30_000 } });
    expect(breachesOf(life)).toEqual([]);
  });
});

describe('lightningd before 25.09, which records no channel moves', () => {
  test('settles from listsendpays alone, one at a time', async () => {
    await using life = await rebalancingLife({ like: { version: 'v25.05' } });
    expect(await order(life, 0, 1)).toMatchObject({ status: 'initiated' });
    expect(await order(life, 2, 3)).toMatchObject({ status: 'refused', code: 'busy' });
    await minutes(life, 10);
    expect(await recent(life)).toMatchObject([
      { status: 'success', moved_msat: 300_000_000, fee_msat: 30_000 },
    ]);
    expect(await order(life, 2, 3)).toMatchObject({ status: 'initiated' });
    await minutes(life, 10);
    expect([booked(life), await paidByNode(life)]).toEqual([60_000n, 60_000n]);
    expect(life.count('listchannelmoves')).toBe(0);
  });
});

describe('sling comes and goes', () => {
  test('absent at the start: said; there later: found without a restart, and used', async () => {
    await using life = await Life.start({
      market: idleWorld(),
      sling: 'healthy',
      options: FULL,
      prepare: (node) => {
        const sling = node.sling;
        if (sling === undefined) throw new Error('it has none');
        sling.mode = 'dies in mid job';
        sling.operatorJob({ maxPpm: 500, target: 0.9, keepShare: 0 });
        node.advance(laterBy(node.state.now(), 60_000));
      },
    });
    await life.hours(1);
    expect(life.sling.machine.gone).toBe(true);
    expect(await order(life, 0, 1)).toMatchObject({ status: 'refused', code: 'not_ready' });
    expect((await life.call('revenue-status')).rebalancing).toMatchObject({ ready: false });
    life.sling.mode = 'healthy';
    life.sling.revive();
    await minutes(life, 30);
    expect(await order(life, 2, 3)).toMatchObject({ status: 'initiated' });
  });

  test('it vanishes in mid job: what was paid is settled, nothing is ordered of nobody', async () => {
    await using life = await rebalancingLife({ sling: 'dies in mid job' });
    const { rebalance_id: id } = await order(life, 0, 1, {
      amount_sats: 1_500_000,
      max_fee_sats: 300,
    });
    await life.hours(1);
    expect(life.sling.machine.gone).toBe(true);
    expect(await recent(life)).toMatchObject([{ id, state: 'settled', status: 'partial' }]);
    expect(booked(life)).toBe(await paidByNode(life));
    expect(booked(life)).toBeGreaterThan(0n);
    expect(await order(life, 2, 3)).toMatchObject({ status: 'refused', code: 'not_ready' });
    expect((await life.call('revenue-status')).status).toBe('running');
    life.sling.revive();
    await minutes(life, 10);
    expect(await order(life, 2, 3)).toMatchObject({ status: 'initiated' });
    expect(ordersSent(life)).toBe(2);
  });
});

test('explain says why nothing was moved, what was, and what stands above the rules', async () => {
  await using life = await sellingLife();
  expect(await explained(life, 0)).toMatch(/Why no rebalance: (sink|at_target):/);
  await life.hours(1);
  expect(jobs(life)).toHaveLength(1);
  expect(await explained(life, 1)).toMatch(/cool_down|at_target/);
  await life.call('revenue-config', ['set', 'authority', 'fees']);
  expect(await explained(life, 1)).toContain('authority is fees: nothing is spent below full');
  ways(life).audit();
});
