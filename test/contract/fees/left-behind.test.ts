/** What crashes, silences, clocks and second thoughts leave behind: nothing that nobody decided. */

import { expect, test } from 'vitest';
import { App } from '../../../src/app.ts';
import { DAY_MS, fromSat, HOUR_MS, msat, ppm, unixMs } from '../../../src/core/units.ts';
import { givePolicy } from '../../doubles/give-policy.ts';
import { channelId, nodeId, peerChannel } from '../../doubles/peer-channel.ts';
import { opened, pricedLife, START, sold, surroundingsOf } from '../../doubles/priced-life.ts';

const _HALF_HOUR = HOUR_MS / 2;
test.each(['silent-done', 'silent-undone'] as const)(
  'a bargain left without an answer (%s) gives its htlcmax back all the same',
  async (manner) => {
    const { node, cycle, asks, clock, store } = pricedLife({
      channels: [peerChannel(1, opened(40))],
    });
    await cycle();
    await cycle();
    expect(asks()).toMatchObject({ ppm: 0, htlcMax: fromSat(50_000) });
    clock.move(48 * HOUR_MS);
    node.manner = manner;
    expect(await cycle()).toMatchObject({ unknown: 1 });
    node.manner = 'obeys';
    await cycle();
    await cycle();
    expect(asks()?.htlcMax).toBe(fromSat(900_000));
    expect(asks()?.ppm).toBeGreaterThanOrEqual(10);
    expect(store.fees.state(channelId(1))?.htlcMaxBefore).toBeUndefined();
  },
);

test('a clock that ran a year ahead and was set back stops neither prices nor tokens', async () => {
  const { node, store, cycle, clock, asks } = pricedLife({ channels: [peerChannel(1, opened(5))] });
  await cycle();
  const stray = { base: msat(0n), ppm: ppm(9000), htlcMin: msat(1n), htlcMax: fromSat(900_000) };
  clock.move(365 * DAY_MS);
  for (let i = 0; i < 2; i++) {
    node.change(channelId(1), { ours: stray });
    await cycle();
  }
  clock.move(-365 * DAY_MS);
  for (const lock of store.locks.active(clock.now())) store.locks.remove(lock.id);
  node.change(channelId(1), { ours: stray });
  await cycle();
  const state = store.fees.state(channelId(1));
  expect(state?.gossip.at).toBeLessThanOrEqual(clock.now());
  expect(state?.sent.at).toBeLessThanOrEqual(clock.now());
  for (let i = 0; i < 52; i++) await cycle();
  for (const lock of store.locks.active(clock.now())) store.locks.remove(lock.id);
  await cycle();
  expect(asks()?.ppm).toBeLessThanOrEqual(5000);
});

test('the last feerate known is kept over days of downtime, and called old', async () => {
  const { store, clock } = pricedLife({ channels: [] });
  store.chain.addSample(unixMs(START + 9 * DAY_MS), 99);
  store.chain.addSample(unixMs(START - 9 * DAY_MS), 33);
  const { parts } = pricedLife({ channels: [], store });
  expect(clock.now()).toBe(START);
  expect(parts.chain.view()).toMatchObject({ satPerVbyte: 33, stale: true });
});

test('what sold while we were away has no exposure to be held against: it teaches nothing, and drains all the same', async () => {
  const channels = [peerChannel(1, opened(40)), peerChannel(2, opened(40))];
  const { store, cycle, clock } = pricedLife({ channels });
  await cycle();
  await cycle();
  const total = () =>
    store.fees.state(channelId(2))?.ladder.sales.reduce((sum, sales) => sum + sales, 0);
  store.forwards.storeEvents([sold(1, clock.now() + 60_000)], clock.now());
  await cycle();
  const taught = total() ?? 0;
  expect(taught).toBeGreaterThan(0.9);
  const away = Array.from({ length: 9 }, (_, i) => sold(2 + i, clock.now() + (i + 1) * 60_000));
  store.forwards.storeEvents(away, clock.now());
  const reborn = pricedLife({ channels, store });
  reborn.clock.move(clock.now() - START + 3 * DAY_MS);
  await reborn.cycle();
  expect(total()).toBeLessThanOrEqual(taught);
  expect(store.fees.state(channelId(2))?.ladder.drainGuards).toBe(1);
  store.forwards.storeEvents([sold(99, reborn.clock.now() + 60_000)], reborn.clock.now());
  await reborn.cycle();
  expect(total()).toBeGreaterThan(taught);
});

