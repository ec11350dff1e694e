import { describe, expect, test } from 'vitest';
import { channelId, nodeId, peerChannel } from '../../test/doubles/peer-channel.ts';
import { ago, NOW, spike, watching } from '../../test/doubles/protection-world.ts';
import { DAY_MS, fromSat, HOUR_MS, laterBy, msat, unixMs } from '../core/units.ts';

const MINUTE = 60_000;
const [ONE, TWO] = [channelId(1), channelId(2)];

describe('what is gathered', () => {
  test('a quiet node has no locks, and so has one of which nothing is known', () => {
    const { turn, held } = watching({ channels: [peerChannel(1)] });
    turn(30);
    const blind = watching({ channels: [], height: undefined, waitingFor: 'reading' });
    blind.turn(30);
    expect([...held(), ...blind.held()]).toEqual([]);
  });

  test('a week whose rebalances ate the revenue rests rebalancing for a day', () => {
    const today = unixMs(Math.floor(NOW / DAY_MS) * DAY_MS);
    const before = { at: laterBy(today, -6 * DAY_MS - 1), cost: fromSat(1_000_000) };
    const within = { at: laterBy(today, -6 * DAY_MS), cost: fromSat(1700) };
    const calm = watching({ revenue: fromSat(2125), paid: [before, within] });
    calm.turn(20);
    expect(calm.held()).toEqual([]);
    const { turn, held } = watching({ revenue: fromSat(2124), paid: [before, within] });
    turn();
    expect(held()).toMatchObject([
      { scope: 'rebalance', channelId: undefined, since: NOW, expiresAt: laterBy(NOW, DAY_MS) },
    ]);
    expect(held()[0]?.reason).toMatch(/^margin drawdown: .*1700 sat paid, 2124 sat earned$/);
  });

  test('revenue that is still being read makes no drawdown, and is asked for again', () => {
    const paid = [{ at: ago(HOUR_MS), cost: fromSat(9000) }];
    const { world, turn, held } = watching({ paid, waitingFor: 'the history is being read' });
    turn(20);
    expect(held()).toEqual([]);
    world.waitingFor = undefined;
    turn(11);
    expect(held()).toHaveLength(1);
  });

  test('a peer that left six times rests both of its channels', () => {
    const left = Array.from({ length: 6 }, (_, i) => ({
      peer: 1,
      at: ago((10 + i) * MINUTE),
      connected: false,
    }));
    const sibling = peerChannel(2, { peerId: nodeId(1) });
    const { turn, held, alerts, infos } = watching({
      channels: [peerChannel(1), sibling, peerChannel(3)],
      events: left,
    });
    turn();
    expect(held().map((lock) => lock.channelId)).toEqual([ONE, TWO]);
    // A channel left alone for some hours is everyday life: it is said, and wakes nobody.
    expect(alerts).toEqual([]);
    expect(infos).toEqual([expect.stringContaining('and 1 more')]);
  });

  test('a peer that left because we were away is not flapping', () => {
    const events = Array.from({ length: 6 }, (_, i) => ({
      peer: 1,
      at: ago((10 + i) * MINUTE),
      connected: false,
    }));
    const gaps = [{ from: ago(20 * MINUTE), to: ago(10 * MINUTE) }];
    const { turn, held } = watching({ channels: [peerChannel(1)], events, gaps });
    turn();
    expect(held()).toEqual([]);
  });

  test('payers that fail after a change of ours hold the price; after one of others they do not', () => {
    const hour = Math.floor(NOW / HOUR_MS);
    const failures = new Map(
      [ONE, TWO, channelId(3)].map((id) => [id, new Map([[hour, 90]])] as const),
    );
    const old = [{ at: ago(30 * DAY_MS), from: 'CHANNELD_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' }];
    const { turn, held } = watching({
      channels: [1, 2, 3].map((n) => peerChannel(n, { stateChanges: n === 3 ? [] : old })),
      failures,
      changes: [
        { channelId: ONE, at: ago(20 * MINUTE), by: 'price' },
        { channelId: TWO, at: ago(20 * MINUTE), by: 'outside' },
        { channelId: channelId(3), at: ago(20 * MINUTE), by: 'price' },
      ],
    });
    turn();
    expect(held()).toMatchObject([
      { scope: 'fees', channelId: ONE, expiresAt: laterBy(NOW, 2 * HOUR_MS) },
    ]);
  });

  test('a channel whose payers always fail that much keeps its price moving', () => {
    const hour = Math.floor(NOW / HOUR_MS);
    const week = Array.from({ length: 168 }, (_, i) => [hour - 1 - i, 10] as const);
    const old = [{ at: ago(30 * DAY_MS), from: 'CHANNELD_AWAITING_LOCKIN', to: 'CHANNELD_NORMAL' }];
    const { turn, held } = watching({
      channels: [peerChannel(1, { stateChanges: old })],
      failures: new Map([[ONE, new Map([[hour, 90], ...week])]]),
      changes: [{ channelId: ONE, at: ago(20 * MINUTE), by: 'price' }],
    });
    turn();
    expect(held()).toEqual([]);
  });

  test('dear block space rests rebalancing; samples of a clock that ran ahead do not', () => {
    const { turn, held } = watching({ samples: spike() });
    turn();
    expect(held()).toMatchObject([{ expiresAt: laterBy(NOW, 6 * HOUR_MS) }]);
    const ahead = [...spike(5), { at: laterBy(NOW, HOUR_MS), satPerVbyte: 90 }];
    const other = watching({ samples: ahead });
    other.turn();
    expect(other.held()).toEqual([]);
  });

  test('an HTLC that two looks have shown rests its channel, three rest the node', () => {
    const htlc = (id: number) => ({
      direction: 'out' as const,
      id: BigInt(id),
      amount: msat(1n),
      paymentHash: 'ab',
      expiry: 900_020,
    });
    const look = () => [
      peerChannel(1, { htlcs: [htlc(1), htlc(2)] }),
      peerChannel(2, { htlcs: [htlc(1)] }),
    ];
    const { world, turn, held } = watching({ channels: look() });
    turn(30);
    // The same look again proves nothing.
    expect(held()).toEqual([]);
    world.channels = look();
    turn();
    expect(held().map(({ channelId: id, scope }) => [id, scope])).toEqual([
      [undefined, 'rebalance'],
      [ONE, 'rebalance'],
      [TWO, 'rebalance'],
    ]);
  });

  test('an HTLC that came in, one with much time left and one on a channel being enforced are none', () => {
    const htlc = { id: 1n, amount: msat(1n), paymentHash: 'ab', expiry: 900_020 };
    const look = () => [
      peerChannel(1, { htlcs: [{ ...htlc, direction: 'in' }] }),
      peerChannel(2, { htlcs: [{ ...htlc, direction: 'out', expiry: 900_036 }] }),
      peerChannel(3, { htlcs: [{ ...htlc, direction: 'out' }], state: 'ONCHAIN' }),
    ];
    const { world, turn, held } = watching({ channels: look() });
    turn(30);
    world.channels = look();
    turn();
    expect(held()).toEqual([]);
  });

  test('a fee that somebody else set twice rests rebalancing on that channel', () => {
    const { turn, held } = watching({
      outside: [
        [ONE, [ago(HOUR_MS)]],
        [TWO, [ago(9 * HOUR_MS), ago(HOUR_MS)]],
      ],
    });
    turn();
    expect(held()).toMatchObject([
      { scope: 'rebalance', channelId: TWO, expiresAt: laterBy(NOW, 23 * HOUR_MS) },
    ]);
  });

  test('books that stay apart from the node’s rest rebalancing', () => {
    const { turn, held } = watching({ unexplained: fromSat(1001) });
    turn();
    expect(held()).toMatchObject([{ scope: 'rebalance', channelId: undefined }]);
  });
});

describe('our own downtime', () => {
  test('a restart rests rebalancing for half an hour, once, and is no alarm', () => {
    const { turn, held, alerts, infos, journal } = watching({}, { firstStart: false });
    turn(29);
    expect(held()).toMatchObject([{ expiresAt: laterBy(NOW, 30 * MINUTE) }]);
    turn(2);
    expect(held()).toEqual([]);
    expect([alerts, infos.length, journal.length]).toEqual([[], 1, 1]);
  });

  test('the very first start does not', () => {
    const { turn, held } = watching();
    turn();
    expect(held()).toEqual([]);
  });

  test('a clock set back a year after the start does not hold the lock for that year', () => {
    const { clock, turn, held } = watching({}, { firstStart: false });
    turn();
    clock.move(-365 * DAY_MS);
    turn(31);
    expect(held()).toEqual([]);
  });

  test('a gap of more than an hour rests it too', () => {
    const gaps = [{ from: ago(3 * HOUR_MS), to: ago(10 * MINUTE) }];
    const { turn, held } = watching({ gaps });
    turn();
    expect(held()).toMatchObject([{ expiresAt: laterBy(NOW, 20 * MINUTE) }]);
  });
});
