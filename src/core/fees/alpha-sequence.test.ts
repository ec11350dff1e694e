import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DYNAMIC } from '../policy/policy.ts';
import { DAY_MS, fromSat, HOUR_MS, msat, ppm, share, unixMs } from '../units.ts';
import { fromText, toText } from '../wire-text.ts';
import { decideFee } from './alpha-sequence.ts';
import {
  anchoredAt,
  asking,
  CLIMB,
  LAW,
  later,
  MARKET,
  SETTLED,
  seenAs,
  stateAs,
} from './channel.fixture.ts';
import type { ChannelFeeState, FeeObservation, FeeSettings } from './types.ts';

const decide = (
  seen: FeeObservation,
  state: ChannelFeeState = anchoredAt(100),
  law: FeeSettings = CLIMB,
  market = MARKET,
) => decideFee(seen, state, market, law);
const full = (use: number, secondLook = true) => ({
  slots: { use: share(use), secondLook, weighted: share(0.1) },
});
const ZOMBIE = {
  idleDays: 40,
  books: { class: 'ZOMBIE' as const, roi: -0.2, marginalRoi: 0 },
};
const policy = (change: Partial<typeof DYNAMIC>) => ({ policy: { ...DYNAMIC, ...change } });
const HIVE = policy({ strategy: 'hive' });
const STATIC = policy({ strategy: 'static', feePpm: ppm(777) });

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

describe('rule 0', () => {
  test('original 4.4, hive 0 clamped to min_fee: hive is 0 ppm and no base fee, under no floor', () => {
    const seen = seenAs({ ...HIVE, refill: { ppm: 900, count: 9 } });
    expect(decide(seen, undefined, { ...CLIMB, base: msat(1000n) })).toMatchObject({
      kind: 'set',
      target: { ppm: 0, base: 0n },
      binding: 'policy: hive',
    });
  });
  test('original 4.4, static never worked: it is sent, outside floor and ceiling', () => {
    const high = seenAs(policy({ strategy: 'static', feePpm: ppm(9000) }));
    expect(decide(high)).toMatchObject({ kind: 'set', target: { ppm: 9000 } });
    const low = seenAs(policy({ strategy: 'static', feePpm: ppm(3) }));
    expect(decide(low, undefined, CLIMB, { ...MARKET, satPerVbyte: 100 }).target.ppm).toBe(3);
  });
  test('a policy takes the bucket below zero', () => {
    const poor = anchoredAt(100, { gossip: { tokens: 0, at: SETTLED } });
    expect(decide(seenAs(STATIC), poor).next.gossip).toEqual({ tokens: -1, at: SETTLED });
  });
  test('a hive fee that is no number changes nothing', () => {
    const law = { ...CLIMB, hiveFeePpm: Number.NaN as never };
    expect(decide(seenAs(HIVE), undefined, law)).toMatchObject({
      kind: 'hold',
      target: { ppm: 100 },
    });
    const negative = { ...CLIMB, hiveFeePpm: -1 as never };
    expect(decide(seenAs(HIVE), undefined, negative).kind).toBe('hold');
  });
});

