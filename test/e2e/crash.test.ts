/** SPEC 7.10, 2.2, 3.9: kill −9 at any moment loses nothing, counts nothing twice, and specials go first. */
import { describe, expect, test, vi } from 'vitest';
import { HOUR_MS } from '../../src/core/units.ts';
import { asRecord } from '../../src/sim/embedded-node/json-text.ts';
import {
  doubleChannel,
  doubleForward,
  MarketDouble,
} from '../../src/sim/embedded-node/market-double.ts';
import { Life, readDatabase } from './harness.ts';
import { remembered } from './remembered.ts';
import { specialMarket, untilSpecial } from './special-market.ts';

/** What the node's own table says was settled. */
async function nodesOwn(life: Life): Promise<{ forwards: number; fees: number; out: number }> {
  const { forwards } = await life.call('listforwards', { status: 'settled' });
  const rows = Array.isArray(forwards) ? forwards.map((row) => asRecord(row) ?? {}) : [];
  const sum = (field: string): number => rows.reduce((all, row) => all + Number(row[field]), 0);
  return { forwards: rows.length, fees: sum('fee_msat'), out: sum('out_msat') };
}

const lastRow = (life: Life): number =>
  readDatabase(life.database, (db) =>
    Number(db.prepare('SELECT max(sequence) AS last FROM settled').get()?.last),
  );
/** Channels whose special price was replaced at a start or an end. */
const replacedSpecials = (life: Life): readonly string[] =>
  readDatabase(life.database, (db) =>
    db
      .prepare(`SELECT channel_id FROM fee_change JOIN channel USING (key) WHERE "by" = 'shutdown'`)
      .all()
      .map((row) => String(row.channel_id)),
  );
const pricesBut = (life: Life, left: readonly string[]): { id: string; ppm: number }[] =>
  life.market
    .channels()
    .map(({ channelId, ours }) => ({ id: String(channelId), ppm: ours.ppm }))
    .filter(({ id }) => !left.includes(id));

describe('kill −9', () => {
  test('five times in one life: totals are the node’s own, prices and states go on', async () => {
    await using life = await Life.start({ seed: 21, channels: 10, historyDays: 5 });
    for (const hours of [3, 7, 13, 20, 26]) {
      const until = life.now + hours * HOUR_MS;
      const dying = life.hours(10 * 24).catch(() => undefined);
      await vi.waitUntil(() => life.now >= until, { interval: 1, timeout: 30_000 });
      await life.killPlugin();
      await dying;
      const asked = pricesBut(life, []);
      const knew = lastRow(life);
      await life.restartPlugin();
      expect(lastRow(life)).toBeGreaterThanOrEqual(knew);
      const replaced = replacedSpecials(life);
      expect(pricesBut(life, replaced)).toEqual(asked.filter(({ id }) => !replaced.includes(id)));
      expect(remembered(life)).toEqual(await nodesOwn(life));
    }
    await life.hours(12);
    expect(remembered(life)).toEqual(await nodesOwn(life));
    expect(remembered(life).forwards).toBeGreaterThan(100);
  });

  test('in the middle of reading the history: the next life reads on, once', async () => {
    const past = Array.from({ length: 12_000 }, (_, i) => {
      const at = (i - 12_000) * 60_000;
      return [doubleForward(i, 'offered', at), doubleForward(i, 'settled', at + 500)];
    });
    const market = new MarketDouble([doubleChannel(0), doubleChannel(1)], [], past.flat());
    await using life = new Life({ market });
    await life.startPlugin();
    await vi.waitUntil(() => life.count('listforwards') >= 4, { interval: 1 });
    await life.killPlugin();
    const partly = remembered(life).forwards;
    expect(partly).toBeGreaterThan(0);
    expect(partly).toBeLessThan(12_000);
    const pages = life.count('listforwards');
    await life.restartPlugin();
    expect(remembered(life)).toEqual(await nodesOwn(life));
    // 13 pages of the created index and one of the updated, less those already stored.
    expect(life.count('listforwards') - pages).toBeLessThanOrEqual(12);
  });

  test('under special prices: they are replaced before anything else is decided', async () => {
    await using life = await Life.start({ market: specialMarket() });
    await untilSpecial(life);
    expect(life.market.channels().map(({ ours }) => ours.ppm)).toEqual([5000, 0]);
    await life.killPlugin();
    const [sets, at] = [life.sets.length, life.now];
    await life.restartPlugin();
    expect(life.now).toBe(at);
    const first = life.sets.slice(sets);
    expect(first.map(({ id }) => id).toSorted()).toEqual(
      life.market
        .channels()
        .map(({ channelId }) => String(channelId))
        .toSorted(),
    );
    for (const { ppm } of life.market.channels().map(({ ours }) => ours)) {
      expect(ppm).toBeGreaterThanOrEqual(10);
      expect(ppm).toBeLessThan(5000);
    }
  });

  test.each([
    ['before it is carried out', { kind: 'stall', method: 'setchannel' }],
    ['after it is carried out', { kind: 'setchannel-lies', lie: 'applied but silent' }],
  ] as const)(
    'between setchannel and its answer, %s: the node is read before anything is decided',
    async (_, fault) => {
      await using life = await Life.start({ seed: 5 });
      const heal = life.node.faults.add(fault);
      const dying = life.hours(10).catch(() => undefined);
      await vi.waitUntil(() => life.sets.length === 1, { interval: 1 });
      await life.killPlugin();
      await dying;
      heal();
      await life.restartPlugin();
      const until = life.called.length;
      await life.hours(3);
      const [, second] = life.sets;
      const looked = life.called.findIndex(
        ({ method }, order) => order >= until && method === 'listpeerchannels',
      );
      expect(looked).toBeGreaterThan(0);
      expect(second?.order).toBeGreaterThan(looked);
      // Its own act is not taken for an outsider's twice.
      expect((await life.call('revenue-status')).locks).toEqual([]);
    },
  );
});
