/** SPEC 8, 11: a cl-hive that lies, stalls, drifts or wants too much moves no budget, no bound and no policy of the operator's. */
import { describe, expect, test } from 'vitest';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import type { HiveMode } from '../../src/sim/embedded-node/hive-double.ts';
import { type FeeCall, Life } from '../e2e/harness.ts';
import { askedOfHive, bridgeTo, pricesSet } from '../e2e/hive-bridge.ts';
import {
  booked,
  breachesOf,
  FULL,
  jobs,
  minutes,
  order,
  ordersSent,
  rebalancingLife,
  rows,
  sharedChannel,
} from '../e2e/rebalance-world.ts';

/** Each while a rebalance ends; then it answers again, so that it is not left alone before the next. */
const WAYS: readonly HiveMode[] = [
  'hostile',
  'drifted',
  'permission denied',
  'no data',
  'not a member',
  'slow',
  'absent',
];
const WITHIN_MS = 5_000;

type Lived = {
  readonly sets: readonly FeeCall[];
  readonly policies: unknown;
  readonly config: unknown;
  readonly spent: bigint;
  readonly orders: number;
};

/** Every setting but where the database lies. */
const configOf = async (life: Life) =>
  rows((await life.call('revenue-config', ['list'])).settings).filter(
    ({ key }) => key !== 'db_path',
  );

/** The same life, with cl-hive changing its ways, or without one. */
async function live(hive: HiveMode | undefined): Promise<Lived & { life: Life }> {
  const life = await rebalancingLife(hive === undefined ? {} : { hive });
  await life.call('revenue-policy', [
    'set',
    life.channel(0).peerId,
    'strategy=static',
    'fee_ppm=77',
  ]);
  await expect.poll(() => life.channel(0).ours.ppm).toBe(77);
  for (const [n, mode] of WAYS.entries()) {
    await order(life, n % 2 === 0 ? 1 : 2, n % 2 === 0 ? 2 : 1);
    if (hive !== undefined) life.hive.mode = mode;
    await minutes(life, 1.9);
    if (hive !== undefined) life.hive.mode = hive;
    await minutes(life, 30);
  }
  return {
    life,
    sets: life.sets.map((set) => ({ ...set, order: 0 })),
    policies: await life.call('revenue-policy', ['list']),
    config: await configOf(life),
    spent: booked(life),
    orders: ordersSent(life),
  };
}

describe('what cl-hive answers', () => {
  test('changes no price, no order, no cost, no policy and no setting: the life is the same as without it', async () => {
    const { life: alone, ...without } = await live(undefined);
    await alone.destroy();
    const { life, ...beside } = await live('member');
    await using _ = life;
    expect(beside).toEqual(without);
    expect(without.orders).toBe(WAYS.length);
    expect(without.sets.length).toBeGreaterThan(0);

    expect(askedOfHive(life).toSorted()).toEqual(['hive-report-rebalance-outcome', 'hive-status']);
    const status = await life.call('revenue-hive-status');
    const { sent, failed, dropped, waiting } = Object(status.reports);
    // Each outcome once, or said to be lost; what ended while it was absent is told to nobody.
    expect(sent + failed + dropped + waiting).toBe(WAYS.length - 1);
    expect(status).toMatchObject({ breaker: 'closed', tier: 'member' });
    expect(Math.min(sent, failed, dropped)).toBeGreaterThan(0);
    expect(life.hive.outcomes).toHaveLength(sent);
    expect(breachesOf(life)).toEqual([]);
    console.log(`reports beside ${WAYS.join(', ')}:`, JSON.stringify(status.reports));
  });

  test('silent for six seconds it is given two, three times; then nobody asks it, and nothing waits', async () => {
    await using life = await rebalancingLife({ hive: 'slow' });
    await order(life, 0, 1);
    await minutes(life, 15);
    const status = await life.call('revenue-hive-status');
    expect(status).toMatchObject({ breaker: 'open', reports: { sent: 0, waiting: 1 } });
    expect(life.count('hive-status')).toBe(3);
    const began = performance.now();
    await order(life, 2, 3);
    await life.hours(1);
    expect(performance.now() - began).toBeLessThan(WITHIN_MS);
    expect(life.count('hive-status')).toBe(3);
    expect(jobs(life).map(({ outcome }) => outcome)).toEqual(['moved', 'moved']);
  });
});

