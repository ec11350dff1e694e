/** Rule 4: the price, and what of it is sent. */
import { describe, expect, it, test } from 'vitest';
import { HOUR_MS, msat, ppm, share, unixMs } from '../units.ts';
import { decide, full, STATIC } from './alpha-sequence.fixture.ts';
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
