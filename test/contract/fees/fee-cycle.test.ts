/** The fee cycle over the real memory: what it asks, what it does when acts go wrong, what it remembers. */

import { describe, expect, test } from 'vitest';
import { DAY_MS, fromSat, msat, ppm, unixMs } from '../../../src/core/units.ts';
import { toText } from '../../../src/core/wire-text.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import { channelId, nodeId, peerChannel } from '../../doubles/peer-channel.ts';
import { memory, opened, pricedLife, START, sold } from '../../doubles/priced-life.ts';

const HALF_HOUR = 1_800_000;

/** So many channels, five days old. */
const life = (count = 2, store = memory()) =>
  pricedLife({
    channels: Array.from({ length: count }, (_, i) => peerChannel(i + 1, opened(5))),
    store,
  });

/** Far above the ceiling of 5000: must come back inside, whatever the gossip says. */
const STRAY = { base: msat(0n), ppm: ppm(9000), htlcMin: msat(1n), htlcMax: fromSat(900_000) };

describe('what a cycle asks of the node', () => {
  test('original 4.2: one listpeerchannels a cycle, none for each fee set, no call for an unchanged fee', async () => {
    const { node, cycle } = life(5);
    for (const { channelId: id } of node.channels) node.change(id, { ours: STRAY });
    await cycle();
    expect(node.log.filter((call) => call === 'look')).toHaveLength(1);
    expect(node.log.filter((call) => call !== 'look')).toHaveLength(5);
    node.log.length = 0;
    await cycle();
    expect(node.log).toEqual(['look']);
  });
});

describe('three outcomes', () => {
  test('original §6 (last_broadcast before success): refused is journaled as failed, nothing taken as sent, tried again', async () => {
    const { node, store, cycle, alerts } = life(1);
    node.change(channelId(1), { ours: STRAY });
    node.manner = 'refuses';
    expect(await cycle()).toMatchObject({ failed: 1, set: 0 });
    expect(store.fees.state(channelId(1))?.sent.ppm).toBe(9000);
    expect(store.journal.latest(channelId(1), 1)[0]).toMatchObject({
      outcome: 'failed',
      error: 'Channel is closing',
    });
    expect(alerts).toHaveLength(1);
    node.manner = 'obeys';
    expect(await cycle()).toMatchObject({ set: 1 });
  });

  test('original 70bdbf5 (state kept the unclamped value): another price answered than asked for is failed, not done', async () => {
    const { node, store, cycle } = life(1);
    node.change(channelId(1), { ours: STRAY });
    node.manner = 'lies';
    expect(await cycle()).toMatchObject({ failed: 1 });
    expect(store.journal.latest(channelId(1), 1)[0]?.error).toMatch(/asked for \d+ ppm/);
  });

  test.each(['silent-done', 'silent-undone'] as const)(
    '%s: unknown, the node is read before anything is decided, and nobody else is blamed',
    async (manner) => {
      const { node, store, cycle, parts } = life(1);
      node.change(channelId(1), { ours: STRAY });
      node.manner = manner;
      expect(await cycle()).toMatchObject({ unknown: 1 });
      expect(store.fees.state(channelId(1))?.unknownSince).toBeDefined();
      node.manner = 'obeys';
      node.log.length = 0;
      await cycle();
      expect(node.log[0]).toBe('look');
      const state = store.fees.state(channelId(1));
      expect(state?.unknownSince).toBeUndefined();
      expect(state?.outsideChanges).toEqual([]);
      expect(state?.sent.ppm).toBe(node.channels[0]?.ours?.ppm);
      expect(parts.board.warnings().join()).not.toMatch(/someone else/);
    },
  );
});

