/** Which rule speaks, in what order, and what none of them touches. */
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, msat, ppm, share, unixMs } from '../units.ts';
import { decide, full, policy, STATIC, ZOMBIE } from './alpha-sequence.fixture.ts';
import {
  anchoredAt,
  asking,
  CLIMB,
  LAW,
  MARKET,
  SETTLED,
  seenAs,
  stateAs,
} from './channel.fixture.ts';

describe('the order of the rules', () => {
  const everything = { ...full(0.9), ...ZOMBIE, probeGranted: true };
  it.each([
    ['0 policy', { ...everything, ...STATIC }, 777, 'policy'],
    ['1 congestion', everything, 5000, 'congestion'],
    ['2 probe outranks fire sale', { ...everything, ...full(0.1) }, 0, 'probe'],
    ['3 fire sale', ZOMBIE, 1, 'fire-sale'],
    ['4 price', {}, 100, 'price'],
  ] as const)('%s', (_, change, rate, ruledBy) => {
    const decision = decide(seenAs(change));
    expect(decision.target.ppm).toBe(rate);
    expect(decision.ruledBy).toBe(ruledBy);
    expect(decision.kind).toBe(rate === 100 ? 'hold' : 'set');
    expect(decision.next.ruledBy).toBe(ruledBy);
  });

  test('each rule asked leaves its line, in order', () => {
    expect(decide(seenAs()).trail.map(({ rule }) => rule)).toEqual([
      'policy',
      'congestion',
      'probe',
      'fire-sale',
      'anchor',
      'scarcity',
      'penalty',
      'hold',
      'floor: min-fee-ppm',
      'floor: chain',
      'floor: refill',
      'price',
      'gossip',
    ]);
    expect(decide(seenAs(STATIC)).trail.map(({ rule }) => rule)).toEqual(['policy', 'gossip']);
  });

  test('the price says its sum', () => {
    const { trail, binding } = decide(seenAs({ hold: 1.2 }));
    expect(trail.find(({ rule }) => rule === 'price')).toEqual({
      rule: 'price',
      verdict: 'applies',
      value: 120,
      because: '100 ppm ×1.2 is 120 ppm, inside 10 … 5000: 120 ppm',
    });
    expect(binding).toBe('anchor');
  });
});

describe('what is not ours to touch', () => {
  it.each([
    ['locked', { locked: 'yielded for 24 h' }, {}, LAW, 'yielded for 24 h'],
    [
      'canary',
      {},
      {},
      { ...LAW, canaryShare: share(0) },
      'only 0 % of the channels are priced now',
    ],
    [
      'unknown',
      {},
      { unknownSince: SETTLED },
      LAW,
      'an earlier call got no answer: the node must be read first',
    ],
    [
      'policy',
      policy({ strategy: 'passive' }),
      {},
      LAW,
      'the policy is passive: this price is not ours',
    ],
    [
      'policy',
      policy({ strategy: 'static' }),
      {},
      LAW,
      'the policy is static but names no price: nothing is changed',
    ],
  ] as const)('%s', (rule, seen, change, law, because) => {
    const state = stateAs({ ...change });
    const decision = decide(seenAs({ ...full(0.9), ...seen }), state, law);
    expect(decision).toEqual({
      kind: 'leave',
      target: { ppm: 100, base: 0n, htlcMax: undefined, enforceDelay: undefined },
      ruledBy: 'price',
      binding: rule,
      trail: [{ rule, verdict: 'applies', because }],
      next: state,
      lookAgainMs: undefined,
    });
  });

  it.each([
    ['passive', policy({ strategy: 'passive' }), CLIMB],
    ['locked', { locked: 'the brake' }, CLIMB],
    ['outside the canary', {}, { ...CLIMB, canaryShare: share(0) }],
  ])(
    'lessons 1.2, a price nobody decided: %s in mid-episode, it gets rule 4\u2019s price first',
    (_, change, law) => {
      const sent = { ppm: ppm(5000), base: msat(0n), at: SETTLED };
      const state = anchoredAt(100, { ruledBy: 'congestion', sent });
      const decision = decide(asking(5000, { ...full(0.9), ...change }), state, law);
      expect(decision).toMatchObject({ kind: 'set', target: { ppm: 100 }, ruledBy: 'price' });
      expect(decision.trail[0]?.verdict).toBe('applies');
      expect(decision.trail.at(-1)?.rule).toBe('restore');
      const after = decide(asking(100, { ...full(0.9), ...change }), decision.next, law);
      expect(after.kind).toBe('leave');
      expect(decide(asking(77, change), state, law)).toMatchObject({ kind: 'leave', next: state });
    },
  );

  test('while it is unknown what the node asks, not even that', () => {
    const state = anchoredAt(100, { ruledBy: 'congestion', unknownSince: SETTLED });
    expect(decide(asking(5000), state)).toMatchObject({ kind: 'leave', binding: 'unknown' });
  });

  test('a price of the node that is no number is left alone', () => {
    expect(decide(asking(Number.NaN))).toMatchObject({ kind: 'leave', binding: 'unknown' });
  });
});

describe('original 4.4 (asleep or observing, it returned before every rule)', () => {
  const awake = anchoredAt(100);
  const { climber } = awake;
  const STATES = {
    asleep: { ...climber, sleepUntil: unixMs(SETTLED + DAY_MS), sleepRate: 5 },
    observing: { ...climber, current: { ...climber.current, hours: 0.1 } },
  };
  it.each([
    ['policy', STATIC, 777],
    ['congestion', full(0.9), 5000],
    ['probe', { idleDays: 40, probeGranted: true }, 0],
    ['fire sale', ZOMBIE, 1],
    ['a floor that rose', {}, 300],
  ] as const)('%s is not kept waiting', (name, change, rate) => {
    const market = name === 'a floor that rose' ? { ...MARKET, satPerVbyte: 100 } : MARKET;
    for (const waiting of Object.values(STATES)) {
      const decision = decide(seenAs(change), { ...awake, climber: waiting }, CLIMB, market);
      expect(decision).toMatchObject({ kind: 'set', target: { ppm: rate } });
    }
  });
});

describe('what is no number', () => {
  it.each([
    ['share', { share: Number.NaN as never }],
    ['share', { share: Number.NEGATIVE_INFINITY as never }],
    ['weighted slots', { slots: { ...seenAs().slots, weighted: Number.NaN as never } }],
  ])('an unknown %s holds the price', (_, change) => {
    for (const law of [LAW, CLIMB]) {
      const decision = decide(seenAs(change), law === LAW ? stateAs() : anchoredAt(100), law);
      if (decision.kind === 'hold' && decision.binding === 'anchor') continue;
      expect(decision).toMatchObject({ kind: 'hold', binding: 'price', target: { ppm: 100 } });
      expect(decision.trail.at(-1)?.because).toContain('is not a number');
    }
  });

  test('an anchor that is no number holds the price, and so does an infinite one', () => {
    for (const anchor of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(decide(seenAs(), anchoredAt(anchor))).toMatchObject({
        kind: 'hold',
        target: { ppm: 100 },
        binding: 'price',
      });
  });
});
