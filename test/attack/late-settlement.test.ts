/**
 * SPEC 4.6, 4.7, 11: late settlement. A payment can hang for hours after its job was stopped, and end while nobody
 * looks. Until it did its hold stays; then it is booked, once.
 */
import { describe, expect, test } from 'vitest';
import { HOUR_MS, laterBy } from '../../src/core/units.ts';
import type { Life } from '../e2e/harness.ts';
import {
  booked,
  breachesOf,
  hangingWorld,
  jobs,
  minutes,
  order,
  paidByNode,
  rebalancingLife,
  rows,
  running,
} from '../e2e/rebalance-world.ts';

const HANGS_HOURS = 3;
const holds = async (life: Life) => rows((await life.call('revenue-status')).holds);

/** A job that was stopped for the brake while its first payment hangs. */
async function hanging(like?: { version: string }): Promise<Life> {
  const market = hangingWorld(HANGS_HOURS);
  const life = await rebalancingLife({ market, ...(like && { like }) });
  await order(life, 0, 1, { amount_sats: 2_000_000, max_fee_sats: 400 });
  await minutes(life, 1);
  await life.call('revenue-pause', ['rebalance']);
  await expect.poll(() => running(life)).toBe(0);
  await minutes(life, 5);
  expect(jobs(life)).toMatchObject([{ state: 'stopping', spent: 0n }]);
  return life;
}

async function expectBookedOnce(life: Life): Promise<void> {
  expect(await paidByNode(life)).toBe(50_000n);
  expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'moved', spent: 50_000n }]);
  expect(booked(life)).toBe(50_000n);
  expect(await holds(life)).toEqual([]);
  const { budget } = await life.call('revenue-status');
  expect(budget).toMatchObject({ weekly: { used_msat: 50_000 } });
  expect(breachesOf(life)).toEqual([]);
}

describe('late settlement', () => {
  test('three hours after the stop: held all the time, booked when it ends', async () => {
    await using life = await hanging();
    for (let hour = 0; hour < HANGS_HOURS - 1; hour += 1) {
      expect(await holds(life)).toMatchObject([{ amount_msat: 400_000 }]);
      await life.hours(1);
    }
    expect(jobs(life)).toMatchObject([{ state: 'unknown' }]);
    await life.hours(2);
    await expectBookedOnce(life);
    await life.hours(3);
    await expectBookedOnce(life);
  });

  test('it ends while the plugin is dead', async () => {
    await using life = await hanging();
    await life.killPlugin();
    life.node.advance(laterBy(life.now, 6 * HOUR_MS));
    await life.restartPlugin();
    await minutes(life, 10);
    await expectBookedOnce(life);
  });

  test('the plugin dies at each of the next calls and is started again: still once', async () => {
    await using life = await hanging();
    life.node.advance(laterBy(life.now, 4 * HOUR_MS));
    for (const call of [1, 2, 3, 4, 5, 6]) {
      void life.killAt({ call, phase: 'after' });
      if (!(await life.survives(0.5))) await life.restartPlugin();
    }
    life.spare();
    await minutes(life, 10);
    await expectBookedOnce(life);
  });

  test('a node without channel moves: the same', async () => {
    await using life = await hanging({ version: 'v25.05' });
    await life.hours(2);
    expect(await holds(life)).toMatchObject([{ amount_msat: 400_000 }]);
    await life.hours(2);
    await expectBookedOnce(life);
  });

  test('it fails in the end: everything is released, nothing is booked', async () => {
    const market = hangingWorld(HANGS_HOURS);
    market.ending = 'failed';
    await using life = await rebalancingLife({ market });
    await order(life, 0, 1);
    await minutes(life, 1);
    await life.call('revenue-pause', ['rebalance']);
    await life.hours(HANGS_HOURS - 1);
    expect(await holds(life)).toHaveLength(1);
    await life.hours(2);
    expect([await holds(life), booked(life)]).toEqual([[], 0n]);
    expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'not tried', spent: 0n }]);
  });
});