describe('what it remembers', () => {
  test('lessons 1.3 (a kill between learning and acting): the same sale never teaches twice', async () => {
    const { node, store, cycle, clock, parts } = life(2);
    await cycle();
    store.forwards.storeEvents([sold(1, clock.now() + 1000)], clock.now());
    parts.config.set('max_fee_ppm', '60');
    node.setChannel = () => Promise.reject(new Error('killed here'));
    await expect(cycle()).rejects.toThrow('killed here');
    const learned = store.fees.state(channelId(2))?.ladder;
    expect(learned?.sales.some((count) => count > 0)).toBe(true);
    const reborn = life(2, store);
    await reborn.cycle(2 * HALF_HOUR);
    const after = store.fees.state(channelId(2))?.ladder;
    const total = (counts: readonly number[] = []) => counts.reduce((a, b) => a + b, 0);
    expect(total(after?.sales)).toBeLessThanOrEqual(total(learned?.sales));
  });

  test('original 4.4 (last_update rewritten on restart): the running observation survives', async () => {
    const { store, cycle } = life(1);
    await cycle();
    await cycle();
    const before = store.fees.state(channelId(1));
    const reborn = life(1, store);
    reborn.clock.move(2 * HALF_HOUR);
    await reborn.cycle();
    const after = store.fees.state(channelId(1));
    expect(after?.sent).toEqual(before?.sent);
    expect(after?.firstSeenAt).toBe(before?.firstSeenAt);
    expect(after?.ladder.nextMoveAt).toBe(before?.ladder.nextMoveAt);
    const hours = (state: typeof after) => state?.ladder.exposureDays.at(-1) ?? 0;
    expect(hours(after)).toBeCloseTo(hours(before), 4);
  });

  test('lessons 1.3 (50 kB of state per channel and cycle): one channel stays below 5 kB', async () => {
    const { store, cycle } = life(1);
    for (let i = 0; i < 200; i++) await cycle();
    expect(toText(store.fees.state(channelId(1))).length).toBeLessThan(5_000);
  });

  test('an equal verdict extends the last entry instead of adding one', async () => {
    const { store, cycle } = life(1);
    await cycle();
    await cycle();
    await cycle();
    const entries = store.journal.latest(channelId(1), 10);
    expect(entries.some(({ count }) => count > 1)).toBe(true);
  });

  test('original 14e0fbb (closed channels never left): a closed channel leaves no state; one that could not be read keeps its own', async () => {
    const { node, store, cycle } = life(2);
    await cycle();
    node.unreadable = 1;
    await cycle();
    expect(store.fees.state(channelId(1))).toBeDefined();
    node.unreadable = 0;
    node.channels = node.channels.slice(1);
    await cycle();
    expect(store.fees.state(channelId(1))).toBeUndefined();
  });

  test('a connect that never reached us does not keep a channel unpriced for ever', async () => {
    const { node, store, cycle } = life(1);
    const newcomer = peerChannel(9, { ...opened(5), ours: STRAY });
    node.channels = [...node.channels, newcomer];
    await cycle();
    expect(node.channels.at(-1)?.ours?.ppm).toBe(9000);
    await cycle();
    await cycle();
    expect(node.channels.at(-1)?.ours?.ppm).toBeLessThanOrEqual(5000);
    expect(store.peers.connections(START, unixMs(START + DAY_MS)).has(nodeId(9))).toBe(true);
  });
});

test('while history is read only policies are obeyed, and nothing is learnt (SPEC 2.2)', async () => {
  const { node, store, parts, clock } = life(2);
  givePolicy(store, { channelId: channelId(1) }, { strategy: 'static', feePpm: ppm(777) }, START);
  clock.move(HALF_HOUR);
  await parts.pricing.cycle.run('test', true);
  expect(node.log).toEqual(['look', 'set 777']);
  expect(store.fees.state(channelId(2))).toBeUndefined();
  expect(store.fees.evidenceCursor()).toBeUndefined();
});

