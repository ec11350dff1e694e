import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type ChannelId, DAY_MS, fromSat, HOUR_MS, type Msat, msat, unixMs } from '../units.ts';
import { feeInsufficientSpike } from './fee-insufficient-spike.ts';
import { flappingPeer, timesLeft } from './flapping-peer.ts';
import { blocksLeft, htlcNearExpiry, htlcsNearExpiry } from './htlc-near-expiry.ts';
import { marginDrawdown } from './margin-drawdown.ts';
import { mempoolSpike } from './mempool-spike.ts';
import { outsideFeeSetter } from './outside-fee-setter.ts';
import { ownDowntime } from './own-downtime.ts';
import { type Trigger, trigger } from './trigger.ts';
import { unexplainedBooks } from './unexplained-books.ts';

const ONE = '1'.padStart(64, '0') as ChannelId;
const NOW = unixMs(1_800_000_000_000);
const MINUTE = 60_000;
const fires = (one: Trigger | undefined): boolean => one !== undefined;

describe('margin drawdown', () => {
  it.each([
    [800_000, 1_000_000, false],
    [800_001, 1_000_000, true],
    [1000, 0, false],
    [1001, 0, true],
    [5000, 6251, false],
    [5000, 6249, true],
  ])('%i sat paid against %i sat earned in seven days: %s', (paid, earned, expected) => {
    const fired = marginDrawdown({ cost: fromSat(paid), revenue: fromSat(earned) });
    expect(fires(fired)).toBe(expected);
  });

  test('says the numbers, and rests the whole node for a day', () => {
    expect(marginDrawdown({ cost: msat(2_000_001n), revenue: fromSat(100) })).toEqual({
      name: 'margin drawdown',
      scope: 'rebalance',
      channelId: undefined,
      cause: 'rebalancing cost more than 80 % of what was earned in seven days',
      reason:
        'margin drawdown: rebalancing cost more than 80 % of what was earned in seven days; 2000.001 sat paid, 100 sat earned',
      holdsMs: DAY_MS,
      routine: false,
    });
  });

  it.each<[string, Msat | undefined, Msat | undefined]>([
    ['cost', undefined, fromSat(1)],
    ['revenue', fromSat(9000), undefined],
    ['believable revenue', fromSat(9000), msat(-1n)],
  ])('without a %s nothing is said', (_, cost, revenue) => {
    expect(marginDrawdown({ cost, revenue })).toBeUndefined();
  });
});

describe('HTLCs near their expiry', () => {
  const HEIGHT = 900_000;
  const hangs = (left: number) => ({ expiry: HEIGHT + left, pendingMs: 20 * MINUTE });

  test('one that hangs with less than 36 blocks left rests its channel', () => {
    expect(blocksLeft([hangs(36)], HEIGHT)).toEqual([]);
    const left = blocksLeft([hangs(35), hangs(-2), hangs(100)], HEIGHT);
    expect(left).toEqual([-2, 35]);
    expect(htlcNearExpiry(ONE, left)).toMatchObject({
      scope: 'rebalance',
      channelId: ONE,
      reason:
        'htlc near expiry: an HTLC of ours hangs and comes near its expiry; 2 with less than 36 blocks left, the nearest -2',
    });
    expect(htlcNearExpiry(ONE, [])).toBeUndefined();
  });

  test('a last hop that has just begun is near its expiry and means nothing', () => {
    expect(blocksLeft([{ expiry: HEIGHT + 18, pendingMs: 20 * MINUTE - 1 }], HEIGHT)).toEqual([]);
  });

  test('three of them rest the whole node', () => {
    expect(htlcsNearExpiry([1, 2])).toBeUndefined();
    expect(htlcsNearExpiry([1, 2, 3])).toMatchObject({ scope: 'rebalance', channelId: undefined });
  });

  test('without an expiry or a height, or with an impossible one, nothing is said', () => {
    const old = 60 * MINUTE;
    expect(blocksLeft([{ expiry: undefined, pendingMs: old }], HEIGHT)).toEqual([]);
    expect(blocksLeft([hangs(1)], undefined)).toEqual([]);
    expect(blocksLeft([{ expiry: 0, pendingMs: old }], HEIGHT)).toEqual([]);
  });
});