test('a price for a peer holds over pins of its channels, also after an undo', async () => {
  const { parts, cycle, asks, store, clock } = pricedLife({
    channels: [peerChannel(1, opened(5))],
  });
  await cycle();
  const pin = (rate: number, ofPeer: boolean, hours?: number) =>
    parts.pricing.fees.setFee(
      {
        subject: ofPeer ? { peerId: nodeId(1) } : { channelId: channelId(1) },
        ppm: ppm(rate),
        expiresInHours: hours,
      },
      false,
    );
  await pin(500, false);
  await pin(300, true);
  await cycle();
  expect(asks()?.ppm).toBe(300);
  const last = parts.pricing.fees.changes(1)[0];
  await parts.pricing.fees.undo({ change: last?.id ?? 0 }, false);
  await pin(400, true, 2);
  await cycle();
  expect(asks()?.ppm).toBe(400);
  await cycle(2 * HOUR_MS);
  expect(asks()?.ppm).not.toBe(400);
  expect(store.policies.held(clock.now()).size).toBe(0);
});

test('what cannot be undone names what was asked by; nothing to undo is no error', async () => {
  const { parts, clock } = pricedLife({ channels: [peerChannel(1, opened(5))] });
  const { fees } = parts.pricing;
  expect(await fees.undo({ since: clock.now() }, false)).toEqual([]);
  expect(await fees.undo({ baseline: true, channelId: undefined }, false)).toEqual([]);
  await expect(fees.undo({ change: 5 }, false)).rejects.toMatchObject({ field: 'change' });
  await expect(fees.undo({ cycle: 5 }, false)).rejects.toMatchObject({ field: 'cycle' });
  const nobody = { subject: { peerId: nodeId(9) }, ppm: ppm(5), expiresInHours: undefined };
  await expect(fees.setFee(nobody, false)).rejects.toMatchObject({ field: 'channel_id' });
});

test('the baseline of all leaves a passive channel alone that somebody else has priced', async () => {
  const { node, parts, cycle, clock } = pricedLife({
    channels: [peerChannel(1, opened(5)), peerChannel(2, opened(5))],
  });
  await cycle();
  const { fees } = parts.pricing;
  const price = (n: number) => node.channels.find((one) => one.channelId === channelId(n))?.ours;
  for (const n of [1, 2]) {
    const subject = { peerId: nodeId(n) };
    await fees.setFee({ subject, ppm: ppm(700), expiresInHours: undefined }, false);
    givePolicy(parts.around.store, subject, { strategy: 'passive' }, clock.now());
  }
  const theirs = price(2);
  if (theirs) node.change(channelId(2), { ours: { ...theirs, ppm: ppm(123) } });
  await cycle();
  await fees.undo({ baseline: true, channelId: undefined }, false);
  expect([price(1)?.ppm, price(2)?.ppm]).toEqual([100, 123]);
  await fees.undo({ baseline: true, channelId: channelId(2) }, false);
  expect(price(2)?.ppm).toBe(100);
});

test('an undo leaves an htlcmax alone that the undone change did not touch', async () => {
  const { node, parts, cycle, asks } = pricedLife({ channels: [peerChannel(1, opened(5))] });
  await cycle();
  await parts.pricing.fees.setFee(
    { subject: { channelId: channelId(1) }, ppm: ppm(700), expiresInHours: undefined },
    false,
  );
  const ours = asks();
  if (ours) node.change(channelId(1), { ours: { ...ours, htlcMax: fromSat(123_456) } });
  await parts.pricing.fees.undo({ change: parts.pricing.fees.changes(1)[0]?.id ?? 0 }, false);
  expect(asks()).toMatchObject({ ppm: 100, htlcMax: fromSat(123_456) });
});

test('an undone bargain gets its htlcmax back', async () => {
  const { parts, cycle, asks } = pricedLife({ channels: [peerChannel(1, opened(40))] });
  await cycle();
  await cycle();
  expect(asks()).toMatchObject({ ppm: 0, htlcMax: fromSat(50_000) });
  await parts.pricing.fees.undo({ change: parts.pricing.fees.changes(1)[0]?.id ?? 0 }, false);
  expect(asks()).toMatchObject({ ppm: 100, htlcMax: fromSat(900_000) });
});

test('a floor or ceiling that the operator moves asks for a cycle at once; another setting waits for its turn', async () => {
  const app = new App(surroundingsOf({ channels: [peerChannel(1, opened(5))] }));
  await app.start();
  await app.idle();
  const runs = () => app.parts.jobs.list().find(({ name }) => name === 'fees')?.runs;
  app.parts.config.set('house_ppm', '400');
  await app.idle();
  expect(runs()).toBe(0);
  app.parts.config.set('min_fee_ppm', '400');
  await app.idle();
  expect(runs()).toBe(1);
  app.parts.config.reset('min_fee_ppm');
  await app.idle();
  expect(runs()).toBe(2);
  await app.stop(true);
});
