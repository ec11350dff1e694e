/** Policies of the real plugin, over its socket, as lightning-cli and cl-hive call it (SPEC 5, 8). */
import { describe, expect, test } from 'vitest';
import { Life } from './harness.ts';

describe('a policy', () => {
  test('is sent in the moment it is set, once, in either style; and outlives a kill', async () => {
    await using life = await Life.start({ seed: 5, channels: 4 });
    await life.hours(1);
    const { peerId, scid } = life.channel(0);
    const at = life.now;
    const member = { action: 'set', peer_id: peerId, strategy: 'hive', rebalance: 'enabled' };
    expect(await life.call('revenue-policy', member)).toMatchObject({ status: 'success' });
    await life.hours(0.01);
    expect(life.sets.at(-1)).toMatchObject({ ppm: '0', base: '0' });
    // A cycle's turn comes every 1,800 s; the world's own steps are seconds.
    expect((life.sets.at(-1)?.at ?? 0) - at).toBeLessThan(10_000);
    const count = life.sets.length;
    expect(await life.call('revenue-policy', member)).toMatchObject({ status: 'success' });
    await life.hours(0.01);
    expect(life.sets).toHaveLength(count);

    await life.call('revenue-policy', ['set', scid, 'strategy=static', 'fee_ppm=123']);
    await life.hours(0.01);
    expect(life.channel(0).ours.ppm).toBe(123);
    await life.killPlugin();
    await life.restartPlugin();
    expect(await life.call('revenue-policy', ['get', scid])).toMatchObject({
      policy: { strategy: 'static', fee_ppm_target: 123 },
      channels: [{ strategy: 'static' }],
    });
    expect(await life.call('revenue-policy', ['changes', 0])).toMatchObject({
      changes: [{ sequence: 1 }, { sequence: 2 }],
      complete: true,
    });
  }, 60_000);

  test('the old methods still work', async () => {
    await using life = await Life.start({ seed: 5, channels: 4 });
    const { peerId } = life.channel(0);
    expect(await life.call('revenue-ignore', [peerId, 'bad'])).toMatchObject({ status: 'success' });
    expect(await life.call('revenue-list-ignored')).toMatchObject({ count: 1 });
    expect(await life.call('revenue-unignore', [peerId])).toMatchObject({ status: 'success' });
  }, 60_000);
});
