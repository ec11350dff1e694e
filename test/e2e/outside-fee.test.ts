/** SPEC 3.8, 3.9: prices that others set, and the operator's own orders. */
import { describe, expect, test } from 'vitest';
import { decisions } from './answers.ts';
import { contentHash, Life, readDatabase } from './harness.ts';

const HOURS = 3_600_000;

type Row = Readonly<Record<string, unknown>>;
const rows = (value: unknown): readonly Row[] =>
  Array.isArray(value) ? value.map((row): Row => Object(row)) : [];
const statusRows = async (life: Life, part: string): Promise<readonly Row[]> =>
  rows((await life.call('revenue-status'))[part]);
const setsOf = (life: Life, index: number) =>
  life.sets.filter(({ id }) => id === life.channel(index).channelId);
const alerts = (life: Life): readonly string[] =>
  life.node.published
    .filter(({ method }) => method === 'revenue_alert')
    .map(({ params }) => JSON.stringify(params));
/** Those that hold prices: where somebody else prices a channel, rebalancing it is locked besides. */
const priceLocks = async (life: Life): Promise<readonly Row[]> =>
  (await statusRows(life, 'locks')).filter(({ scope }) => scope !== 'rebalance');

/** Past the first look, the first prices and the first tokens. */
const SETTLED_HOURS = 4;

describe('a price that someone else set', () => {
  test('is adopted as it is: adopting changes no price', async () => {
    await using life = await Life.start({ seed: 5 });
    await life.hours(SETTLED_HOURS);
    const before = setsOf(life, 0).length;
    await life.outsiderSets(0, 0, 437);
    await life.hours(2);
    expect(life.channel(0).ours).toMatchObject({ ppm: 437, base: 0 });
    expect(setsOf(life, 0)).toHaveLength(before);
    const [latest] = decisions(life.database)
      .filter(({ channelId }) => channelId === life.channel(0).channelId)
      .slice(-1);
    expect(latest?.number).toBeGreaterThan(437 * 0.9);
    expect(latest?.number).toBeLessThan(437 * 1.1);
  });

  test('twice within a day: the channel is theirs for 24 h, said aloud, and ours again after that', async () => {
    await using life = await Life.start({ seed: 5 });
    await life.hours(SETTLED_HOURS);
    await life.outsiderSets(0, 0, 437);
    await life.hours(2);
    await life.outsiderSets(0, 0, 903);
    await life.hours(2);
    const { scid, channelId } = life.channel(0);
    const [lock] = (await statusRows(life, 'locks')).filter(
      ({ channel_id: name }) => name === scid,
    );
    expect(lock).toMatchObject({ scope: 'fees', reason: expect.stringContaining('someone else') });
    expect(Number(lock?.expires_at) - Number(lock?.since)).toBe(86_400);
    expect(alerts(life).filter((text) => text.includes(channelId))).not.toEqual([]);

    const before = setsOf(life, 0).length;
    await life.hours(20);
    expect(setsOf(life, 0)).toHaveLength(before);
    expect(life.channel(0).ours.ppm).toBe(903);
    await life.hours(30);
    expect(await priceLocks(life)).toEqual([]);
    expect(setsOf(life, 0).length).toBeGreaterThan(before);
  });

  test('in observe nothing is yielded and nobody is alarmed', async () => {
    await using life = await Life.start({ seed: 5, options: {} });
    await life.hours(2);
    for (const ppm of [437, 903, 120]) {
      await life.outsiderSets(0, 0, ppm);
      await life.hours(1);
    }
    expect(await priceLocks(life)).toEqual([]);
    expect(alerts(life)).toEqual([]);
  });
});