describe('fee_insufficient spike', () => {
  const week = { count: 168, hours: 168 };
  it.each([
    [21, 1, week, true],
    [20, 1, week, false],
    [21, 1, { count: 400, hours: 168 }, false],
    [40, 2, week, false],
    [41, 2, week, true],
    [21, 0.2, week, true],
    [500, 1, { count: 0, hours: 23 }, false],
    [21, 1, { count: 0, hours: 24 }, true],
    [500, 1, undefined, false],
  ])('%i attempts in %f h after %o: %s', (count, hours, before, expected) => {
    const fired = feeInsufficientSpike({ channelId: ONE, recent: { count, hours }, before });
    expect(fires(fired)).toBe(expected);
    if (fired) expect(fired).toMatchObject({ scope: 'fees', channelId: ONE, holdsMs: 2 * HOUR_MS });
  });
});

describe('mempool spike', () => {
  const calm = Array.from({ length: 12 }, () => 8);
  it.each<[string, number, number, readonly number[], boolean]>([
    ['three times the median is not more', 24, 0, calm, false],
    ['more than three times', 25, 0, calm, true],
    ['not above 20 sat/vB', 20, 0, calm.map(() => 1), false],
    ['an old estimate', 100, 840_001, calm, false],
    ['too few samples', 100, 0, calm.slice(1), false],
    ['samples that are none', 100, 0, [...calm.slice(1), Number.NaN, -3, 0], false],
    ['one wild sample does not move the median', 25, 0, [...calm, 9999], true],
  ])('%s', (_, satPerVbyte, ageMs, preceding, expected) => {
    const fired = mempoolSpike({ latest: { satPerVbyte, ageMs }, preceding });
    expect(fires(fired)).toBe(expected);
  });

  test('says both numbers, and holds for six hours', () => {
    expect(
      mempoolSpike({ latest: { satPerVbyte: 80.25, ageMs: 0 }, preceding: calm }),
    ).toMatchObject({
      holdsMs: 6 * HOUR_MS,
      reason: expect.stringContaining('80.3 sat/vB now, 8 the median'),
    });
    expect(mempoolSpike({ latest: undefined, preceding: calm })).toBeUndefined();
  });
});

describe('flapping peer', () => {
  const span = { from: unixMs(NOW - 2 * HOUR_MS), to: NOW };
  const left = (minutesAgo: number) => ({
    at: unixMs(NOW - minutesAgo * MINUTE),
    connected: false,
  });

  test('six times within two hours rest its channel for six', () => {
    expect(flappingPeer(ONE, 5)).toBeUndefined();
    expect(flappingPeer(ONE, 6)).toMatchObject({ channelId: ONE, holdsMs: 6 * HOUR_MS });
  });

  test('coming back, what is older, and what our own downtime caused are not counted', () => {
    const events = [
      left(120),
      left(119),
      { at: unixMs(NOW - 90 * MINUTE), connected: true },
      left(61),
      left(50),
      left(9),
      left(1),
    ];
    const down = { from: unixMs(NOW - 60 * MINUTE), to: unixMs(NOW - 10 * MINUTE) };
    expect(timesLeft(events, [], span)).toBe(5);
    expect(timesLeft(events, [down], span)).toBe(2);
  });
});

test('books that are off by more than 1000 sat rest the node, unknown ones do not', () => {
  expect(unexplainedBooks(undefined)).toBeUndefined();
  expect(unexplainedBooks(fromSat(1000))).toBeUndefined();
  expect(unexplainedBooks(fromSat(-1000))).toBeUndefined();
  expect(unexplainedBooks(msat(1_000_001n))).toMatchObject({
    scope: 'rebalance',
    channelId: undefined,
    holdsMs: DAY_MS,
    reason: expect.stringContaining('1000.001 sat more in the node’s'),
  });
  expect(unexplainedBooks(msat(-1_000_001n))).toMatchObject({
    scope: 'rebalance',
    reason: expect.stringContaining('1000.001 sat more in ours'),
  });
});

test('a channel that somebody else priced twice rests until a day after their last change', () => {
  const ago = (hours: number) => unixMs(NOW - hours * HOUR_MS);
  expect(outsideFeeSetter(ONE, [ago(3)], NOW)).toBeUndefined();
  expect(outsideFeeSetter(ONE, [ago(24), ago(3)], NOW)).toBeUndefined();
  expect(outsideFeeSetter(ONE, [ago(-1), ago(3)], NOW)).toBeUndefined();
  expect(outsideFeeSetter(ONE, [ago(23), ago(3)], NOW)).toMatchObject({
    channelId: ONE,
    holdsMs: 21 * HOUR_MS,
  });
});

