import { expect, test } from 'vitest';
import { compare } from '../../src/cli/sim.ts';

/** SPEC 3.1: the two learners on the same tape, 120 simulated days, the real cycles in process. */
test('ladder and hill climbing live 120 days side by side; what they earned is printed', async () => {
  const outcomes = await compare({
    scenario: 'sparse',
    strategies: ['ladder', 'hill-climbing'],
    seeds: 1,
    days: 120,
    channels: 8,
  });
  process.stdout.write(
    `${outcomes.map((one) => `${one.strategy}: net ${one.net_sat} sat from ${one.forwards} forwards, ${one.fee_changes} fee changes in 120 days (seed ${one.seed})`).join('\n')}\n`,
  );
  expect(outcomes.map(({ strategy }) => strategy)).toEqual(['ladder', 'hill-climbing']);
  for (const one of outcomes) {
    expect(one.net_sat).toBeGreaterThan(0);
    expect(one.forwards).toBeGreaterThan(0);
    expect(one.fee_changes).toBeGreaterThan(0);
    expect(one.gossip_per_channel_day_max).toBeLessThanOrEqual(4);
  }
}, 600_000);
