import { beforeEach, expect, test } from 'vitest';
import { msat, unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { channel, channelId, scid } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const AT = unixMs(1_750_000_000_000);
let problems: string[];
let store: Store;
beforeEach(() => {
  problems = [];
  store = openStore(':memory:', { onProblem: (sentence) => problems.push(sentence) });
});

test('every name a channel ever had leads to it; unknown ones to nothing', () => {
  store.channels.learn([channel(1)], [], AT);
  store.channels.learn([channel(1, { names: ['800000x1x0'] })], [], AT);
  for (const name of [scid(1), '160001x7x1', '800000x1x0'])
    expect(store.channels.resolve(name)).toBe(channelId(1));
  expect(store.channels.resolve('1x1x1')).toBeUndefined();
  expect(store.channels.get(channelId(1))?.names).toEqual([scid(1), '160001x7x1', '800000x1x0']);
});

test('what a later picture leaves out stays known; what it says is believed', () => {
  store.channels.learn([channel(1)], [], AT);
  const spliced = channel(1, {
    capacity: msat(9n),
    openedByPeer: undefined,
    openedAt: undefined,
    peerId: undefined,
  });
  store.channels.learn([spliced], [], AT);
  expect(store.channels.get(channelId(1))).toEqual({ ...channel(1), capacity: 9n });
});

test('a channel that is not open any more is closed and stays; it may come back', () => {
  store.channels.learn([channel(1), channel(2)], [], AT);
  store.channels.learn([channel(1)], [channel(3)], AT);
  const closed = () => store.channels.all().map(({ closed: is }) => is);
  expect(closed()).toEqual([false, true, true]);
  store.channels.learn([channel(1), channel(2)], [channel(2), channel(3)], AT);
  expect(closed()).toEqual([false, false, true]);
});

test('a peer cannot take another channel’s name by choosing it as its alias, whatever the order', () => {
  const thief = channel(1, { names: [scid(1), scid(2)] });
  store.channels.learn([thief, channel(2)], [], AT);
  expect(store.channels.resolve(scid(2))).toBe(channelId(2));
  store.channels.learn([thief, channel(2)], [], AT);
  expect(problems).toHaveLength(1);
});

test('a channel that another store named first is no known channel until it is learned', () => {
  store.peers.addRoutable(new Map([[channelId(5), 1]]), AT);
  expect(store.channels.all()).toEqual([]);
  expect(store.channels.get(channelId(5))).toBeUndefined();
  store.channels.learn([channel(5)], [], AT);
  expect(store.channels.all()).toEqual([channel(5)]);
});
