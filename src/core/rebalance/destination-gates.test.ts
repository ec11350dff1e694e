import { expect, it, test } from 'vitest';
import { DAY_MS, fromSat, HOUR_MS, msat, ppm, share } from '../units.ts';
import { ago, destinationAs, historyAs, LAW, MINUTE_MS, NOW } from './channel.fixture.ts';
import { destinationGates, isRefused, isSteady } from './destination-gates.ts';
import { targetOf } from './targets.ts';
import type { RebalanceChannel, RebalanceHistory } from './types.ts';

const gatesOf = (change: Partial<RebalanceChannel>, otherPeers = true, law = LAW) => {
  const seen = destinationAs(change);
  return destinationGates({ seen, target: targetOf(seen), law, at: NOW, otherPeers });
};
const closed = (change: Partial<RebalanceChannel>, otherPeers = true) =>
  gatesOf(change, otherPeers)
    .filter(isRefused)
    .map(({ code }) => code);
const because = (change: Partial<RebalanceChannel>, otherPeers = true) =>
  gatesOf(change, otherPeers).find(isRefused)?.step.because;
const record = (change: Partial<RebalanceHistory>) => ({ history: historyAs(change) });

test('a channel that sells and lacks passes every gate, and the trail names each', () => {
  const gates = gatesOf({});
  expect(gates.filter(isRefused)).toEqual([]);
  expect(gates.map(({ code }) => code)).toEqual([
    'futility',
    'unknown',
    'not_eligible',
    'busy',
    'policy',
    'congested',
    'back_off',
    'cool_down',
    'uptime',
    'sink',
    'zombie',
    'underwater',
    'at_target',
    'scarcity_guard',
    'no_evidence',
    'no_other_peer',
  ]);
  expect(gates.every(({ code, step }) => step.rule === code && step.because !== '')).toBe(true);
  expect(gates.map(({ step }) => step.because)).toMatchInlineSnapshot(`
    [
      "0 failures in a row",
      "all that is needed is known",
      "announced, confirmed and in normal operation",
      "no rebalance of ours is under way here",
      "rebalancing is enabled",
      "not congested",
      "the last try did not fail",
      "never filled before",
      "connected 100 % of the last 24 h",
      "BALANCED: it does not fill by itself",
      "class PROFITABLE",
      "class PROFITABLE, marginal ROI 100 %",
      "100000 sat of a target of 500000 sat: lacks 400000 sat",
      "incoming slots 10.8 % full with a chunk of 400000 sat",
      "sells 10000 sat in a routable hour",
      "other peers have channels with us",
    ]
  `);
});

test('gates can be left out', () => {
  const seen = destinationAs({ class: 'ZOMBIE' });
  const asked = { seen, target: targetOf(seen), law: LAW, at: NOW, otherPeers: true };
  expect(destinationGates(asked, ['zombie']).some(isRefused)).toBe(false);
  expect(destinationGates(asked, ['zombie'])).toHaveLength(15);
});

it.each([
  [
    'not announced',
    { eligible: false },
    'not_eligible',
    'not announced, not confirmed or not in normal operation',
  ],
  ['a job under way', { busy: true }, 'busy', 'a rebalance of ours is under way here'],
  ['disabled', { mode: 'disabled' }, 'policy', 'the policy says disabled: it may not be filled'],
  [
    'source_only',
    { mode: 'source_only' },
    'policy',
    'the policy says source_only: it may not be filled',
  ],
  ['congested', { congested: true }, 'congested', 'congested'],
  ['SINK', { flow: 'SINK' }, 'sink', 'SINK: it fills by itself'],
  ['ZOMBIE', { class: 'ZOMBIE' }, 'zombie', 'ZOMBIE: nothing routes here'],
  ['uptime unknown', { uptime: undefined }, 'uptime', 'how long it was connected is not known'],
  [
    'uptime 89.9 %',
    { uptime: share(0.899) },
    'uptime',
    'connected 89.9 % of the last 24 h, at least 90 % is asked',
  ],
  [
    'no sales known',
    { outPerRoutableHour: undefined },
    'no_evidence',
    'fewer than 3 forwards out: what it would sell is not known',
  ],
  [
    'enough there',
    { spendable: fromSat(500_000) },
    'at_target',
    '500000 sat of a target of 500000 sat: lacks nothing',
  ],
  [
    'balanced and idle',
    { share: share(0.5), dailyVolume: msat(0n) },
    'at_target',
    'balanced and idle: it gives (100000 sat of a target of 500000 sat)',
  ],
] as const)('closed: %s', (_, change, code, sentence) => {
  expect(closed(change)).toEqual([code]);
  expect(because(change)).toBe(sentence);
});

