/** SPEC 4.8: what an operator orders by hand, over the real process, and what the brake does to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
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
  sharedChannel,
  slowWorld,
  ways,
} from './rebalance-world.ts';

const WITHIN_MS = 5_000;

describe('an order by hand', () => {
  let life: Life;
  beforeAll(async () => {
    life = await rebalancingLife();
  });
  afterAll(() => life.destroy());

  test('check says what it would be, and sends and holds nothing', async () => {
    const asked = { from_channel: life.channel(0).scid, to_channel: life.channel(1).scid };
    const answer = await life.call('check', {
      command_to_check: 'revenue-rebalance',
      ...asked,
      amount_sats: 300_000,
      max_fee_sats: 100,
      force: true,
    });
    expect(answer).toMatchObject({ command_to_check: 'revenue-rebalance' });
    expect([ordersSent(life), jobs(life)]).toEqual([0, []]);
    await expect(
      life.call('check', { command_to_check: 'revenue-rebalance', ...asked, amount_sats: -1 }),
    ).rejects.toMatchObject({ code: -32602 });
  });

  test('without force the rules speak: nothing is known to be sold there', async () => {
    const answer = await order(life, 0, 1, { force: false });
    expect(answer).toMatchObject({ status: 'refused', code: 'no_evidence', success: false });
    expect([ordersSent(life), jobs(life)]).toEqual([0, []]);
  });

  test('with force it is initiated with an id, and how it ended is told later', async () => {
    const answer = await order(life, 0, 1);
    expect(answer).toMatchObject({ status: 'initiated', success: true, hold_msat: 99_900 });
    const [pending] = await recent(life);
    expect(pending).toMatchObject({ id: answer.rebalance_id, status: 'pending' });
    const status = await life.call('revenue-status');
    expect(status.holds).toMatchObject([{ id: answer.rebalance_id, amount_msat: 99_900 }]);
    await minutes(life, 5);
    const [ended] = await recent(life);
    expect(ended).toMatchObject({
      id: answer.rebalance_id,
      rebalance_type: 'manual',
      status: 'success',
      moved_msat: 300_000_000,
      fee_msat: 30_000,
    });
    expect((await life.call('revenue-status')).holds).toEqual([]);
    expect([booked(life), await paidByNode(life)]).toEqual([30_000n, 30_000n]);
  });

  test('revenue-pump is the same order under its other name', async () => {
    const answer = await life.call('revenue-pump', [
      life.channel(2).scid,
      life.channel(3).scid,
      300_000,
      100,
      true,
    ]);
    expect(answer).toMatchObject({ status: 'initiated' });
    await minutes(life, 5);
    expect((await recent(life))[0]).toMatchObject({ id: answer.rebalance_id, status: 'success' });
  });

  test('capital controls give way to force only together with a stated fee, which still counts', async () => {
    await life.call('revenue-config', ['set', 'daily_budget_sats', 70]);
    const spent = booked(life);
    expect(await order(life, 1, 2, { max_fee_sats: 80, force: false })).toMatchObject({
      status: 'refused',
    });
    const unstated = await life.call('revenue-rebalance', {
      from_channel: life.channel(1).scid,
      to_channel: life.channel(2).scid,
      amount_sats: 300_000,
      force: true,
    });
    expect(unstated).toMatchObject({ status: 'refused', code: 'daily' });
    const sent = ordersSent(life);
    const forced = await order(life, 1, 2, { max_fee_sats: 80 });
    expect(forced).toMatchObject({ status: 'initiated' });
    expect(ordersSent(life)).toBe(sent + 1);
    await minutes(life, 5);
    expect(booked(life)).toBe(spent + 30_000n);
    expect((await life.call('revenue-status')).budget).toMatchObject({
      daily: { limit_msat: 70_000, used_msat: Number(spent) + 30_000, left_msat: 0 },
    });
    await life.call('revenue-config', ['reset', 'daily_budget_sats']);
  });

  test('force lifts no protection: not a reserve that cannot be known, not the brake', async () => {
    const heal = life.node.faults.add({ kind: 'unknown-method', method: 'listfunds' });
    expect(await order(life, 3, 0)).toMatchObject({ status: 'refused', code: 'unknown' });
    heal();
    await life.call('revenue-pause', ['rebalance']);
    expect(await order(life, 3, 0)).toMatchObject({ status: 'refused', code: 'locked' });
    await life.call('revenue-resume');
    expect(await order(life, 3, 3).catch((error: unknown) => error)).toMatchObject({
      code: -32602,
    });
  });
});

test('two hundred channels: it answers within five seconds', async () => {
  const many = Array.from({ length: 200 }, (_, index) => sharedChannel(index, 0.5));
  const market = new CircularDouble(many);
  await using life = await Life.start({ market, sling: 'healthy', options: FULL });
  await life.hours(1);
  const began = performance.now();
  expect(await order(life, 17, 170)).toMatchObject({ status: 'initiated' });
  expect(performance.now() - began).toBeLessThan(WITHIN_MS);
  await minutes(life, 5);
  expect((await recent(life))[0]).toMatchObject({ status: 'success' });
});

test('sling hangs: the answer still comes within five seconds, and the hold stands', async () => {
  await using life = await Life.start({
    market: idleWorld(),
    sling: 'healthy',
    clock: 'machine',
    options: FULL,
  });
  await expect.poll(() => life.said(), { timeout: 20_000 }).toContain('Startup Hygiene');
  life.node.faults.add({ kind: 'stall', method: 'sling-once' });
  const began = performance.now();
  const answer = await order(life, 0, 1);
  expect(performance.now() - began).toBeLessThan(WITHIN_MS);
  expect(answer).toMatchObject({ status: 'initiated' });
  expect(String(answer.message)).toContain('sling has not answered yet');
  expect((await life.call('revenue-status')).holds).toMatchObject([{ amount_msat: 99_900 }]);
});

describe('what stops a running rebalance', () => {
  test('the brake stops sling at once; the hold stays until the payment on its way is settled', async () => {
    await using life = await rebalancingLife({ market: hangingWorld(1) });
    const { rebalance_id: id } = await order(life, 0, 1, { amount_sats: 900_000 });
    await minutes(life, 2);
    expect(running(life)).toBe(1);
    expect(await life.call('revenue-pause', ['rebalance'])).toMatchObject({ status: 'paused' });
    // Not a minute of its time passes meanwhile.
    await expect.poll(() => running(life)).toBe(0);
    const paused = await life.call('revenue-status');
    expect(rows(paused.holds)).toMatchObject([{ id }]);
    expect(rows(paused.recent_rebalances)[0]).toMatchObject({ id, state: 'stopping' });
    await life.hours(2);
    expect((await life.call('revenue-status')).holds).toEqual([]);
    const [ended] = await recent(life);
    expect(ended).toMatchObject({ id, status: 'partial', moved_msat: 450_000_000 });
    expect(booked(life)).toBe(await paidByNode(life));
    expect(ordersSent(life)).toBe(1);
  });

  test('authority from full to fees stops it, and from then on nothing can be ordered', async () => {
    await using life = await rebalancingLife({ market: slowWorld(3_600_000) });
    await order(life, 0, 1);
    await minutes(life, 2);
    expect(running(life)).toBe(1);
    await life.call('revenue-config', ['set', 'authority', 'fees']);
    await expect.poll(() => running(life)).toBe(0);
    await minutes(life, 2);
    expect(await recent(life)).toMatchObject([{ state: 'settled', fee_msat: 0 }]);
    expect(await order(life, 0, 1)).toMatchObject({ status: 'would' });
    await life.hours(2);
    expect(ordersSent(life)).toBe(1);
    expect(jobs(life)).toHaveLength(1);
    ways(life).audit();
    expect(breachesOf(life)).toEqual([]);
  });
});