describe('what cl-hive wants', () => {
  test('more than it may is refused in an answer, and moves nothing', async () => {
    await using life = await rebalancingLife({ hive: 'hostile' });
    const hive = bridgeTo(life);
    const { peerId } = life.channel(0);
    await life.call('revenue-policy', ['set', 'default:new', 'rebalance=sink_only']);
    await life.call('revenue-policy', ['set', 'tag:mine', 'strategy=static', 'fee_ppm=555']);
    await life.call('revenue-policy', ['tag', peerId, 'mine']);
    await expect.poll(() => life.channel(0).ours.ppm).toBe(555);
    await life.call('revenue-config', ['set', 'hive_weekly_loss_sats', 60]);
    const config = await configOf(life);

    // Its word for everybody: subjects that are not peers, and a peer that carries the operator's tag.
    for (const subject of ['default:new', 'default:private', 'tag:mine', life.channel(2).scid])
      expect(
        await hive.policy({ peer_id: subject, strategy: 'hive', rebalance: 'enabled' }),
      ).toMatchObject({ came: 'refused' });
    expect((await hive.member(peerId)).came).toBe('accepted');
    await minutes(life, 5);
    expect(life.channel(0).ours.ppm).toBe(555);
    expect(pricesSet(life, 0).at(-1)).toEqual(['555', '0']);

    // It cannot make up its mind: each time would be gossip.
    const before = pricesSet(life, 1).length;
    for (let n = 0; n < 40; n++) {
      const { peerId: other } = life.channel(1);
      await (n % 2 === 0 ? hive.member(other) : hive.dynamic(other));
      await minutes(life, 1);
    }
    const flaps = pricesSet(life, 1).length - before;
    expect(flaps).toBeLessThanOrEqual(6);

    // Amounts out of this world are malformed, and all it can spend is what the fleet may lose.
    const [from, to] = [life.channel(3).scid, life.channel(2).scid];
    await hive.member(life.channel(2).peerId);
    for (const amount of [-5_000_000, 0, 1e18, 2.5])
      expect((await hive.push(from, to, amount)).came).toBe('error');
    const answers = [];
    for (let n = 0; n < 6; n++) {
      answers.push((await hive.push(from, to, 100_000 - n)).answer);
      await minutes(life, 3);
    }
    expect(answers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ status: 'initiated' }),
        expect.objectContaining({ status: 'refused', code: 'hive_weekly' }),
      ]),
    );
    expect(booked(life)).toBeGreaterThan(0n);
    expect(booked(life)).toBeLessThanOrEqual(60_000n);
    expect(await configOf(life)).toEqual(config);
    expect(config.length).toBeGreaterThan(50);
    expect(breachesOf(life)).toEqual([]);
    console.log(`${flaps} prices for 40 changes of mind; pushes cost ${booked(life)} msat`);
  });

  test('everybody a member at once puts nothing above any bound of the operator’s', async () => {
    const many = Array.from({ length: 12 }, (_, index) => sharedChannel(index, 0.5));
    await using life = await Life.start({
      market: new CircularDouble(many),
      sling: 'healthy',
      hive: 'hostile',
      options: FULL,
    });
    const hive = bridgeTo(life);
    await life.call('revenue-policy', [
      'set',
      life.channel(11).scid,
      'strategy=static',
      'fee_ppm=400',
    ]);
    await life.hours(1);
    for (const { peerId } of life.market.channels()) await hive.member(peerId);
    await life.hours(6);
    expect(life.channel(11).ours.ppm).toBe(400);
    expect(life.channel(0).ours).toMatchObject({ ppm: 0, base: 0 });
    expect(await life.call('revenue-hive-status')).toMatchObject({
      hive_channels: 11,
      open_channels: 12,
    });
    expect(breachesOf(life)).toEqual([]);
    expect(rows((await life.call('revenue-status')).locks)).toEqual([]);
    // The remedy is one word.
    await life.call('revenue-config', ['set', 'hive_enabled', 'false']);
    await expect.poll(() => life.market.channels().every(({ ours }) => ours.ppm >= 10)).toBe(true);
  });
});
