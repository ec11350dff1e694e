import { describe, expect, it, test } from 'vitest';
import { DYNAMIC } from '../policy/policy.ts';
import { DAY_MS, fromSat, HOUR_MS, msat, ppm, unixMs } from '../units.ts';
import { channelNamed, LAW, SETTLED, seenAs, stateAs } from './channel.fixture.ts';
import { chooseProbes, type ProbeCandidate, probesProveDead, zeroFeeProbe } from './probe.ts';
import type { ChannelFeeState, FeeObservation } from './types.ts';

const ago = (hours: number) => unixMs(SETTLED - hours * HOUR_MS);
const IDLE = { idleDays: 40, probeGranted: true };
const ask = (seen: Partial<FeeObservation>, state: Partial<ChannelFeeState> = {}) =>
  zeroFeeProbe(seenAs({ ...IDLE, ...seen }), stateAs(state), LAW);
const running = (hours: number) => ({ probe: { since: ago(hours) } });

describe('life of a probe', () => {
  test('original 70bdbf5, probe clamped to min_fee: it asks 0 ppm, under no floor', () => {
    const verdict = ask({});
    expect(verdict.wish).toEqual({
      rule: 'probe',
      ppm: 0,
      base: 0n,
      htlcMax: fromSat(200_000),
      enforceDelay: undefined,
      binding: 'probe',
    });
    expect(verdict.memory).toEqual({ probe: { since: SETTLED } });
    expect(verdict.steps[0]?.because).toBe(
      'nothing was routed for 40 days: free for 48 h more or until the first forward',
    );
  });

  test('not granted, not running: it passes', () => {
    const verdict = ask({ probeGranted: false });
    expect(verdict.wish).toBeUndefined();
    expect(verdict.steps[0]?.because).toBe('none is due');
    expect(verdict.memory).toEqual({});
  });

  test('it goes on without being granted again, and keeps its beginning', () => {
    const verdict = ask({ probeGranted: false }, running(12));
    expect(verdict.memory).toEqual({ probe: { since: ago(12) } });
    expect(verdict.steps[0]?.because).toContain('free for 36 h more');
  });

  test('original 4.4 (only 100 000 sat ended it): it ends with the first settled forward, which is no evidence of death', () => {
    const verdict = ask({ idleDays: 0.25 }, running(12));
    expect(verdict.wish).toBeUndefined();
    expect(verdict.memory).toEqual({ probe: undefined });
    expect(ask({ idleDays: 0.5 }, running(12)).wish).toBeUndefined();
    expect(ask({ idleDays: 0.51 }, running(12)).wish?.ppm).toBe(0);
    expect(ask({ idleDays: undefined }, running(12)).wish?.ppm).toBe(0);
  });

  it.each([{ announced: false }, { splicing: true }])(
    '%j ends it, and that proves nothing',
    (change) => {
      const verdict = ask(change, running(12));
      expect(verdict.wish).toBeUndefined();
      expect(verdict.memory).toStrictEqual({ probe: undefined });
    },
  );

  test('it ends after 48 h without one, which is', () => {
    expect(ask({}, running(47.99)).wish?.ppm).toBe(0);
    const old = { probesEnded: [ago(400)] };
    const verdict = ask({}, { ...running(48), ...old });
    expect(verdict.wish).toBeUndefined();
    expect(verdict.memory).toEqual({ probe: undefined, probesEnded: [ago(400), SETTLED] });
    const many = Array.from({ length: 10 }, (_, i) => ago(1000 - i));
    const kept = ask({}, { ...running(48), probesEnded: many }).memory?.probesEnded;
    expect(kept).toEqual([...many.slice(1), SETTLED]);
  });

  it.each([
    ['unannounced', { announced: false }],
    ['splicing', { splicing: true }],
  ])('never on an %s channel', (_, change) => {
    expect(ask(change).wish).toBeUndefined();
    const stopped = ask(change, running(3));
    expect(stopped.wish).toBeUndefined();
    expect(stopped.memory).toEqual({ probe: undefined });
    expect(stopped.steps[0]?.because).toBe('not on an unannounced or splicing channel');
  });
});

