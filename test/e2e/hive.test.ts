/** SPEC 8: a fleet's life beside the real process, cl-hive's side played by its double. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CircularDouble } from '../../src/sim/embedded-node/circular-double.ts';
import type { HiveCaller } from '../../src/sim/embedded-node/hive-caller.ts';
import { Life } from './harness.ts';
import { askedOfHive, bridgeTo, pricesSet } from './hive-bridge.ts';
import { breachesOf, FULL, minutes, recent, rows, sharedChannel } from './rebalance-world.ts';

const CHANNELS = 200;
const MEMBERS = Array.from({ length: 60 }, (_, n) => n);
const [BANNED, PUSHED, NEOPHYTE, OPERATORS, SOURCE] = [4, 5, 140, 150, 160];
const WITHIN_MS = 5_000;
const TOLERANCE_SATS = 50;

describe('a fleet on a node of two hundred channels', () => {
  let life: Life;
  let hive: HiveCaller;
  const peer = (index: number): string => life.channel(index).peerId;
  const priceOf = (index: number) => life.channel(index).ours;

  beforeAll(async () => {
    const many = Array.from({ length: CHANNELS }, (_, index) => sharedChannel(index, 0.5));
    const market = new CircularDouble(many);
    life = await Life.start({ market, sling: 'healthy', hive: 'member', options: FULL });
    hive = bridgeTo(life);
  });
  afterAll(() => life.destroy());

  test('it finds us at once, and what its tools read is there', async () => {
    expect(await hive.findsUs()).toBe(true);
    await life.hours(1);
    const { answer } = await hive.ask('revenue-status', {});
    expect(answer).toMatchObject({
      status: 'running',
      config: { fee_range_ppm: [10, 5000], dry_run: false },
      recent_fee_changes: expect.any(Array),
      recent_rebalances: expect.any(Array),
    });
    const [state] = rows(answer.channel_states);
    expect(Object.keys(state ?? {})).toEqual(
      expect.arrayContaining(['channel_id', 'state', 'flow_ratio', 'confidence', 'forward_count']),
    );
  });

  test('members are free at once, and never written again', async () => {
    const set = MEMBERS.map((index) => pricesSet(life, index).length);
    const began = performance.now();
    for (const index of MEMBERS)
      expect(await hive.member(peer(index))).toMatchObject({ came: 'accepted' });
    const ms = performance.now() - began;
    await expect.poll(() => MEMBERS.every((index) => priceOf(index).ppm === 0)).toBe(true);
    for (const index of MEMBERS) {
      expect(priceOf(index)).toMatchObject({ ppm: 0, base: 0 });
      expect(pricesSet(life, index).slice(set[index])).toEqual([['0', '0']]);
    }
    console.log(`${MEMBERS.length} members set in ${ms.toFixed(0)} ms`);

    // Its next start: the same words, and its own zeroes on every channel.
    const sent = life.sets.length;
    for (const index of MEMBERS) {
      await hive.zeroes(life.channel(index).scid);
      expect(await hive.member(peer(index))).toMatchObject({ came: 'accepted' });
    }
    await life.hours(2);
    for (const index of MEMBERS) expect(pricesSet(life, index).slice(set[index])).toHaveLength(1);
    expect(life.sets.length).toBeGreaterThanOrEqual(sent);
  });

  test('another price on a member’s channel is put right once', async () => {
    const [index] = MEMBERS;
    if (index === undefined) throw new Error('no members');
    const before = pricesSet(life, index).length;
    await life.outsiderSets(index, 1000, 77);
    await life.hours(2);
    expect(priceOf(index)).toMatchObject({ ppm: 0, base: 0 });
    expect(pricesSet(life, index).slice(before)).toEqual([['0', '0']]);
  });

  test('one that was banned is priced like everybody, at once', async () => {
    expect(await hive.dynamic(peer(BANNED))).toMatchObject({ came: 'accepted' });
    await expect.poll(() => priceOf(BANNED).ppm).toBeGreaterThanOrEqual(10);
    expect(await life.call('revenue-policy', ['get', peer(BANNED)])).toMatchObject({
      policy: { strategy: 'dynamic', rebalance_mode: 'enabled', set_by: 'hive' },
    });
  });

  test('a neophyte is priced like everybody: zeroed at each start of cl-hive, its price comes back', async () => {
    const { ppm } = priceOf(NEOPHYTE);
    expect(await hive.dynamic(peer(NEOPHYTE))).toMatchObject({ came: 'accepted' });
    const before = pricesSet(life, NEOPHYTE).length;
    for (const starts of [1, 2]) {
      await hive.zeroes(life.channel(NEOPHYTE).scid);
      await life.hours(1);
      expect(Math.abs(priceOf(NEOPHYTE).ppm / ppm - 1)).toBeLessThan(0.1);
      // One write each, within the gossip it may send; nothing was learnt from it, and nobody is yielded to.
      expect(pricesSet(life, NEOPHYTE)).toHaveLength(before + starts);
    }
    expect(rows((await life.call('revenue-status')).locks)).toEqual([]);
  });

  test('the operator’s own policy wins, and its zeroes do not stay', async () => {
    await life.call('revenue-policy', ['set', peer(OPERATORS), 'strategy=static', 'fee_ppm=321']);
    await expect.poll(() => priceOf(OPERATORS).ppm).toBe(321);
    for (const call of [() => hive.member(peer(OPERATORS)), () => hive.dynamic(peer(OPERATORS))])
      expect(await call()).toMatchObject({ came: 'refused', answer: { status: 'error' } });
    for (const _ of [1, 2, 3]) {
      await hive.zeroes(life.channel(OPERATORS).scid);
      await life.hours(1);
      expect(priceOf(OPERATORS)).toMatchObject({ ppm: 321, base: 0 });
    }
    expect(rows((await life.call('revenue-status')).locks)).toEqual([]);
  });

  test('a push to a member is taken within five seconds and told how it ended', async () => {
    await life.call('revenue-config', ['set', 'inbound_fee_estimate_ppm', 100]);
    const [from, to] = [life.channel(SOURCE).scid, life.channel(PUSHED).scid];
    const push = await hive.push(from, to, 300_000);
    console.log(`revenue-rebalance at ${CHANNELS} channels: ${push.ms.toFixed(0)} ms`);
    expect(push).toMatchObject({ came: 'accepted', answer: { status: 'initiated' } });
    expect(push.ms).toBeLessThan(WITHIN_MS);
    expect(life.hive.outcomes).toEqual([]);
    await minutes(life, 6);
    const [job] = await recent(life);
    expect(job).toMatchObject({ rebalance_type: 'hive', status: 'success', fee_msat: 30_000 });
    expect(life.hive.outcomes).toEqual([
      { from, to, amountSats: 300_000n, costSats: 30n, success: true, viaFleet: false },
    ]);
    expect(Number(job?.fee_msat)).toBeLessThanOrEqual(TOLERANCE_SATS * 1000);
    await life.hours(1);
    expect(life.hive.outcomes).toHaveLength(1);
  });

  test('the fleet’s week bounds what all pushes together cost', async () => {
    await life.call('revenue-config', ['set', 'hive_weekly_loss_sats', 100]);
    const answers = [];
    for (const index of MEMBERS.slice(10, 16)) {
      const [from, to] = [life.channel(SOURCE + index).scid, life.channel(index).scid];
      answers.push((await hive.push(from, to, 300_000)).answer);
      await minutes(life, 3);
    }
    // 30 sat are spent, and each may cost up to 50: after the first of these there is no room.
    expect(answers.filter(({ status }) => status === 'initiated').length).toBeLessThanOrEqual(2);
    expect(answers.at(-1)).toMatchObject({ status: 'refused', code: 'hive_weekly' });
    const { weekly_loss: week } = await life.call('revenue-hive-status');
    expect(week).toMatchObject({ limit_msat: 100_000 });
    expect(Number(Object(week).used_msat)).toBeLessThanOrEqual(100_000);
    expect(breachesOf(life)).toEqual([]);
  });

  test('what it settles a week by is there, and nothing of it is a silent zero', async () => {
    const { answer, came } = await hive.week();
    expect(came).toBe('accepted');
    const { rebalance_cost_sats: cost, ...period } = Object(answer.period);
    expect(period).toMatchObject({
      gross_revenue_sats: expect.any(Number),
      opex_sats: expect.any(Number),
      total_forwards: 0,
    });
    // All that was moved here was for the fleet.
    const { weekly_loss: week } = await life.call('revenue-hive-status');
    expect(cost).toBe(Number(Object(week).used_msat) / 1000);
    expect(cost).toBeGreaterThan(0);
    expect(answer.financial_health).toMatchObject({ net_profit_sats: -cost });
  });

  test('its status is shown, it never gave us up, and only two of its methods were called', async () => {
    expect(await life.call('revenue-hive-status', { limit: 1 })).toMatchObject({
      present: true,
      tier: 'member',
      breaker: 'closed',
      hive_peers: MEMBERS.length - 1,
      open_channels: CHANNELS,
    });
    expect(hive.broken).toBe(false);
    expect(hive.slowestMs).toBeLessThan(WITHIN_MS);
    console.log(
      `${hive.calls.length} calls at ${CHANNELS} channels, the slowest took ${hive.slowestMs.toFixed(0)} ms`,
    );
    expect(askedOfHive(life).toSorted()).toEqual(['hive-report-rebalance-outcome', 'hive-status']);
  });

  test('refused, it is not asked, its members are priced like everybody, and it is told so', async () => {
    await life.call('revenue-config', ['set', 'hive_enabled', 'false']);
    const some = MEMBERS.slice(20, 30);
    await expect.poll(() => some.every((index) => priceOf(index).ppm >= 10)).toBe(true);
    const asked = life.called.filter(({ method }) => method.startsWith('hive-')).length;
    expect(await hive.member(peer(OPERATORS + 1))).toMatchObject({
      came: 'refused',
      answer: { error: expect.stringContaining('hive_enabled') },
    });
    await life.hours(1);
    expect(life.called.filter(({ method }) => method.startsWith('hive-'))).toHaveLength(asked);
    await life.call('revenue-config', ['set', 'hive_enabled', 'auto']);
    await expect.poll(() => some.every((index) => priceOf(index).ppm === 0)).toBe(true);
  });
});
