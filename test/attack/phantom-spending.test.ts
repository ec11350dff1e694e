/**
 * SPEC 4.7, 11: phantom spending. sling goes on when we die, and knows nothing of our budgets. Whatever happens to the
 * plugin while a job runs, no job of ours goes on unseen, and what it paid meanwhile is counted once.
 */
import { describe, expect, test } from 'vitest';
import { laterBy } from '../../src/core/units.ts';
import type { Life } from '../e2e/harness.ts';
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
  running,
  slowWorld,
} from '../e2e/rebalance-world.ts';

const MINUTE_MS = 60_000;
/** Eight payments of 500,000 sat, one every ten minutes. */
const LONG = { amount_sats: 4_000_000, max_fee_sats: 800 } as const;

async function busyLife(): Promise<Life> {
  const life = await rebalancingLife({ market: slowWorld() });
  await order(life, 0, 1, LONG);
  await minutes(life, 15);
  expect([running(life), booked(life)]).toEqual([1, 50_000n]);
  return life;
}

async function expectAllSeen(life: Life): Promise<void> {
  expect(running(life)).toBe(0);
  expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'moved' }]);
  expect((await life.call('revenue-status')).holds).toEqual([]);
  expect(booked(life)).toBe(await paidByNode(life));
  expect(breachesOf(life)).toEqual([]);
}

describe('phantom spending', () => {
  test('killed while sling runs: at the next start the job is ended, what it paid meanwhile is counted', async () => {
    await using life = await busyLife();
    await life.killPlugin();
    // Nobody looks for half an hour: three more payments.
    life.node.advance(laterBy(life.now, 30 * MINUTE_MS));
    expect(running(life)).toBe(1);
    await life.restartPlugin();
    await minutes(life, 2);
    expect(running(life)).toBe(0);
    await minutes(life, 30);
    await expectAllSeen(life);
    expect(booked(life)).toBeGreaterThanOrEqual(150_000n);
    expect(life.said()).toContain('start-up hygiene: an earlier run ordered it');
    expect(life.said()).toContain('Startup Hygiene: Terminated 1 orphan sling jobs.');
    expect(await recent(life)).toMatchObject([{ status: 'partial' }]);
  });

  test('stopped or reloaded while sling runs: it takes its jobs along', async () => {
    await using life = await busyLife();
    await life.stopPlugin();
    expect(running(life)).toBe(0);
    life.node.advance(laterBy(life.now, 30 * MINUTE_MS));
    await life.restartPlugin();
    await minutes(life, 5);
    await expectAllSeen(life);
    expect(ordersSent(life)).toBe(1);
  });

  test('killed between the order and its answer: an order nobody remembers is found and ended', async () => {
    await using life = await rebalancingLife({ market: slowWorld() });
    const killed = life.killAt({ call: 1, phase: 'after', method: 'sling-once' });
    void order(life, 0, 1, LONG).catch(() => undefined);
    expect(await killed).toBe('sling-once');
    expect(jobs(life)).toMatchObject([{ state: 'ordered' }]);
    expect(running(life)).toBe(1);
    life.node.advance(laterBy(life.now, 30 * MINUTE_MS));
    await life.restartPlugin();
    await minutes(life, 30);
    await expectAllSeen(life);
  });

  test('killed just before the order: a hold without a job is released, and never counted as a failure', async () => {
    await using life = await rebalancingLife();
    const killed = life.killAt({ call: 1, phase: 'before', method: 'sling-once' });
    void order(life, 0, 1).catch(() => undefined);
    await killed;
    expect([running(life), jobs(life)]).toMatchObject([0, [{ state: 'ordered', cap: 99_900n }]]);
    await life.restartPlugin();
    await minutes(life, 10);
    expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'not tried' }]);
    expect((await life.call('revenue-status')).holds).toEqual([]);
  });

  test('jobs of the operator run on beside all that; ours on the same channels are not begun', async () => {
    await using life = await rebalancingLife({ market: slowWorld() });
    const theirs = life.sling.operatorJob({
      channel: 3,
      candidates: [2],
      maxPpm: 500,
      target: 0.9,
    });
    await life.call('revenue-status');
    await minutes(life, 10);
    expect(await order(life, 0, 3)).toMatchObject({ status: 'refused' });
    await order(life, 0, 1, LONG);
    await minutes(life, 5);
    expect(running(life)).toBe(2);
    await life.killPlugin();
    life.node.advance(laterBy(life.now, 30 * MINUTE_MS));
    await life.restartPlugin();
    await minutes(life, 30);
    expect(life.sling.machine.job(theirs.channel)).toMatchObject({ active: true });
    expect(running(life)).toBe(1);
    expect(jobs(life)).toMatchObject([{ state: 'settled', outcome: 'moved' }]);
    const status = await life.call('revenue-status');
    expect(status.rebalancing).toMatchObject({ foreign_jobs: [life.channel(3).scid] });
    // What they pay is in the node's records beside ours, and under no budget of ours.
    const ours = jobs(life).reduce((sum, { spent }) => sum + spent, 0n);
    expect(ours).toBeLessThan(await paidByNode(life));
    expect(status.budget).toMatchObject({ daily: { used_msat: Number(ours) } });
  });

  test('their jobs are deleted only where the operator gave sling to us alone', async () => {
    const options = { 'revenue-ops-sling-exclusive': 'true' };
    await using life = await rebalancingLife({ sling: 'operator jobs', options });
    expect(life.sling.machine.jobs()).toEqual([]);
    expect(life.said()).toContain('Startup Hygiene: Terminated 1 orphan sling jobs.');
    expect(life.count('sling-deletejob')).toBeGreaterThan(0);
  });

  test('below full authority nothing of theirs is touched, whatever that option says', async () => {
    const options = { 'revenue-ops-sling-exclusive': 'true', 'revenue-ops-authority': 'fees' };
    await using life = await rebalancingLife({ sling: 'operator jobs', options });
    expect(life.sling.machine.jobs()).toHaveLength(1);
    expect(life.count('sling-deletejob') + life.count('sling-stop')).toBe(0);
  });
});