describe('what a bargain may cost', () => {
  test('10 % of capacity within a day end it and let it rest a day', () => {
    const bound = fromSat(1_000_000);
    expect(ask({ leftInDay: msat(bound - 1n) }, running(3)).wish?.ppm).toBe(0);
    const verdict = ask({ leftInDay: bound }, running(3));
    expect(verdict.wish).toBeUndefined();
    expect(verdict.memory).toEqual({ probe: undefined, bargainRestUntil: SETTLED + DAY_MS });
    expect(verdict.steps[0]?.because).toBe('10 % of capacity left within a day, the bound is 10 %');
  });

  test('it rests until the moment noted, then may run again', () => {
    const until = unixMs(SETTLED + 1);
    const rests = ask({}, { bargainRestUntil: until });
    expect(rests.wish).toBeUndefined();
    expect(rests.steps[0]?.because).toBe('enough left at a bargain price today');
    expect(rests.memory).toEqual({ probe: undefined });
    expect(ask({}, { bargainRestUntil: SETTLED }).wish?.ppm).toBe(0);
  });

  test('an operator\u2019s own minimum for the peer forbids it', () => {
    const verdict = ask({ policy: { ...DYNAMIC, minPpm: ppm(2) } });
    expect(verdict.wish).toBeUndefined();
    expect(verdict.steps[0]?.because).toBe("the peer's own minimum is 2 ppm");
    expect(ask({ policy: { ...DYNAMIC, minPpm: ppm(1) } }).wish?.ppm).toBe(0);
  });

  it.each([
    ['2 % of capacity', 10_000_000, 9_900_000, 1, 200_000],
    ['at least 50 000 sat', 1_000_000, 990_000, 1, 50_000],
    ['never raised', 10_000_000, 150_000, 1, undefined],
    ['the bound itself is small enough', 10_000_000, 200_000, 1, undefined],
    ['never below htlcmin, which lightningd refuses', 1_000_000, 990_000, 60_000, 60_000],
  ])('htlcmax: %s', (_, capacity, htlcMax, htlcMin, expected) => {
    const { onNode } = seenAs();
    const seen = {
      capacity: fromSat(capacity),
      onNode: { ...onNode, htlcMax: fromSat(htlcMax), htlcMin: fromSat(htlcMin) },
    };
    expect(ask(seen).wish?.htlcMax).toBe(expected === undefined ? undefined : fromSat(expected));
  });

  test('a channel of no capacity has nothing to give away', () => {
    const verdict = ask({ capacity: msat(0n) });
    expect(verdict.wish).toBeUndefined();
    expect(verdict.steps[0]?.because).toBe('0 % of capacity left within a day, the bound is 10 %');
  });
});

describe('who is probed', () => {
  const candidate = (digit: string, change: Partial<ProbeCandidate> = {}): ProbeCandidate => ({
    channelId: channelNamed(digit),
    class: 'STAGNANT_CANDIDATE',
    idleDays: 10,
    ageDays: 30,
    announced: true,
    routable: true,
    eligible: true,
    running: false,
    probesEnded: [],
    ...change,
  });
  const busy = (count: number) =>
    Array.from({ length: count }, () => candidate('f', { class: 'PROFITABLE' }));
  const chosen = (...channels: ProbeCandidate[]) =>
    chooseProbes(channels, SETTLED).map((id) => id[0]);

  test('the longest idle first, one at a time on a small node', () => {
    const channels = [candidate('1'), candidate('2', { idleDays: 11 }), candidate('3')];
    expect(chosen(...channels)).toEqual(['2']);
    expect(chosen(candidate('2'), candidate('1'))).toEqual(['1']);
    expect(chosen()).toEqual([]);
  });

  test('5 % of all channels at a time, those running among them', () => {
    const three = [candidate('1'), candidate('2'), candidate('3')];
    expect(chosen(...three, ...busy(36))).toEqual(['1']);
    expect(chosen(...three, ...busy(37))).toEqual(['1', '2']);
    expect(chosen(candidate('4', { running: true }), ...three, ...busy(36))).toEqual(['1']);
    expect(chosen(candidate('4', { running: true }), ...three)).toEqual([]);
    const over = [candidate('4', { running: true }), candidate('5', { running: true })];
    expect(chosen(...over, ...three)).toEqual([]);
  });

  it.each([
    ['another class', { class: 'ZOMBIE' }],
    ['younger than 30 days', { ageDays: 29.99 }],
    ['of unknown age', { ageDays: undefined }],
    ['of unknown idleness', { idleDays: undefined }],
    ['unannounced', { announced: false }],
    ['not routable', { routable: false }],
    ['not eligible', { eligible: false }],
    ['probed within 48 h', { probesEnded: [ago(47.9)] }],
  ] as const)('never one that is %s', (_, change) => {
    expect(chosen(candidate('1', change))).toEqual([]);
  });

  test('48 h after its last it may have another', () => {
    expect(chosen(candidate('1', { probesEnded: [ago(48)] }))).toEqual(['1']);
  });
});

it.each([
  ['none', [], undefined, false],
  ['one', [100], undefined, false],
  ['two within 14 days', [0, 14], undefined, true],
  ['two further apart', [0, 14.01], undefined, false],
  ['a forward between them', [0, 3], 1, false],
  ['a forward at the first', [0, 3], 0, false],
  ['a forward before both', [1, 3], 0, true],
  ['the last two of three', [0, 20, 30], undefined, true],
])('probes prove a channel dead: %s', (_, days, forward, dead) => {
  const ends = days.map((day) => unixMs(day * DAY_MS));
  const last = forward === undefined ? undefined : unixMs(forward * DAY_MS);
  expect(probesProveDead(ends, last)).toBe(dead);
});