it.each([
  ['sink_only may be filled', { mode: 'sink_only' }],
  ['uptime 90 %', { uptime: share(0.9) }],
  ['one msat short', { spendable: msat(499_999_999n) }],
  ['SOURCE', { flow: 'SOURCE' }],
  ['NEW', { flow: 'NEW' }],
  ['UNDERWATER that earns its refills', { class: 'UNDERWATER', marginalRoi: 0.01 }],
  ['no ROI but not UNDERWATER', { class: 'BREAK_EVEN', marginalRoi: -1 }],
  ['not busy', { busy: false }],
] as const)('open: %s', (_, change) => {
  expect(closed(change)).toEqual([]);
});

it.each([0, -0.5])('UNDERWATER with a marginal ROI of %d is not filled', (marginalRoi) => {
  expect(closed({ class: 'UNDERWATER', marginalRoi })).toEqual(['underwater']);
});

test('without a channel of another peer there is no source', () => {
  expect(closed({}, false)).toEqual(['no_other_peer']);
});

test('attack, futility: 11 recent failures are skipped, 11 old ones retried, 10 are not futile', () => {
  const at48 = 2 * DAY_MS;
  const recent = record({ failures: 11, lastFailure: ago(at48 - 1) });
  expect(closed(recent)).toEqual(['futility']);
  expect(because(recent)).toBe('Futility Circuit Breaker active: 11 failures in a row');
  expect(closed(record({ failures: 11, lastFailure: ago(at48) }))).toEqual([]);
  expect(closed(record({ failures: 10, lastFailure: ago(at48 - 1) }))).toEqual([]);
  expect(closed(record({ failures: 11, lastFailure: ago(-HOUR_MS) }))).toContain('futility');
  expect(closed(record({ failures: 11 }))).toEqual(['futility', 'unknown', 'back_off']);
});

test('futility stands before every other gate', () => {
  const change = { ...record({ failures: 99, lastFailure: ago(1) }), mode: 'disabled' } as const;
  expect(gatesOf(change).find(isRefused)?.code).toBe('futility');
});

it.each([
  [1, 20],
  [2, 40],
  [3, 80],
  [4, 160],
  [5, 160],
  [10, 160],
])('after %d failures it rests for %d minutes', (failures, minutes) => {
  const rest = minutes * MINUTE_MS;
  expect(closed(record({ failures, lastFailure: ago(rest) }))).toEqual([]);
  const early = record({ failures, lastFailure: ago(rest - 1) });
  expect(closed(early)).toEqual(['back_off']);
  expect(because(early)).toBe(`failed ${failures} times, rests for another 1 min`);
});

test('a success ends the back-off', () => {
  expect(closed(record({ failures: 0, lastFailure: ago(1) }))).toEqual([]);
});

test('24 h of rest after a success', () => {
  expect(closed(record({ lastSuccess: ago(DAY_MS) }))).toEqual([]);
  const early = record({ lastSuccess: ago(DAY_MS - 2 * HOUR_MS) });
  expect(closed(early)).toEqual(['cool_down']);
  expect(because(early)).toBe('was filled, rests for another 2 h');
});

