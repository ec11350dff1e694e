/** The harness itself: a plugin dies at one exact call, the world stands still, another life goes on from there. */
import { describe, expect, test } from 'vitest';
import { HOUR_MS, unixMs } from '../../src/core/units.ts';
import { Life } from './harness.ts';

/** The prices the channels have, by index. */
const prices = (life: Life): readonly number[] =>
  life.market.channels().map(({ ours }) => ours.ppm);

describe('death at an exact call', () => {
  test.each([
    ['before', false],
    ['after', true],
  ] as const)('%s a setchannel is carried out: it was done: %s', async (phase, done) => {
    await using life = await Life.start({ seed: 5 });
    const asked = prices(life);
    const killed = life.killAt({ call: 1, phase, method: 'setchannel' });
    expect(await life.survives(10)).toBe(false);
    expect(await killed).toBe('setchannel');
    expect(life.node.plugins.hosts).toEqual([]);
    const changed = prices(life).filter((price, i) => price !== asked[i]);
    expect(changed).toHaveLength(done ? 1 : 0);
    const then = life.now;
    await life.restartPlugin();
    expect(life.now).toBe(then);
    expect(await life.survives(3)).toBe(true);
    expect(life.now).toBe(then + 3 * HOUR_MS);
  });

  test('each of the first calls of a day can be the last one', async () => {
    await using life = await Life.start({ seed: 6, channels: 4, historyDays: 2 });
    for (const call of [1, 2, 3, 5, 8]) {
      for (const phase of ['before', 'after'] as const) {
        void life.killAt({ call, phase });
        expect(await life.survives(24)).toBe(false);
        await life.restartPlugin();
      }
    }
  });

  test('a moment that is not reached is spared', async () => {
    await using life = await Life.start({ seed: 7, channels: 3 });
    void life.killAt({ call: 1, phase: 'before', method: 'no-such-method' });
    expect(await life.survives(2)).toBe(true);
    life.spare();
  });
});

test('a job of sling’s lives on when the plugin is killed, and goes on when time is let pass', async () => {
  await using life = await Life.start({ seed: 8, channels: 6, sling: 'stalls' });
  const { channel } = life.sling.operatorJob();
  void life.killAt({ call: 1, phase: 'after' });
  expect(await life.survives(5)).toBe(false);
  const then = life.now;
  expect(life.sling.machine.job(channel)?.active).toBe(true);
  life.node.advance(unixMs(then + HOUR_MS));
  await life.restartPlugin();
  expect(life.now).toBe(then + HOUR_MS);
  expect(life.sling.machine.job(channel)?.active).toBe(true);
});
