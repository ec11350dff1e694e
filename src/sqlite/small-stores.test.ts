import { beforeEach, describe, expect, test } from 'vitest';
import type { FlowMetrics } from '../core/flow/types.ts';
import { DAY_MS, HOUR_MS, msat, share, unixMs } from '../core/units.ts';
import type { Store } from '../ports/store.ts';
import { channel, channelId, forward, nodeId } from './forward-world.testing.ts';
import { openStore } from './open-store.ts';

const AT = unixMs(1_750_000_000_000);
const at = (ms: number) => unixMs(AT + ms);
let store: Store;
beforeEach(() => {
  store = openStore(':memory:', { onProblem: () => undefined });
});

describe('settings', () => {
  test('the version rises with every change, a reset included, and never falls', () => {
    const put = (key: string, value: string | undefined) =>
      store.settings.put(new Map([[key, value]]), AT);
    expect(store.settings.overrides()).toEqual({ version: 0, values: new Map() });
    expect(put('min-fee-ppm', '5')).toBe(1);
    expect(put('min-fee-ppm', '5')).toBe(2);
    expect(put('min-fee-ppm', undefined)).toBe(3);
    expect(put('never-set', undefined)).toBe(4);
    expect(store.settings.overrides()).toEqual({ version: 4, values: new Map() });
  });
  test('several keys change together', () => {
    store.settings.put(
      new Map([
        ['a', '1'],
        ['b', ''],
      ]),
      AT,
    );
    store.settings.put(
      new Map([
        ['a', undefined],
        ['c', '3'],
      ]),
      AT,
    );
    expect(store.settings.overrides().values).toEqual(
      new Map([
        ['b', ''],
        ['c', '3'],
      ]),
    );
  });
});

describe('peers', () => {
  test('connections: the last before the window and those inside; repeats are nothing new', () => {
    const [a, b] = [nodeId(1), nodeId(2)];
    store.peers.recordConnection(a, true, at(0));
    store.peers.recordConnection(a, true, at(5));
    store.peers.recordConnection(a, false, at(10));
    store.peers.recordConnection(a, true, at(20));
    store.peers.recordConnection(b, true, at(30));
    expect(store.peers.connections(at(10), at(25))).toEqual(
      new Map([
        [
          a,
          [
            { at: at(10), connected: false },
            { at: at(20), connected: true },
          ],
        ],
      ]),
    );
    expect(store.peers.connections(at(40), at(50))).toEqual(
      new Map([
        [a, [{ at: at(20), connected: true }]],
        [b, [{ at: at(30), connected: true }]],
      ]),
    );
  });
  test('old connections go, the last one of a peer with an open channel stays', () => {
    store.channels.learn(
      [channel(1, { peerId: nodeId(1) }), channel(2, { peerId: nodeId(2) })],
      [],
      AT,
    );
    store.peers.recordConnection(nodeId(1), true, at(0));
    store.peers.recordConnection(nodeId(2), true, at(0));
    store.peers.recordConnection(nodeId(2), false, at(1));
    const now = at(31 * DAY_MS);
    store.peers.recordConnection(nodeId(3), true, now);
    const all = store.peers.connections(at(-1), now);
    expect(all.get(nodeId(1))).toHaveLength(1);
    expect(all.get(nodeId(2))).toEqual([{ at: at(1), connected: false }]);
  });
  test('of strangers and of peers whose channel is closed nothing stays: years of them fill no table', () => {
    store.channels.learn([channel(1, { peerId: nodeId(1) })], [], AT);
    for (const peer of [1, 2, 3]) store.peers.recordConnection(nodeId(peer), true, at(peer));
    store.channels.learn([], [channel(1, { peerId: nodeId(1), closed: true })], AT);
    const now = at(31 * DAY_MS);
    store.peers.recordConnection(nodeId(4), true, now);
    expect([...store.peers.connections(at(-1), now).keys()]).toEqual([nodeId(4)]);
  });
  test('after the clock was set back a connect is not taken for a repeat of one in the future', () => {
    store.peers.recordConnection(nodeId(1), true, at(DAY_MS));
    store.peers.recordConnection(nodeId(1), false, at(0));
    store.peers.recordConnection(nodeId(1), true, at(1));
    expect(store.peers.connections(at(-1), at(2)).get(nodeId(1))?.at(-1)?.connected).toBe(true);
  });
  test('our own silence of more than two minutes is downtime, the running one too', () => {
    store.peers.heartbeat(at(0));
    store.peers.heartbeat(at(120_000));
    store.peers.heartbeat(at(240_001));
    store.peers.heartbeat(at(1_000_000));
    expect(store.peers.downtime(at(0), at(1_000_000))).toEqual([
      { from: at(120_000), to: at(240_001) },
      { from: at(240_001), to: at(1_000_000) },
    ]);
    expect(store.peers.downtime(at(200_000), at(220_000))).toEqual([
      { from: at(200_000), to: at(220_000) },
    ]);
    expect(store.peers.downtime(at(1_000_000), at(1_200_000))).toEqual([
      { from: at(1_000_000), to: at(1_200_000) },
    ]);
    store.peers.heartbeat(at(500_000)); // the clock went back
    expect(store.peers.downtime(at(1_000_000), at(1_100_000))).toHaveLength(1);
  });
  test('reputation decays with real time, in real numbers, and is forgotten in the end', () => {
    store.channels.learn([channel(1), channel(2)], [], AT);
    store.peers.decayReputation(AT, 0.98, HOUR_MS);
    store.forwards.storeEvents([forward({ receivedAt: AT, resolvedAt: AT })], AT);
    store.peers.decayReputation(at(HOUR_MS / 2), 0.98, HOUR_MS);
    expect(store.peers.reputations()[0]).toEqual({
      peerId: nodeId(1),
      success: 0.98 ** 0.5,
      failure: 0,
      at: at(HOUR_MS / 2),
    });
    store.peers.decayReputation(at(0), 0.98, HOUR_MS); // the clock went back: nothing decays
    expect(store.peers.reputations()[0]?.success).toBe(0.98 ** 0.5);
    store.peers.decayReputation(at(400 * HOUR_MS), 0.98, HOUR_MS);
    expect(store.peers.reputations()).toEqual([]);
  });
  test('routable hours add up by day', () => {
    const [one, two] = [channelId(1), channelId(2)];
    store.peers.addRoutable(
      new Map([
        [one, 0.5],
        [two, 0.25],
      ]),
      AT,
    );
    store.peers.addRoutable(new Map([[one, 0.5]]), AT);
    store.peers.addRoutable(new Map([[one, 0.5]]), at(DAY_MS));
    expect(store.peers.routable(at(DAY_MS), 1)).toEqual(new Map([[one, 0.5]]));
    expect(store.peers.routable(at(DAY_MS), 2)).toEqual(
      new Map([
        [one, 1.5],
        [two, 0.25],
      ]),
    );
  });
});