test('scarcity guard: 60 % of the incoming slots with this HTLC, not more', () => {
  const full = (part: number, max = 40) => ({ slots: { in: share(part), out: share(1), max } });
  // Lacks 400 000 sat: one chunk of 4 slots.
  expect(closed(full(0.5))).toEqual([]);
  expect(closed(full(0.5001))).toEqual(['scarcity_guard']);
  expect(because(full(0.55))).toBe('incoming slots 65 % full with a chunk of 400000 sat');
  // With more lacking it is a chunk of 5 slots, whatever lacks.
  expect(closed({ ...full(0.475), spendable: fromSat(0) })).toEqual([]);
  const busy = { dailyVolume: fromSat(1_000_000), spendable: fromSat(0) };
  expect(closed({ ...full(0.475), ...busy })).toEqual([]);
  expect(closed({ ...full(0.5), ...busy })).toEqual(['scarcity_guard']);
  expect(closed(full(0, 0))).toEqual(['scarcity_guard']);
  // Half of a limit of 200 000 sat is one slot.
  expect(closed({ ...full(0.57), htlcLimitIn: fromSat(200_000) })).toEqual([]);
});

it.each([
  ['capacity', { capacity: msat(0n) }],
  ['spendable', { spendable: msat(-1n) }],
  ['receivable', { receivable: msat(-1n) }],
  ['share', { share: share(Number.NaN) }],
  ['daily volume', { dailyVolume: msat(-1n) }],
  ['marginal ROI', { marginalRoi: Number.NaN }],
  ['age', { ageDays: Number.NaN }],
  ['uptime', { uptime: share(Number.NaN) }],
  ['slots', { slots: { in: share(Number.NaN), out: share(0), max: 483 } }],
  ['slots', { slots: { in: share(0), out: share(Number.NaN), max: 483 } }],
  ['slots', { slots: { in: share(0), out: share(0), max: 0.5 } }],
  ['volume out', { outPerRoutableHour: msat(-1n) }],
  ['missed volume', { missedPerHour: msat(-1n) }],
  ['price', { price: ppm(Number.NaN) }],
  ['price', { price: ppm(-1) }],
  ['HTLC limits', { htlcLimitIn: msat(-1n) }],
  ['HTLC limits', { htlcLimitOut: msat(-1n) }],
  ['failures', record({ failures: -1, lastFailure: NOW })],
  ['failures', record({ failures: Number.NaN, lastFailure: NOW })],
  ['failures', record({ sourceFailures: Number.NaN })],
  ['last failure', record({ failures: 1 })],
  ['record', record({ finished: 1.5 })],
  ['record', record({ finished: 1, earnedBack: 2 })],
  ['record', record({ earnedBack: -1 })],
  ['inbound price', record({ gossipInboundPpm: Number.NaN })],
  ['inbound price', record({ paidPpm: [1, Number.POSITIVE_INFINITY] })],
  ['budget', { budget: msat(-1n) }],
] as const)('nothing is decided on a %s that cannot be true', (field, change) => {
  const first = gatesOf(change).find(({ code }) => code === 'unknown');
  expect(first?.step).toEqual({
    rule: 'unknown',
    verdict: 'refuses',
    because: `${field} is not known: nothing is decided on it`,
  });
});

test('zeros are numbers as well', () => {
  const zeros = {
    receivable: msat(0n),
    spendable: msat(0n),
    dailyVolume: msat(0n),
    outPerRoutableHour: msat(0n),
    price: ppm(0),
    htlcLimitOut: msat(0n),
    ageDays: 0,
    budget: msat(0n),
    share: share(0),
    slots: { in: share(0), out: share(1), max: 483 },
    ...record({ gossipInboundPpm: 0, paidPpm: [0], earnedBack: 2, finished: 2 }),
  };
  expect(closed(zeros)).toEqual([]);
});

test('steady is 90 % and known', () => {
  expect([undefined, 0.8999, 0.9, 1].map(isSteady)).toEqual([false, false, true, true]);
});
