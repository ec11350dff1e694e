/** Rules 0 to 3: policy, congestion, probe and fire sale, and how each of them ends. */
import { describe, expect, test } from 'vitest';
import { DAY_MS, fromSat, HOUR_MS, msat, ppm, unixMs } from '../units.ts';
import { decide, full, policy, STATIC, ZOMBIE } from './alpha-sequence.fixture.ts';
import { anchoredAt, asking, CLIMB, MARKET, SETTLED, seenAs } from './channel.fixture.ts';

const HIVE = policy({ strategy: 'hive' });

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