test('chain: samples since a moment, newest last, kept 48 h', () => {
  store.chain.addSample(at(0), 2.5);
  store.chain.addSample(at(HOUR_MS), 3);
  store.chain.addSample(at(49 * HOUR_MS), 4);
  expect(store.chain.samples(at(0))).toEqual([
    { at: at(HOUR_MS), satPerVbyte: 3 },
    { at: at(49 * HOUR_MS), satPerVbyte: 4 },
  ]);
});

test('flow: the last analysis as a whole', () => {
  const metrics = (n: number): FlowMetrics => ({
    channelId: channelId(n),
    at: AT,
    windowDays: 7,
    in: msat(1n),
    out: msat(9_007_199_254_740_993n),
    count: 3,
    dailyVolume: msat(5n),
    velocity: 0.25,
    direction: -0.5,
    state: 'SINK',
    confidence: 'high',
    share: share(0.5),
    capacity: msat(20n),
  });
  store.flow.save([metrics(1), metrics(2)], AT);
  store.flow.save([metrics(2)], AT);
  expect(store.flow.latest()).toEqual(new Map([[channelId(2), metrics(2)]]));
});

test('locks end by themselves or are removed', () => {
  const lock = {
    scope: 'fees',
    channelId: channelId(1),
    reason: 'someone else sets this fee',
    since: AT,
    expiresAt: at(10),
  } as const;
  const id = store.locks.add(lock);
  const all = store.locks.add({ ...lock, scope: 'all', channelId: undefined, expiresAt: at(20) });
  expect(store.locks.active(at(9))).toHaveLength(2);
  expect(store.locks.active(at(10)).map((one) => one.id)).toEqual([all]);
  expect(store.locks.active(at(9))[0]).toEqual({ ...lock, id });
  expect(store.locks.remove(all)).toBe(true);
  expect(store.locks.remove(all)).toBe(false);
  expect(store.locks.active(at(10))).toEqual([]);
});