describe('own downtime', () => {
  const seen = (minutes: number, gap?: { lengthMs: number; endedMsAgo: number }) =>
    ownDowntime({ firstStart: false, ranMs: minutes * MINUTE, gap })?.holdsMs;

  test('rests the node for the first half hour after every start but the first', () => {
    expect(seen(0)).toBe(30 * MINUTE);
    expect(seen(29)).toBe(MINUTE);
    expect(seen(30)).toBeUndefined();
    expect(ownDowntime({ firstStart: true, ranMs: 0, gap: undefined })).toBeUndefined();
  });

  test('and after a gap of more than an hour, for half an hour from its end', () => {
    expect(seen(600, { lengthMs: HOUR_MS + 1, endedMsAgo: 10 * MINUTE })).toBe(20 * MINUTE);
    expect(seen(600, { lengthMs: HOUR_MS, endedMsAgo: 0 })).toBeUndefined();
    expect(seen(600, { lengthMs: 9 * HOUR_MS, endedMsAgo: 30 * MINUTE })).toBeUndefined();
  });

  test('is no alarm', () => {
    const fired = ownDowntime({ firstStart: false, ranMs: 0, gap: undefined });
    expect(fired).toMatchObject({ routine: true });
    expect(fired?.reason).toMatch(/^own downtime: .*we have just started$/);
  });
});

describe('whatever comes in', () => {
  const number = fc.oneof(fc.double(), fc.integer());
  const amount = fc.option(fc.bigInt(-(2n ** 70n), 2n ** 70n).map(msat), { nil: undefined });
  const failures = fc.record({ count: number, hours: number });
  const anything: fc.Arbitrary<() => Trigger | undefined> = fc.oneof(
    fc.record({ cost: amount, revenue: amount }).map((facts) => () => marginDrawdown(facts)),
    amount.map((sum) => () => unexplainedBooks(sum)),
    fc.tuple(fc.array(fc.record({ expiry: number, pendingMs: number })), number).map(
      ([htlcs, height]) =>
        () =>
          htlcNearExpiry(ONE, blocksLeft(htlcs, height)),
    ),
    fc.array(number).map((left) => () => htlcsNearExpiry(left)),
    fc
      .record({ recent: failures, before: fc.option(failures, { nil: undefined }) })
      .map((facts) => () => feeInsufficientSpike({ channelId: ONE, ...facts })),
    fc
      .record({
        latest: fc.option(fc.record({ satPerVbyte: number, ageMs: number }), { nil: undefined }),
        preceding: fc.array(number, { maxLength: 30 }),
      })
      .map((facts) => () => mempoolSpike(facts)),
    number.map((times) => () => flappingPeer(ONE, times)),
    fc.array(number).map((at) => () => outsideFeeSetter(ONE, at.map(unixMs), NOW)),
    fc
      .record({
        firstStart: fc.boolean(),
        ranMs: number,
        gap: fc.option(fc.record({ lengthMs: number, endedMsAgo: number }), { nil: undefined }),
      })
      .map((facts) => () => ownDowntime(facts)),
  );

  test('a lock has a reason that begins with its name, and an end within a day', () => {
    let seen = 0;
    fc.assert(
      fc.property(anything, (ask) => {
        const fired = ask();
        if (!fired) return;
        seen += 1;
        expect(fired.reason.startsWith(`${fired.name}: ${fired.cause}; `)).toBe(true);
        expect(Number.isSafeInteger(fired.holdsMs)).toBe(true);
        expect(fired.holdsMs).toBeGreaterThan(0);
        expect(fired.holdsMs).toBeLessThanOrEqual(DAY_MS);
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(0);
  });

  test('the same facts say the same', () => {
    fc.assert(
      fc.property(anything, (ask) => {
        expect(ask()).toEqual(ask());
      }),
    );
  });

  test('no time that is none makes a lock', () => {
    const holding = (holdsMs: number) =>
      trigger({ name: 'mempool spike', scope: 'all', cause: 'c', numbers: 'n', holdsMs });
    for (const ms of [Number.NaN, 0, 0.5, -1, Number.NEGATIVE_INFINITY])
      expect(holding(ms)).toBeUndefined();
    expect(holding(Number.POSITIVE_INFINITY)?.holdsMs).toBe(DAY_MS);
  });
});
