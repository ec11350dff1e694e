/** SPEC 1: what may be touched, and at whose word. */
import { describe, expect, test } from 'vitest';
import { inCanary } from '../../src/core/fees/canary.ts';
import { share } from '../../src/core/units.ts';
import { decisions } from './answers.ts';
import { Life, readDatabase } from './harness.ts';

const outcomes = (life: Life): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind, outcome } of decisions(life.database))
    if (kind === 'fee') counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};
const changesByUs = (life: Life): number =>
  readDatabase(life.database, (db) =>
    Number(db.prepare(`SELECT count(*) AS n FROM fee_change WHERE "by" <> 'outside'`).get()?.n),
  );

describe('authority', () => {
  test('a default install observes: decisions are journaled as would, the node is left as it was', async () => {
    await using life = await Life.start({ options: {} });
    const before = life.market.channels().map(({ ours }) => ours);
    await life.days(2);
    expect(await life.call('revenue-status')).toMatchObject({ authority: 'observe' });
    expect(outcomes(life).would).toBeGreaterThan(life.market.channels().length);
    expect(outcomes(life)).not.toHaveProperty('done');
    expect(life.node.calls.has('setchannel')).toBe(false);
    expect(life.market.channels().map(({ ours }) => ours)).toEqual(before);
    expect(changesByUs(life)).toBe(0);
  });

  test('promotion to fees and back counts at once, without restart', async () => {
    await using life = await Life.start({ options: {} });
    await life.hours(3);
    const pid = life.plugin.pid;
    await life.call('revenue-config', ['set', 'authority', 'fees']);
    await life.hours(3);
    const promoted = life.sets.length;
    expect(promoted).toBeGreaterThan(0);
    expect(outcomes(life).done).toBe(promoted);

    await life.call('revenue-config', ['set', 'authority', 'observe']);
    await life.days(1);
    expect(life.sets).toHaveLength(promoted);
    expect(life.plugin.pid).toBe(pid);
  });

  test('dry-run is observe, and revenue-config cannot talk it out of that', async () => {
    const options = { 'revenue-ops-dry-run': 'true', 'revenue-ops-authority': 'full' };
    await using life = await Life.start({ options });
    await expect(life.call('revenue-config', ['set', 'authority', 'fees'])).rejects.toMatchObject({
      code: -32602,
    });
    await life.days(1);
    expect(await life.call('revenue-status')).toMatchObject({ authority: 'observe' });
    expect(life.node.calls.has('setchannel')).toBe(false);
    expect(outcomes(life).would).toBeGreaterThan(0);
  });

  test('orders below fees are answered with would, and send nothing', async () => {
    await using life = await Life.start({ options: {} });
    await life.hours(1);
    const order = await life.call('revenue-set-fee', [life.channel(0).scid, 777]);
    expect(order).toMatchObject({ status: 'would', success: false });
    await life.hours(1);
    expect(life.node.calls.has('setchannel')).toBe(false);
  });

  test('canary_share: only the channels of the canary are priced, always the same ones', async () => {
    await using life = await Life.start({ options: {}, channels: 16, seed: 3 });
    await life.call('revenue-config', ['set', 'canary_share', 0.5]);
    await life.call('revenue-config', ['set', 'authority', 'fees']);
    await life.days(1);
    const canary = life.market
      .channels()
      .flatMap(({ channelId }) => (inCanary(channelId, share(0.5)) ? [channelId] : []));
    expect(canary.length).toBeGreaterThan(2);
    expect(canary.length).toBeLessThan(14);
    const priced = new Set(life.sets.map(({ id }) => id));
    expect(priced.size).toBeGreaterThan(0);
    expect(canary).toEqual(expect.arrayContaining([...priced]));
  });

  test('revenue-pause stops every change now and outlives a restart; revenue-resume lets it go on', async () => {
    await using life = await Life.start({ seed: 3 });
    await life.hours(3);
    // Prices of probe, fire sale and congestion do not stay: nothing else may still be sent.
    const special = life.market
      .channels()
      .flatMap(({ channelId, ours }) => ([0, 1, 5000].includes(ours.ppm) ? [channelId] : []));
    const before = life.sets.length;
    await life.call('revenue-pause', ['fees']);
    await life.hours(12);
    const sent = life.sets.length;
    expect(special).toEqual(expect.arrayContaining(life.sets.slice(before).map(({ id }) => id)));
    expect(sent - before).toBeLessThanOrEqual(special.length);
    await life.killPlugin();
    await life.restartPlugin();
    await life.hours(12);
    expect(life.sets).toHaveLength(sent);
    expect(await life.call('revenue-resume')).toMatchObject({ status: 'resumed', released: 1 });
    await life.hours(12);
    expect(life.sets.length).toBeGreaterThan(sent);
  });
});