describe('orders of the operator', () => {
  test('set-fee pins at once, survives cycles and expires', async () => {
    await using life = await Life.start({ seed: 5 });
    await life.hours(SETTLED_HOURS);
    const { scid } = life.channel(1);
    expect(await life.call('revenue-set-fee', [scid, 1234, 6])).toMatchObject({
      status: 'success',
      new_fee_ppm: 1234,
    });
    expect(life.channel(1).ours).toMatchObject({ ppm: 1234, base: 0 });
    const pinned = setsOf(life, 1).length;
    await life.hours(5);
    expect(life.channel(1).ours.ppm).toBe(1234);
    expect(setsOf(life, 1)).toHaveLength(pinned);

    await life.hours(30);
    const later = setsOf(life, 1).slice(pinned);
    expect(later.length).toBeGreaterThan(0);
    for (const { ppm } of later) expect(Number(ppm)).not.toBe(1234);
  });

  test('undo of one change puts back what was before it, ppm, base and htlcmax', async () => {
    await using life = await Life.start({ seed: 5 });
    await life.hours(SETTLED_HOURS);
    const before = life.channel(1).ours;
    await life.call('revenue-set-fee', [life.channel(1).scid, 2000]);
    const [change] = await statusRows(life, 'recent_fee_changes');
    expect(change).toMatchObject({ new_fee_ppm: 2000, reason: 'manual', manual: 1 });
    expect(await life.call('revenue-undo', { change: change?.id })).toMatchObject({
      status: 'success',
    });
    expect(life.channel(1).ours).toEqual(before);
    // The pin went with the price it held.
    await life.hours(2);
    expect(life.channel(1).ours.ppm).toBeLessThan(200);
  });

  test('undo of everything since a time; and the baseline brings back the fees found at first', async () => {
    await using life = await Life.start({ seed: 5 });
    const found = life.market.channels().map(({ ours }) => ours);
    await life.hours(SETTLED_HOURS);
    const middle = life.market.channels().map(({ ours }) => ours);
    expect(middle).not.toEqual(found);
    await life.hours(8);
    const since = new Date(life.now - 8 * HOURS).toISOString().slice(0, 16);
    await life.call('revenue-undo', { since: `${since}Z` });
    expect(life.market.channels().map(({ ours }) => ours)).toEqual(middle);

    expect(await life.call('revenue-undo', ['baseline'])).toMatchObject({ status: 'success' });
    expect(life.market.channels().map(({ ours }) => ours)).toEqual(found);
    const undone = readDatabase(life.database, (db) =>
      db.prepare(`SELECT count(*) AS n FROM fee_change WHERE "by" = 'undo'`).get(),
    );
    expect(Number(undone?.n)).toBeGreaterThan(0);
  });

  test('check says what an order would do and does nothing', async () => {
    await using life = await Life.start({ seed: 5 });
    await life.hours(SETTLED_HOURS);
    const before = life.channel(1).ours;
    for (const order of [
      { command_to_check: 'revenue-set-fee', channel_id: life.channel(1).scid, fee_ppm: 99 },
      { command_to_check: 'revenue-undo', baseline: 'baseline' },
    ])
      expect(await life.call('check', order)).toMatchObject({
        command_to_check: order.command_to_check,
      });
    await life.hours(1);
    expect(life.channel(1).ours.ppm).toBe(before.ppm);
    expect(setsOf(life, 1).filter(({ ppm }) => ppm === '99')).toEqual([]);
  });

  test('check writes nothing, also where a real order would yield the channel first', async () => {
    await using life = await Life.start({ seed: 5 });
    await life.hours(SETTLED_HOURS);
    await life.outsiderSets(0, 0, 437);
    await life.hours(2);
    await life.outsiderSets(0, 0, 903);
    const before = contentHash(life.database);
    const order = { channel_id: life.channel(0).scid, fee_ppm: 99 };
    await life.call('check', { command_to_check: 'revenue-set-fee', ...order });
    expect(contentHash(life.database)).toBe(before);
    expect(alerts(life)).toEqual([]);
    await life.hours(1);
    expect(await priceLocks(life)).toHaveLength(1);
  });
});