test('looking changes nothing: a preview between two cycles leaves the next decision as it was (SPEC 7.3)', async () => {
  const lives = [life(2), life(2)];
  for (const [i, { cycle, parts, clock }] of lives.entries()) {
    await cycle();
    clock.move(50_000);
    if (i === 1) await parts.pricing.fees.preview(channelId(1));
    clock.move(50_000);
    await cycle();
  }
  const journals = lives.map(({ store }) => {
    const rows: string[] = [];
    store.journal.each((decision) => rows.push(toText(decision)));
    return rows;
  });
  expect(journals[1]).toEqual(journals[0]);
});

describe('the brake (SPEC 1)', () => {
  test('while fees are paused nothing is sent; after resume it goes on; another scope does not matter', async () => {
    const { node, cycle, parts, clock } = life(1);
    node.change(channelId(1), { ours: STRAY });
    parts.brake.pause('fees', undefined);
    expect(await cycle()).toMatchObject({ set: 0 });
    expect(parts.brake.active()).toMatchObject([{ scope: 'fees', until: undefined }]);
    parts.brake.pause('rebalance', 1);
    expect(parts.brake.resume()).toBe(2);
    parts.brake.pause('rebalance', 1);
    expect(await cycle()).toMatchObject({ set: 1 });
    clock.move(DAY_MS);
    expect(parts.brake.active()).toEqual([]);
  });

  test('a pause ends by itself, and pausing twice is one pause', async () => {
    const { node, cycle, parts } = life(1);
    node.change(channelId(1), { ours: STRAY });
    parts.brake.pause('all', 1);
    parts.brake.pause('all', 2);
    expect(parts.brake.active()).toHaveLength(1);
    expect(await cycle(90 * 60_000)).toMatchObject({ set: 0 });
    expect(await cycle(31 * 60_000)).toMatchObject({ set: 1 });
  });

  test('nobody pauses on a bargain: a running probe gets its ordinary price', async () => {
    const { node, store, cycle, parts } = life(1);
    await probing({ node, cycle });
    parts.brake.pause('fees', undefined);
    await cycle();
    expect(node.channels[0]?.ours?.ppm).toBeGreaterThanOrEqual(10);
    expect(store.fees.state(channelId(1))?.ruledBy).toBe('price');
  });
});

test('authority that falls to observe leaves no special price behind (SPEC 3.9)', async () => {
  const { node, store, cycle, parts } = life(1);
  await probing({ node, cycle });
  parts.config.set('authority', 'observe');
  const last = parts.pricing.right.leaving();
  expect(last).toBeDefined();
  expect(await parts.pricing.fees.restoreSpecials(last)).toBe(1);
  expect(node.channels[0]?.ours?.ppm).toBeGreaterThanOrEqual(10);
  expect(store.fees.state(channelId(1))?.ruledBy).toBe('price');
  expect(parts.pricing.right.leaving()).toBeUndefined();
  node.log.length = 0;
  await cycle();
  expect(node.log).toEqual(['look']);
});

test('first days: observe says what it would have done, and sends nothing', async () => {
  const { node, cycle, parts } = life(2);
  parts.config.set('authority', 'observe');
  for (const { channelId: id } of node.channels) node.change(id, { ours: STRAY });
  expect(await cycle()).toMatchObject({ set: 0, would: 2 });
  expect(node.log).toEqual(['look']);
  expect(parts.board.firstDays()).toMatchObject({
    channels: 2,
    raise: 0,
    lower: 2,
    medianNow: 9000,
    unsent: 2,
  });
});

/** Idle for months and connected all the time: the second cycle begins a probe at 0 ppm. */
async function probing({ node, cycle }: Pick<ReturnType<typeof life>, 'node' | 'cycle'>) {
  const opened = { at: unixMs(START - 90 * DAY_MS), from: 'CHANNELD_AWAITING_LOCKIN' };
  node.change(channelId(1), { stateChanges: [{ ...opened, to: 'CHANNELD_NORMAL' }] });
  await cycle();
  await cycle();
  expect(node.channels[0]?.ours?.ppm).toBe(0);
}
