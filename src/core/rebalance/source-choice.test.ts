import { expect, it, test } from 'vitest';
import { fromSat, ppm, share } from '../units.ts';
import { destinationAs, historyAs, LAW, peerNamed, sourceAs } from './channel.fixture.ts';
import { chooseSources, countOf } from './source-choice.ts';
import { poolOf } from './source-pool.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

const WANT = fromSat(400_000);
const choose = (
  pool: readonly RebalanceChannel[],
  { to = {} as Partial<RebalanceChannel>, law = LAW as RebalanceSettings, want = WANT } = {},
) => chooseSources(destinationAs(to), want, poolOf(pool, law), law);
const names = (choice: ReturnType<typeof choose>) =>
  choice.kind === 'offer'
    ? choice.sources.map(({ channelId }) => Number.parseInt(channelId, 16))
    : [];

test('several at once, the one with most to give first', () => {
  const choice = choose([
    sourceAs({ spendable: fromSat(3_000_000) }, 2),
    sourceAs({ spendable: fromSat(9_000_000) }, 3),
    sourceAs({ spendable: fromSat(5_000_000) }, 4),
  ]);
  expect(names(choice)).toEqual([3, 4, 2]);
  expect(choice).toMatchObject({
    parcel: { amount: WANT, chunk: WANT },
    value: { loss: 0n, maxPpm: 650 },
  });
});

test('equal ones stand in the order of their names', () => {
  expect(names(choose([sourceAs({}, 3), sourceAs({}, 2)]))).toEqual([2, 3]);
});

test('what failed lately comes last', () => {
  const history = historyAs({ sourceFailures: 1 });
  const pool = [sourceAs({ history, spendable: fromSat(9_000_000) }, 2), sourceAs({}, 3)];
  expect(names(choose(pool))).toEqual([3, 2]);
});

test('where a loss is allowed, what failed lately is no better for it', () => {
  const to = { hive: true, price: ppm(0), history: historyAs({ gossipInboundPpm: 100 }) };
  const history = historyAs({ sourceFailures: 1 });
  const pool = [sourceAs({ history, spendable: fromSat(9_000_000) }, 2), sourceAs({}, 3)];
  expect(names(choose(pool, { to }))).toEqual([3, 2]);
});

test('none of the destination’s own peer, and the reasons are counted', () => {
  const own = sourceAs({ peerId: peerNamed(1) }, 2);
  expect(names(choose([own, sourceAs({}, 3)]))).toEqual([3]);
  const choice = choose([
    own,
    sourceAs({ peerId: peerNamed(1) }, 4),
    destinationAs(),
    sourceAs({ flow: 'NEW' }, 5),
  ]);
  expect(choice.kind).toBe('none');
  expect(choice.kind === 'none' && countOf(choice.refusals)).toBe('2 same_peer, 1 itself, 1 new');
});

test('none lacks the means: a small excess, full slots', () => {
  const choice = choose([
    sourceAs({ spendable: fromSat(549_999) }, 2),
    sourceAs({ slots: { in: share(0), out: share(0.6), max: 483 } }, 3),
    sourceAs({ htlcLimitOut: fromSat(0) }, 4),
  ]);
  expect(choice.kind === 'none' && countOf(choice.refusals)).toBe(
    '2 nothing_to_give, 1 scarcity_guard',
  );
});

it.each([
  ['gives less than the amount', { spendable: fromSat(899_999) }],
  ['takes only smaller HTLCs', { htlcLimitOut: fromSat(799_999) }],
  ['has no slots for the chunk', { slots: { in: share(0), out: share(0.5), max: 39 } }],
  ['would lower the price', { outPerRoutableHour: fromSat(200_000), price: ppm(650) }],
])('one that %s is not offered beside the best', (_, change) => {
  expect(names(choose([sourceAs({}, 2), sourceAs(change, 3)]))).toEqual([2]);
});

it.each([
  ['gives exactly the amount', { spendable: fromSat(900_000) }],
  ['takes exactly the chunk', { htlcLimitOut: fromSat(800_000) }],
  ['has exactly the slots', { slots: { in: share(0), out: share(0.5), max: 40 } }],
  ['loses what lies within our margin', { outPerRoutableHour: fromSat(200_000), price: ppm(300) }],
])('one that %s is', (_, change) => {
  expect(names(choose([sourceAs({}, 2), sourceAs(change, 3)]))).toEqual([2, 3]);
});

test('the best is the one that earns most, even if it gives less', () => {
  const dear = sourceAs({ outPerRoutableHour: fromSat(200_000), price: ppm(900) }, 2);
  const choice = choose([dear, sourceAs({ spendable: fromSat(700_000) }, 3)]);
  expect(choice).toMatchObject({ parcel: { amount: fromSat(200_000) } });
  expect(names(choice)).toEqual([3]);
});

test('two that lose the same are both offered, and counted once', () => {
  const selling = { outPerRoutableHour: fromSat(200_000), price: ppm(900) };
  const choice = choose([sourceAs(selling, 2), sourceAs(selling, 3)]);
  expect(names(choice)).toEqual([2, 3]);
  expect(choice).toMatchObject({ value: { loss: fromSat(360), maxPpm: 75, bound: 'value' } });
});

test('without known sales nothing is offered', () => {
  expect(choose([sourceAs()], { to: { outPerRoutableHour: undefined } }).kind).toBe('none');
});

test('the destination’s budget bounds the price', () => {
  expect(choose([sourceAs()], { to: { budget: fromSat(100) } })).toMatchObject({
    value: { maxPpm: 250, bound: 'budget' },
  });
});