describe('rule 1', () => {
  test('original 4.4, congestion pre-empted by sleep or observation: a sleeping climber does not stop it', () => {
    const awake = anchoredAt(100);
    const asleep = {
      ...awake,
      climber: { ...awake.climber, sleepUntil: unixMs(SETTLED + DAY_MS), sleepRate: 5 },
    };
    expect(decide(seenAs(full(0.9)), asleep)).toMatchObject({ kind: 'set', target: { ppm: 5000 } });
  });

  test('lessons 2026-06-12, fee runaway: however long it lasts it asks the ceiling, and then the old price', () => {
    let state = anchoredAt(100);
    let onNode = 100;
    for (let look = 0; look < 50; look++) {
      const seen = asking(onNode, { at: unixMs(SETTLED + look * HOUR_MS), ...full(0.95) });
      const decision = decide(seen, state);
      onNode = decision.target.ppm;
      state = decision.next;
      expect(onNode).toBe(5000);
    }
    expect(state.sends).toHaveLength(1);
    const after = decide(
      asking(onNode, { at: unixMs(SETTLED + 51 * HOUR_MS), ...full(0.5) }),
      state,
    );
    expect(after).toMatchObject({ kind: 'set', target: { ppm: 100 }, ruledBy: 'price' });
  });

  test('the first look only asks for a second', () => {
    expect(decide(seenAs(full(0.9, false)))).toMatchObject({
      kind: 'hold',
      ruledBy: 'price',
      lookAgainMs: 60_000,
    });
    expect(decide(seenAs(full(0.7, false))).lookAgainMs).toBeUndefined();
    expect(decide(seenAs({ ...full(0.9, false), share: Number.NaN as never })).lookAgainMs).toBe(
      60_000,
    );
  });

  test('without two tokens it does not begin: the price rules, and says what was wanted', () => {
    const poor = anchoredAt(100, { gossip: { tokens: 1.9, at: SETTLED } });
    const decision = decide(seenAs(full(0.9)), poor);
    expect(decision).toMatchObject({ kind: 'hold', ruledBy: 'price', target: { ppm: 100 } });
    expect(decision.trail.find(({ rule }) => rule === 'congestion')).toEqual({
      rule: 'congestion',
      verdict: 'passes',
      value: 5000,
      because:
        'two looks found 90 % of the slots in use; but entering needs 2 gossip tokens, there are 1.9',
    });
  });

  test('leaving it pays with the token it kept', () => {
    const entered = decide(seenAs(full(0.9))).next;
    expect(entered.gossip.tokens).toBe(1);
    const at = unixMs(SETTLED + 60_000);
    const left = decide(asking(5000, { at, ...full(0.1) }), entered);
    expect(left).toMatchObject({ kind: 'set', ruledBy: 'price', target: { ppm: 100 } });
    expect(left.next.gossip.tokens).toBeCloseTo(60_000 / (6 * HOUR_MS), 9);
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

describe('rules 2 and 3', () => {
  const DEAD = { idleDays: 40, probeGranted: true };

  test('lessons 1.3 (a cool-down burned by a refusal): a probe that cannot begin has not begun: its 48 h do not run', () => {
    const poor = anchoredAt(100, { gossip: { tokens: 1, at: SETTLED } });
    const decision = decide(seenAs(DEAD), poor);
    expect(decision.ruledBy).toBe('price');
    expect(decision.next.probe).toBeUndefined();
  });

  test('htlcmax falls with the price, is remembered, and comes back with no grace for the old price', () => {
    const begun = decide(seenAs(DEAD));
    expect(begun.target).toEqual({
      ppm: 0,
      base: 0n,
      htlcMax: fromSat(200_000),
      enforceDelay: undefined,
    });
    expect(begun.next).toMatchObject({
      probe: { since: SETTLED },
      htlcMaxBefore: fromSat(9_900_000),
      ruledBy: 'probe',
      sent: { ppm: 0, at: SETTLED },
    });
    const { onNode } = seenAs();
    const during = { onNode: { ...onNode, ppm: ppm(0), htlcMax: fromSat(200_000) }, idleDays: 40 };
    const at = unixMs(SETTLED + HOUR_MS);
    const running = decide(seenAs({ ...during, at }), begun.next);
    expect(running).toMatchObject({ kind: 'hold', ruledBy: 'probe' });
    expect(running.next.htlcMaxBefore).toBe(fromSat(9_900_000));
    const ended = decide(seenAs({ ...during, at, idleDays: 0.01 }), running.next);
    expect(ended).toMatchObject({
      kind: 'set',
      ruledBy: 'price',
      target: { ppm: 100, htlcMax: fromSat(9_900_000), enforceDelay: 0 },
    });
    expect(ended.next.htlcMaxBefore).toBeUndefined();
    expect(ended.next.probe).toBeUndefined();
    expect(ended.next.probesEnded).toEqual([]);
  });

  test('original 4.8, flash drain: entering the fire sale remembers htlcmax, and it stays down while that lasts', () => {
    const begun = decide(seenAs(ZOMBIE));
    expect(begun.target).toMatchObject({ ppm: 1, htlcMax: fromSat(200_000) });
    expect(begun.next.htlcMaxBefore).toBe(fromSat(9_900_000));
    const { onNode } = seenAs();
    const low = { onNode: { ...onNode, ppm: ppm(1), htlcMax: fromSat(200_000) } };
    const running = decide(seenAs({ ...ZOMBIE, ...low }), begun.next);
    expect(running).toMatchObject({ kind: 'hold', ruledBy: 'fire-sale' });
    expect(running.next.htlcMaxBefore).toBe(fromSat(9_900_000));
    const small = { onNode: { ...onNode, htlcMax: fromSat(200_000) } };
    expect(decide(seenAs({ ...ZOMBIE, ...small })).next.htlcMaxBefore).toBeUndefined();
  });

  test('from the fire sale straight into congestion: htlcmax is back too', () => {
    const state = anchoredAt(100, { ruledBy: 'fire-sale', htlcMaxBefore: fromSat(9_900_000) });
    const { onNode } = seenAs();
    const low = { onNode: { ...onNode, ppm: ppm(1), htlcMax: fromSat(200_000) } };
    expect(decide(seenAs({ ...ZOMBIE, ...low, ...full(0.9) }), state).target).toEqual({
      ppm: 5000,
      base: 0n,
      htlcMax: fromSat(9_900_000),
      enforceDelay: 0,
    });
    const probing = decide(seenAs({ ...ZOMBIE, ...low, probeGranted: true }), state);
    expect(probing.target).toMatchObject({ ppm: 0, htlcMax: undefined, enforceDelay: undefined });
    expect(probing.next.htlcMaxBefore).toBe(fromSat(9_900_000));
  });

  test('an htlcmax somebody raised meanwhile stays theirs', () => {
    const state = anchoredAt(100, { ruledBy: 'fire-sale', htlcMaxBefore: fromSat(1_000_000) });
    const decision = decide(asking(1), state);
    expect(decision.target).toMatchObject({
      ppm: 100,
      htlcMax: undefined,
      enforceDelay: undefined,
    });
    expect(decision.next.htlcMaxBefore).toBeUndefined();
  });

  test('original 4.8, flash drain: enough left, so the normal price returns and rests a day', () => {
    const state = anchoredAt(100, { ruledBy: 'fire-sale', htlcMaxBefore: fromSat(9_900_000) });
    const { onNode } = seenAs();
    const low = { onNode: { ...onNode, ppm: ppm(1), htlcMax: fromSat(200_000) } };
    const drained = { ...ZOMBIE, ...low, leftInDay: fromSat(1_000_000) };
    const over = decide(seenAs(drained), state);
    expect(over).toMatchObject({
      kind: 'set',
      target: { ppm: 100, htlcMax: fromSat(9_900_000), enforceDelay: 0 },
    });
    expect(over.next.bargainRestUntil).toBe(SETTLED + DAY_MS);
    const next = seenAs({ ...ZOMBIE, at: unixMs(SETTLED + DAY_MS - 1) });
    expect(decide(next, over.next).ruledBy).toBe('price');
    const day = seenAs({ ...ZOMBIE, at: unixMs(SETTLED + DAY_MS) });
    expect(decide(day, over.next)).toMatchObject({ kind: 'set', ruledBy: 'fire-sale' });
  });

  test('original 4.8, lessons 1.2 (a price below every floor): the fire sale is there too, bounded by htlcmax instead', () => {
    const market = { ...MARKET, satPerVbyte: 100 };
    expect(decide(seenAs(ZOMBIE), undefined, CLIMB, market).target.ppm).toBe(1);
  });
});

describe('rule 4', () => {
  test('original 4.5, compounding multipliers: unchanged evidence gives the same price for ever', () => {
    for (const law of [LAW, CLIMB]) {
      let state = law === LAW ? stateAs() : anchoredAt(100);
      const scarce = (onNode: number, hour: number) =>
        asking(onNode, { at: unixMs(SETTLED + hour * 12 * HOUR_MS), share: share(0.05) });
      const first = decide(scarce(100, 0), state, law);
      let onNode = first.target.ppm;
      for (let cycle = 1; cycle < 30; cycle++) {
        const decision = decide(scarce(onNode, cycle), state, law);
        state = decision.next;
        onNode = decision.target.ppm;
      }
      if (law === CLIMB) expect(onNode).toBe(first.target.ppm);
      else expect(onNode).toBeLessThan(5000);
    }
    expect(decide(asking(100, { share: share(0.05) })).target.ppm).toBe(256);
  });

  test('original 4.2, SINK ×0.8 below min fee: no flow state lowers the floor', () => {
    for (const state of ['SOURCE', 'SINK', 'BALANCED', 'NEW'] as const)
      expect(decide(seenAs({ flow: { state, direction: 1 } }), anchoredAt(3)).target.ppm).toBe(10);
  });

  it.each([
    ['floor: min-fee-ppm', 3, MARKET, 10],
    ['floor: chain', 3, { ...MARKET, satPerVbyte: 20 }, 60],
    ['ceiling', 9000, MARKET, 5000],
    ['anchor', 250, MARKET, 250],
    ['anchor', 10, MARKET, 10],
    ['anchor', 5000, MARKET, 5000],
  ])('%s binds at an anchor of %d ppm', (binding, anchor, market, rate) => {
    const decision = decide(asking(777), anchoredAt(anchor), CLIMB, market);
    expect(decision.binding).toBe(binding);
    expect(decision.target.ppm).toBe(rate);
    expect(decision.next.target).toBe(rate);
  });

  test('the base fee of the law comes along', () => {
    expect(decide(seenAs(), undefined, { ...CLIMB, base: msat(500n) })).toMatchObject({
      kind: 'set',
      target: { ppm: 100, base: 500n },
      next: { sent: { ppm: 100, base: 500n } },
    });
  });

  test('original 4.4 (a hundred calls a cycle): equal to the node is no call and no token', () => {
    const decision = decide(seenAs());
    expect(decision.kind).toBe('hold');
    expect(decision.binding).toBe('anchor');
    expect(decision.next.gossip).toEqual(anchoredAt(100).gossip);
    expect(decision.next.sends).toEqual([]);
  });

  test('a sent price is remembered whole, and costs a token', () => {
    const { next } = decide(seenAs(), anchoredAt(200, { anchorSent: 100 }));
    expect(next).toMatchObject({
      target: 200,
      ruledBy: 'price',
      anchorSent: 200,
      sent: { ppm: 200, base: 0n, at: SETTLED },
      gossip: { tokens: 1, at: SETTLED },
      sends: [{ at: SETTLED, ppm: 200, rule: 'price', gossip: true }],
    });
  });

  test('unannounced: sent without a token, and not counted as gossip', () => {
    const state = anchoredAt(200, { gossip: { tokens: -2, at: SETTLED } });
    const { kind, next } = decide(seenAs({ announced: false }), state);
    expect(kind).toBe('set');
    expect(next.gossip).toEqual(state.gossip);
    expect(next.sends).toMatchObject([{ gossip: false }]);
  });

  test('original 4.4 (a small change returned without saving): a suppressed change keeps its target and everything else', () => {
    const state = anchoredAt(200, { gossip: { tokens: 0.5, at: SETTLED } });
    const decision = decide(seenAs(), state);
    expect(decision).toMatchObject({
      kind: 'hold',
      binding: 'gossip: token',
      target: { ppm: 200 },
    });
    expect(decision.next).toEqual({ ...state, target: 200 });
  });

  test('what waits for a token is not in force: the anchor of the price on the node stays', () => {
    const poor = anchoredAt(200, { anchorSent: 100, gossip: { tokens: 0.5, at: SETTLED } });
    const waits = decide(seenAs(), poor);
    expect(waits).toMatchObject({ kind: 'hold', binding: 'gossip: token' });
    expect(waits.next).toMatchObject({ target: 200, anchorSent: 100 });
  });

  test('the deadband: the anchor counts as in force, the price on the node stays', () => {
    const decision = decide(seenAs(), anchoredAt(104, { anchorSent: 100 }));
    expect(decision).toMatchObject({ kind: 'hold', binding: 'gossip: deadband' });
    expect(decision.next).toMatchObject({ target: 104, anchorSent: 104, sent: { ppm: 100 } });
  });

  test('learning never takes the last token, what the balance does may', () => {
    const one = { gossip: { tokens: 1, at: SETTLED } };
    expect(decide(seenAs(), anchoredAt(120, { ...one, anchorSent: 100 })).kind).toBe('hold');
    const scarce = seenAs({ share: share(0.1) });
    expect(decide(scarce, anchoredAt(100, one)).kind).toBe('set');
    // Scarce all the time: × 3, and only the anchor moved.
    const crowded = asking(300, { slots: { ...seenAs().slots, weighted: share(1) } });
    const learnt = decide(crowded, anchoredAt(120, { ...one, anchorSent: 100 }));
    expect(learnt).toMatchObject({ kind: 'hold', binding: 'gossip: token', next: { target: 360 } });
  });

  test('an episode keeps the target of rule 4', () => {
    expect(decide(seenAs(full(0.9)), anchoredAt(100, { target: ppm(123) })).next.target).toBe(123);
  });

  test('sends older than a day are forgotten, the last price among them opens the day', () => {
    const send = (hours: number, rate: number, rule: 'price' | 'policy') => ({
      at: unixMs(SETTLED - hours * HOUR_MS),
      ppm: ppm(rate),
      rule,
      gossip: true,
    });
    const sends = [
      send(50, 70, 'price'),
      send(30, 80, 'price'),
      send(26, 90, 'policy'),
      send(2, 95, 'price'),
    ];
    const { next } = decide(seenAs(), anchoredAt(200, { sends }));
    expect(next.sends.map((one) => one.ppm)).toEqual([95, 200]);
    expect(next.dayOpen).toEqual({ ppm: 80, at: SETTLED - 30 * HOUR_MS });
    const none = decide(seenAs(), anchoredAt(200, { sends: [] })).next;
    expect(none.dayOpen).toEqual(anchoredAt(200).dayOpen);
    const many = Array.from({ length: 20 }, () => send(1, 90, 'policy'));
    expect(decide(seenAs(STATIC), anchoredAt(200, { sends: many })).next.sends).toHaveLength(16);
  });

  test('switching the learner moves no price', () => {
    const state = { ...stateAs(), sent: { ppm: ppm(100), base: msat(0n), at: SETTLED } };
    const decision = decide(seenAs(), state, CLIMB);
    expect(decision).toMatchObject({ kind: 'hold', target: { ppm: 100 } });
    expect(decision.next.pricedBy).toBe('hill-climbing');
    expect(decision.next.ladder).toEqual(state.ladder);
  });

  test('the first 7 days: at most ×1.5 a day, but a floor that rose is exempt', () => {
    const early = { at: later(30) };
    const state = anchoredAt(1000);
    const decision = decide(seenAs(early), state);
    expect(decision).toMatchObject({ kind: 'set', target: { ppm: 150 }, binding: 'early days' });
    expect(decision.trail.find(({ rule }) => rule === 'early days')).toEqual({
      rule: 'early days',
      verdict: 'applies',
      value: 150,
      because: '1000 ppm would be more than ×1.5 within a day of the first week',
    });
    const market = { ...MARKET, satPerVbyte: 100 };
    expect(decide(seenAs(early), state, CLIMB, market).target.ppm).toBe(300);
    expect(decide(seenAs({ ...early, ...full(0.9) }), state).target.ppm).toBe(5000);
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

describe('for any observation', () => {
  const odd = fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -5, 1e300) },
  );
  const amount = fc.bigInt({ min: 0n, max: 20_000_000_000n });
  const observation = fc.record({
    share: odd,
    use: odd,
    weighted: odd,
    secondLook: fc.boolean(),
    onNode: fc.integer({ min: 0, max: 10_000 }),
    idleDays: fc.option(fc.double({ min: 0, max: 200 }), { nil: undefined }),
    ageDays: fc.option(fc.integer({ min: 0, max: 900 }), { nil: undefined }),
    leftInDay: amount,
    settledOutEver: amount,
    openedByPeer: fc.boolean(),
    probeGranted: fc.boolean(),
    announced: fc.boolean(),
    connected: fc.boolean(),
    kind: fc.constantFrom('ZOMBIE', 'UNDERWATER', 'PROFITABLE', 'BREAK_EVEN'),
    refill: fc.option(fc.record({ ppm: odd, count: fc.integer({ min: 0, max: 9 }) }), {
      nil: undefined,
    }),
    satPerVbyte: fc.option(fc.oneof(odd, fc.integer({ min: 0, max: 5000 })), { nil: undefined }),
    vegas: odd,
    rung: fc.integer({ min: 0, max: 6 }),
    ladder: fc.boolean(),
    hours: fc.integer({ min: 0, max: 400 }),
  });
  type Drawn = typeof observation extends fc.Arbitrary<infer T> ? T : never;

  const build = (drawn: Drawn) => {
    const { share: part, use, weighted, secondLook, onNode, kind, satPerVbyte, vegas } = drawn;
    const seen = asking(onNode, {
      at: later(drawn.hours),
      share: part as never,
      slots: { use: use as never, secondLook, weighted: weighted as never },
      idleDays: drawn.idleDays,
      ageDays: drawn.ageDays,
      leftInDay: msat(drawn.leftInDay),
      settledOutEver: msat(drawn.settledOutEver),
      openedByPeer: drawn.openedByPeer,
      probeGranted: drawn.probeGranted,
      announced: drawn.announced,
      connected: drawn.connected,
      books: { class: kind as 'ZOMBIE', roi: -0.6, marginalRoi: 0 },
      refill: drawn.refill,
    });
    const market = { ...MARKET, satPerVbyte, vegasIntensity: vegas };
    const law = drawn.ladder ? LAW : CLIMB;
    const fresh = stateAs({}, { law, found: onNode });
    const state = { ...fresh, ladder: { ...fresh.ladder, rung: drawn.rung } };
    return { seen, state, market, law };
  };

  test('a price of rule 4 is a whole number inside floor and ceiling, or the node is left as it is', () => {
    fc.assert(
      fc.property(observation, (drawn) => {
        const { seen, state, market, law } = build(drawn);
        const { target, ruledBy, kind } = decideFee(seen, state, market, law);
        expect(Number.isInteger(target.ppm)).toBe(true);
        if (ruledBy === 'price' && target.ppm !== seen.onNode.ppm) {
          expect(target.ppm).toBeGreaterThanOrEqual(10);
          expect(target.ppm).toBeLessThanOrEqual(5000);
        }
        if (kind === 'set') expect(seen.connected).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('the same input gives the same decision, also after it was stored as text', () => {
    fc.assert(
      fc.property(observation, (drawn) => {
        const input = build(drawn);
        const finite = [
          drawn.share,
          drawn.use,
          drawn.weighted,
          drawn.vegas,
          drawn.satPerVbyte,
          drawn.refill?.ppm,
        ];
        fc.pre(finite.every((one) => one === undefined || Number.isFinite(one)));
        fc.pre(drawn.idleDays === undefined || Number.isFinite(drawn.idleDays));
        const { seen, state, market, law } = input;
        const once = decideFee(seen, state, market, law);
        expect(decideFee(seen, state, market, law)).toEqual(once);
        const stored = fromText(toText(input)) as typeof input;
        const replayed = decideFee(stored.seen, stored.state, stored.market, stored.law);
        expect(fromText(toText(replayed))).toEqual(fromText(toText(once)));
      }),
    );
  });

  test('an emptier channel is never cheaper', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: 0, max: 6 }), (a, b, rung) => {
        const fresh = stateAs();
        const state = { ...fresh, ladder: { ...fresh.ladder, rung } };
        const at = (part: number) =>
          decideFee(seenAs({ share: share(part) }), state, MARKET, LAW).next.target;
        expect(at(Math.min(a, b))).toBeGreaterThanOrEqual(at(Math.max(a, b)));
      }),
    );
  });
});

test('gossip: at most 4 updates in any 24 h besides leaving and commands, whatever an adversary does', () => {
  const move = fc.record({
    minutes: fc.integer({ min: 1, max: 400 }),
    use: fc.constantFrom(0, 0, 0.75, 0.95),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    idle: fc.constantFrom(0, 40),
    granted: fc.boolean(),
    feerate: fc.constantFrom(1, 20, 300),
    anchor: fc.integer({ min: 1, max: 6000 }),
  });
  fc.assert(
    fc.property(fc.array(move, { minLength: 20, maxLength: 120 }), (moves) => {
      let state = anchoredAt(100);
      let onNode = seenAs().onNode;
      let now: number = SETTLED;
      const updates: { at: number; counted: boolean }[] = [];
      for (const { minutes, use, part, idle, granted, feerate, anchor } of moves) {
        now += minutes * 60_000;
        const seen = seenAs({
          at: unixMs(now),
          onNode,
          share: share(part),
          slots: { use: share(use), secondLook: true, weighted: share(use) },
          idleDays: idle,
          probeGranted: granted,
          books: { class: idle > 0 ? 'ZOMBIE' : 'BREAK_EVEN', roi: 0, marginalRoi: 0 },
        });
        const learned = { ...state, climber: { ...state.climber, anchor } };
        const decision = decideFee(seen, learned, { ...MARKET, satPerVbyte: feerate }, CLIMB);
        state = decision.next;
        if (decision.kind !== 'set') continue;
        const leaving = learned.ruledBy !== 'price' && decision.ruledBy !== learned.ruledBy;
        updates.push({ at: now, counted: !leaving });
        const { ppm: rate, base, htlcMax } = decision.target;
        onNode = { ...onNode, ppm: rate, base, htlcMax: htlcMax ?? onNode.htlcMax };
      }
      for (const { at } of updates) {
        const day = updates.filter((one) => one.at > at - DAY_MS && one.at <= at);
        expect(day.filter(({ counted }) => counted).length).toBeLessThanOrEqual(4);
      }
      expect(state.gossip.tokens).toBeLessThanOrEqual(2);
    }),
  );
});
