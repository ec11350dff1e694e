/** SPEC 2.1, 7.2, 7.10: how the plugin introduces itself, and every way in which it ends. */
import { expect, test, vi } from 'vitest';
import {
  doubleChannel,
  doubleForward,
  MarketDouble,
} from '../../src/sim/embedded-node/market-double.ts';
import { Life, PLUGIN } from './harness.ts';
import { specialMarket, untilSpecial } from './special-market.ts';

/** Names of the Python plugin's options: an existing config must keep working. */
const ORIGINAL_OPTIONS =
  `db-path flow-interval fee-interval rebalance-interval target-flow min-fee-ppm
  max-fee-ppm rebalance-min-profit flow-window-days clboss-enabled rebalancer daily-budget-sats
  min-wallet-reserve proportional-budget proportional-budget-pct dry-run htlc-congestion-threshold
  enable-reputation reputation-decay enable-prometheus prometheus-port enable-kelly kelly-fraction
  vegas-reflex vegas-decay scarcity-pricing scarcity-threshold hive-fee-ppm hive-rebalance-tolerance`
    .split(/\s+/)
    .map((name) => `revenue-ops-${name}`);
const SUBSCRIPTIONS = `forward_event connect disconnect channel_state_changed channel_opened
  coin_movement sendpay_success sendpay_failure block_added plugin_started plugin_stopped shutdown`.split(
  /\s+/,
);
const BIG_HISTORY = 40_000;

const problems = (life: Life): readonly string[] =>
  life.node.logs
    .filter(({ level }) => level === 'error' || level === 'warn' || level === 'unusual')
    .map(({ message }) => message);

/** Milliseconds until the process of the plugin is gone. */
async function endedAfter(life: Life, end: () => Promise<void> | void): Promise<number> {
  const { plugin } = life;
  const began = performance.now();
  await Promise.all([plugin.exited, end()]);
  expect(plugin.fate).toBe('exited during normal operation');
  expect(life.node.stderr).toBe('');
  return performance.now() - began;
}

/** The middle one is of a later version of the original. */
const OWN_OPTIONS = [
  'revenue-ops-authority',
  'revenue-ops-hive-enabled',
  'revenue-ops-sling-exclusive',
];
test('getmanifest: all options of the original and three beside them, subscriptions, no hooks, cancheck', async () => {
  await using life = await Life.start();
  const { manifest } = life.plugin;
  expect(ORIGINAL_OPTIONS).toHaveLength(29);
  const names = manifest?.options.map(({ name }) => name) ?? [];
  expect(names.toSorted()).toEqual([...ORIGINAL_OPTIONS, ...OWN_OPTIONS].toSorted());
  for (const option of manifest?.options ?? []) {
    expect(option.default, option.name).toBeDefined();
    // Written by setconfig, a dynamic option would keep lightningd from starting once we are gone.
    expect(option.dynamic, option.name).toBe(false);
  }
  expect(manifest?.subscriptions.toSorted()).toEqual(SUBSCRIPTIONS.toSorted());
  expect(manifest?.hooks).toEqual([]);
  expect(manifest?.notifications.toSorted()).toEqual(['revenue_alert', 'revenue_decision']);
  expect(manifest).toMatchObject({ canCheck: true, dynamic: true, nonNumericIds: true });
  for (const { name } of manifest?.methods ?? []) expect(name).toMatch(/^revenue-[a-z-]+$/);
  expect(problems(life)).toEqual([]);
});

test('init answers within a second while 40,000 forwards wait, and again over the full database', async () => {
  const past = Array.from({ length: BIG_HISTORY }, (_, i) => {
    const at = (i - BIG_HISTORY) * 60_000;
    return [doubleForward(i, 'offered', at), doubleForward(i, 'settled', at + 500)];
  });
  const market = new MarketDouble([doubleChannel(0), doubleChannel(1)], [], past.flat());
  await using life = new Life({ market, seed: 2 });
  const started = life.startPlugin();
  await vi.waitUntil(() => life.node.plugins.hosts[0]?.manifest, { interval: 2, timeout: 20_000 });
  const asked = performance.now();
  expect(await started).toMatchObject({ kind: 'started' });
  expect(performance.now() - asked).toBeLessThan(1000);
  expect(await life.call('revenue-status')).toMatchObject({
    hydration: { phase: expect.stringMatching(/starting|hydrating/) },
  });
  await life.arrived();
  const full = { hydration: { phase: 'live', forwards: BIG_HISTORY, unresolved: 0 } };
  expect(await life.call('revenue-status')).toMatchObject(full);

  await life.stopPlugin();
  const again = life.restartPlugin();
  await vi.waitUntil(() => life.node.plugins.hosts[0]?.manifest, { interval: 2, timeout: 20_000 });
  const askedAgain = performance.now();
  await vi.waitUntil(() => life.node.plugins.hosts[0]?.active, { interval: 2 });
  expect(performance.now() - askedAgain).toBeLessThan(1000);
  await again;
  expect(await life.call('revenue-status')).toMatchObject(full);
});

test('plugin stop: within 5 s, by itself, without a word of complaint', async () => {
  await using life = await Life.start();
  await life.hours(3);
  expect(await endedAfter(life, () => life.stopPlugin())).toBeLessThan(5000);
  expect(problems(life)).toEqual([]);
  expect(life.node.plugins.hosts).toEqual([]);
});

test('lightningd stop: the RPC refuses, and the process ends by itself', async () => {
  // By the machine's clock: a simulated one belongs to the node and breaks with its socket.
  await using life = await Life.start({ clock: 'machine', historyDays: 3 });
  const live = async (): Promise<void> =>
    expect(await life.call('revenue-status')).toMatchObject({ hydration: { phase: 'live' } });
  await vi.waitFor(live, { interval: 20, timeout: 10_000 });
  expect(await endedAfter(life, () => life.node.stop())).toBeLessThan(5000);
});

test('lightningd dies: stdin EOF alone ends it', async () => {
  await using life = await Life.start();
  await life.hours(3);
  expect(await endedAfter(life, () => life.plugin.orphan())).toBeLessThan(5000);
});

test('lightningd is killed in the middle of everything: sockets and pipes break, the process ends', async () => {
  await using life = await Life.start();
  const dying = expect(life.days(30)).rejects.toThrow('the plugin ended');
  await vi.waitUntil(() => life.sets.length > 0, { interval: 2 });
  const { plugin } = life;
  const began = performance.now();
  life.node.die();
  await Promise.all([plugin.exited, dying]);
  expect(performance.now() - began).toBeLessThan(5000);
});

test('plugin stop replaces special prices first: congestion and probe leave nothing behind', async () => {
  await using life = await Life.start({ market: specialMarket() });
  await untilSpecial(life);
  expect(life.market.channels().map(({ ours }) => ours.ppm)).toEqual([5000, 0]);
  const before = life.channel(1).ours.htlcMax;
  await life.stopPlugin();
  const left = life.market.channels().map(({ ours }) => ours);
  for (const { ppm } of left) {
    expect(ppm).toBeGreaterThanOrEqual(10);
    expect(ppm).toBeLessThan(5000);
  }
  expect(left[1]?.htlcMax).toBeGreaterThan(before);
  expect(life.node.plugins.hosts.map(({ path }) => path)).not.toContain(PLUGIN);
});
