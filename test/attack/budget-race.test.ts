/** SPEC 4.6, 11: budget race with five jobs at the day boundary. Windows roll; midnight gives nothing back. */
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, unixMs } from '../../src/core/units.ts';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import { DOUBLE_START } from '../../src/sim/embedded-node/market-double.ts';
import type { Life } from '../e2e/harness.ts';
import {
  booked,
  breachesOf,
  jobs,
  minutes,
  type Row,
  rebalancingLife,
  sharedChannel,
} from '../e2e/rebalance-world.ts';

const BUDGET_SATS = 175;
const MIDNIGHT = unixMs(Math.ceil(DOUBLE_START / DAY_MS) * DAY_MS);

/** Twelve channels; one minute to midnight, UTC. */
async function beforeMidnight(): Promise<Life> {
  const list = Array.from({ length: 12 }, (_, index) => sharedChannel(index, 0.5));
  const market = new CircularDouble(list);
  market.advance(unixMs(MIDNIGHT - HOUR_MS - 60_000), () => undefined);
  const life = await rebalancingLife({
    market,
    options: { 'revenue-ops-daily-budget-sats': BUDGET_SATS },
  });
  expect(life.now).toBe(MIDNIGHT - 60_000);
  return life;
}

/** Five at the same moment, 50 sat each, forced past the rules but not past the budget. */
const fiveAtOnce = (life: Life, first: number): Promise<readonly Row[]> =>
  Promise.all(
    [0, 2, 4, 6, 8].map((n) =>
      life.call('revenue-rebalance', {
        from_channel: life.channel((first + n) % 12).scid,
        to_channel: life.channel((first + n + 1) % 12).scid,
        amount_sats: 100_000,
        force: true,
      }),
    ),
  );
const outcomes = (answers: readonly Row[]): readonly string[] =>
  answers.map(({ status, code }) => (status === 'initiated' ? 'initiated' : String(code))).sort();

describe('budget race at the day boundary', () => {
  test('of five on each side of midnight only as many begin as the rolling day bears', async () => {
    await using life = await beforeMidnight();
    expect(outcomes(await fiveAtOnce(life, 0))).toEqual([
      'daily',
      'daily',
      'initiated',
      'initiated',
      'initiated',
    ]);
    expect(outcomes(await fiveAtOnce(life, 1)).filter((one) => one === 'initiated')).toEqual([]);
    await life.runTo(MIDNIGHT);
    await minutes(life, 5);
    // 30 sat were spent yesterday, 145 are left of the rolling day.
    expect(booked(life)).toBe(30_000n);
    const after = outcomes(await fiveAtOnce(life, 4));
    expect(after.filter((one) => one === 'initiated')).toHaveLength(2);
    await minutes(life, 10);
    expect(booked(life)).toBe(50_000n);
    expect(jobs(life)).toHaveLength(5);
    expect(breachesOf(life, BUDGET_SATS)).toEqual([]);
  });

  test('killed at the third of them: their holds count in the next life', async () => {
    await using life = await beforeMidnight();
    const killed = life.killAt({ call: 3, phase: 'after', method: 'sling-once' });
    const answers = fiveAtOnce(life, 0).catch(() => []);
    await killed;
    await answers;
    expect(jobs(life)).toHaveLength(3);
    life.node.advance(unixMs(MIDNIGHT + 60_000));
    await life.restartPlugin();
    await minutes(life, 5);
    const open = await life.call('revenue-status');
    expect(open.budget).toMatchObject({ daily: { limit_msat: 175_000 } });
    await life.hours(1);
    expect(jobs(life).every(({ state }) => state === 'settled')).toBe(true);
    expect(booked(life)).toBe(30_000n);
    expect(outcomes(await fiveAtOnce(life, 4)).filter((one) => one === 'initiated')).toHaveLength(
      2,
    );
    await minutes(life, 10);
    expect(breachesOf(life, BUDGET_SATS)).toEqual([]);
  });
});
