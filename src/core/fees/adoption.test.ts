import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DYNAMIC } from '../policy/policy.ts';
import { DAY_MS, HOUR_MS, msat, ppm, share, unixMs } from '../units.ts';
import { toText } from '../wire-text.ts';
import { adoptOutside, afterUnknown, newFeeState } from './adoption.ts';
import { decideFee } from './alpha-sequence.ts';
import {
  anchoredAt,
  asking,
  CHANNEL,
  CLIMB,
  LAW,
  MARKET,
  SETTLED,
  seenAs,
  stateAs,
} from './channel.fixture.ts';
import { decideManual } from './manual.ts';
import { withoutSpecials } from './restore.ts';

describe('first sight', () => {
  test('what the node asks is the baseline, and the price goes on', () => {
    const seen = asking(250, { share: share(0.2) });
    for (const law of [LAW, CLIMB]) {
      const state = newFeeState(seen, MARKET, law);
      expect(state).toMatchObject({
        channelId: CHANNEL,
        firstSeenAt: SETTLED,
        baseline: { ppm: 250, base: 0n, htlcMax: seen.onNode.htlcMax },
        sent: { ppm: 250, base: 0n, at: SETTLED },
        ruledBy: 'price',
        target: 250,
        gossip: { tokens: 2, at: SETTLED },
        dayOpen: { ppm: 250, at: SETTLED },
        sends: [],
        pricedBy: law.learner,
        outsideChanges: [],
        probesEnded: [],
      });
      expect(decideFee(seen, state, MARKET, law)).toMatchObject({
        kind: 'hold',
        target: { ppm: 250 },
      });
    }
  });

  test('a price outside the band goes back into it', () => {
    const state = newFeeState(asking(9000), MARKET, LAW);
    expect(state.target).toBe(5000);
    expect(decideFee(asking(9000), state, MARKET, LAW)).toMatchObject({
      kind: 'set',
      target: { ppm: 5000 },
    });
  });

  test('a channel opened while we run starts at the learner\u2019s price, not at lightningd\u2019s default', () => {
    const fresh = asking(10, { share: share(0.9) });
    const state = newFeeState(fresh, MARKET, LAW, 'opened');
    expect(state).toMatchObject({ target: 132, sent: { ppm: 10 }, dayOpen: { ppm: 132 } });
    expect(decideFee(fresh, state, MARKET, LAW)).toMatchObject({
      kind: 'set',
      target: { ppm: 132 },
    });
    expect(state.anchorSent).toBeCloseTo(10 / 20 ** (0.5 - 0.9), 9);
    const climbing = newFeeState(fresh, MARKET, CLIMB, 'opened');
    expect(climbing.climber.anchor).toBe(300);
    expect(climbing.anchorSent).toBe(10);
    expect(decideFee(fresh, climbing, MARKET, CLIMB).target.ppm).toBe(300);
  });

  test('a malformed look begins a state that can be stored, and prices nothing', () => {
    for (const law of [LAW, CLIMB]) {
      const odd = seenAs({ share: Number.NaN as never });
      const state = newFeeState(odd, MARKET, law);
      expect(toText(state)).not.toContain('null');
      expect(state.target).toBe(100);
    }
  });

  test('adopting changes no price inside the band, for either learner and any moment', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 5000 }),
        unit,
        unit,
        fc.constantFrom<1 | 1.2>(1, 1.2),
        fc.constantFrom(LAW, CLIMB),
        (rate, part, slots, hold, law) => {
          const seen = asking(rate, {
            share: share(part),
            hold,
            slots: { use: share(0), secondLook: false, weighted: share(slots) },
          });
          const found = newFeeState(seen, MARKET, law);
          expect(decideFee(seen, found, MARKET, law)).toMatchObject({
            kind: 'hold',
            target: { ppm: rate },
          });
          const outside = adoptOutside(stateAs({}, { law }), seen, MARKET, law).state;
          expect(decideFee(seen, outside, MARKET, law)).toMatchObject({
            kind: 'hold',
            target: { ppm: rate },
          });
        },
      ),
    );
  });
});

describe('a price someone else set', () => {
  const state = stateAs({ ruledBy: 'fire-sale', probe: { since: SETTLED }, firstSeenAt: SETTLED });

  test('original 801ff70 (a price set by others was overwritten): it is adopted, and the special rule it replaced is over', () => {
    const { state: adopted } = adoptOutside(state, asking(321), MARKET, LAW);
    expect(adopted).toMatchObject({
      ruledBy: 'price',
      target: 321,
      sent: { ppm: 321, at: SETTLED },
      dayOpen: { ppm: 321, at: SETTLED },
      outsideChanges: [SETTLED],
    });
    expect(adopted.probe).toBeUndefined();
  });

  test('the second within a day yields the channel', () => {
    const first = adoptOutside(state, asking(321), MARKET, LAW);
    expect(first.yield).toBe(false);
    const soon = { at: unixMs(SETTLED + DAY_MS - 1) };
    expect(adoptOutside(first.state, asking(322, soon), MARKET, LAW).yield).toBe(true);
    const next = adoptOutside(
      first.state,
      asking(322, { at: unixMs(SETTLED + DAY_MS) }),
      MARKET,
      LAW,
    );
    expect(next.yield).toBe(false);
    expect(next.state.outsideChanges).toHaveLength(1);
    const many = { ...state, outsideChanges: Array.from({ length: 12 }, () => SETTLED) };
    expect(adoptOutside(many, asking(5), MARKET, LAW).state.outsideChanges).toHaveLength(10);
  });

  test('a passive channel is theirs: noted, never counted', () => {
    const passive = asking(321, { policy: { ...DYNAMIC, strategy: 'passive' } });
    const { state: noted, yield: yields } = adoptOutside(
      { ...state, outsideChanges: [SETTLED, SETTLED] },
      passive,
      MARKET,
      LAW,
    );
    expect(yields).toBe(false);
    expect(noted.outsideChanges).toHaveLength(2);
    expect(noted.target).toBe(321);
  });

  it.each(['static', 'hive'] as const)('a %s policy is not talked out of its price', (strategy) => {
    const pinned = asking(321, { policy: { ...DYNAMIC, strategy, feePpm: ppm(50) } });
    const before = stateAs({ ruledBy: 'policy' });
    const adoption = adoptOutside(before, pinned, MARKET, LAW);
    expect(adoption.state).toEqual({
      ...before,
      sent: { ppm: 321, base: 0n, at: SETTLED },
      outsideChanges: [SETTLED],
    });
    expect(decideFee(pinned, adoption.state, MARKET, LAW).kind).toBe('set');
  });

  test('a malformed one is not adopted', () => {
    expect(adoptOutside(state, asking(Number.NaN), MARKET, LAW)).toEqual({ state, yield: false });
  });
});

describe('after an act without an answer', () => {
  const send = (rate: number, rule: 'price' | 'congestion', hoursAgo: number) => ({
    at: unixMs(SETTLED - hoursAgo * HOUR_MS),
    ppm: ppm(rate),
    rule,
    gossip: true,
  });
  const asked = stateAs({
    unknownSince: SETTLED,
    ruledBy: 'price',
    sent: { ppm: ppm(120), base: msat(0n), at: SETTLED },
    sends: [send(5000, 'congestion', 2), send(120, 'price', 1)],
  });

  test('it was done: nothing but the doubt goes', () => {
    expect(afterUnknown(asked, asking(120))).toEqual({ ...asked, unknownSince: undefined });
    const crowded = {
      ...asked,
      ruledBy: 'congestion' as const,
      sent: { ...asked.sent, ppm: ppm(5000) },
      sends: [send(5000, 'congestion', 1)],
    };
    expect(afterUnknown(crowded, asking(5000)).ruledBy).toBe('congestion');
  });
  test('it was not: the price is the one before, of the rule before', () => {
    expect(afterUnknown(asked, asking(5000))).toEqual({
      ...asked,
      unknownSince: undefined,
      sent: { ppm: 5000, base: 0n, at: SETTLED },
      ruledBy: 'congestion',
    });
    expect(afterUnknown(asked, asking(77)).ruledBy).toBe('price');
    const onlyOne = {
      ...asked,
      ruledBy: 'congestion' as const,
      sends: [send(77, 'congestion', 1)],
    };
    expect(afterUnknown(onlyOne, asking(77)).ruledBy).toBe('price');
  });
  test('another base fee is another price', () => {
    const { onNode } = seenAs();
    const based = seenAs({ onNode: { ...onNode, ppm: ppm(120), base: msat(5n) } });
    expect(afterUnknown(asked, based).sent.base).toBe(5n);
  });
});

describe('a price by hand', () => {
  const poor = stateAs({ gossip: { tokens: -1, at: SETTLED }, probe: { since: SETTLED } });
  const fee = (rate: number, htlcMax?: bigint) => ({
    ppm: ppm(rate),
    base: msat(0n),
    htlcMax: htlcMax === undefined ? undefined : msat(htlcMax),
  });

  test('a pin is sent whatever the bucket holds, counted, and leaves the learner as it is', () => {
    const away = seenAs({ connected: false });
    const decision = decideManual(away, poor, fee(777), LAW, 'pinned', 'manual');
    expect(decision).toMatchObject({
      kind: 'set',
      target: { ppm: 777, base: 0n, htlcMax: undefined },
      ruledBy: 'policy',
      binding: 'manual',
      trail: [{ rule: 'manual', verdict: 'applies', value: 777, because: 'pinned' }],
      next: { ruledBy: 'policy', gossip: { tokens: -2 }, sent: { ppm: 777 } },
    });
    expect(decision.next.ladder).toEqual(poor.ladder);
    expect(decision.next.probe).toBeUndefined();
  });

  test('nothing is a price that can be asked for by hand', () => {
    const free = decideManual(seenAs(), stateAs(), fee(0), LAW, 'pinned', 'manual');
    expect(free).toMatchObject({ kind: 'set', target: { ppm: 0 } });
  });

  test('an undo is adopted, else the next cycle would take it back', () => {
    const decision = decideManual(seenAs(), stateAs(), fee(777), LAW, 'undone', 'undo');
    expect(decision).toMatchObject({ kind: 'set', ruledBy: 'price', next: { target: 777 } });
    expect(decision.next.dayOpen).toEqual({ ppm: 777, at: SETTLED });
    expect(decideFee(asking(777), decision.next, MARKET, LAW)).toMatchObject({
      kind: 'hold',
      target: { ppm: 777 },
    });
  });

  test('equal to the node: no call', () => {
    const decision = decideManual(seenAs(), stateAs(), fee(100), LAW, 'pinned', 'manual');
    expect(decision.kind).toBe('hold');
    expect(decision.next.sends).toEqual([]);
    const { onNode } = seenAs();
    const based = seenAs({ onNode: { ...onNode, base: msat(1n) } });
    expect(decideManual(based, stateAs(), fee(100), LAW, 'x', 'manual').kind).toBe('set');
    const same = fee(100, onNode.htlcMax);
    expect(decideManual(seenAs(), stateAs(), same, LAW, 'x', 'manual').kind).toBe('hold');
    expect(decideManual(seenAs(), stateAs(), fee(100, 5n), LAW, 'x', 'manual')).toMatchObject({
      kind: 'set',
      target: { htlcMax: 5n },
    });
  });

  test('out of a fire sale the htlcmax comes back with it', () => {
    const { onNode } = seenAs();
    const low = seenAs({ onNode: { ...onNode, ppm: ppm(1), htlcMax: msat(5n) } });
    const sale = stateAs({ ruledBy: 'fire-sale', htlcMaxBefore: msat(99n) });
    const decision = decideManual(low, sale, fee(777), LAW, 'pinned', 'manual');
    expect(decision.target).toMatchObject({ htlcMax: 99n, enforceDelay: 0 });
    const named = decideManual(low, sale, fee(777, 50n), LAW, 'undone', 'undo');
    expect(named.target).toMatchObject({ htlcMax: 50n, enforceDelay: 0 });
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('%d is no price', (rate) => {
    const odd = { ...fee(1), ppm: rate as never };
    const decision = decideManual(seenAs(), poor, odd, LAW, 'pinned', 'undo');
    expect(decision).toMatchObject({ kind: 'hold', next: poor });
    expect(decision.trail).toEqual([
      { rule: 'undo', verdict: 'passes', because: `${rate} is no price` },
    ]);
  });
});

describe('leaving nothing behind', () => {
  const { onNode } = seenAs();
  const low = seenAs({ onNode: { ...onNode, ppm: ppm(1), htlcMax: msat(5n) }, connected: false });
  const sale = anchoredAt(100, {
    ruledBy: 'fire-sale',
    sent: { ppm: ppm(1), base: msat(0n), at: SETTLED },
    htlcMaxBefore: msat(99n),
    probe: { since: SETTLED },
    gossip: { tokens: -1, at: SETTLED },
  });

  test('rules 1 to 3 give way to rule 4, without a token, with the peer away', () => {
    const decision = withoutSpecials(low, sale, MARKET, CLIMB);
    expect(decision).toMatchObject({
      kind: 'set',
      target: { ppm: 100, base: 0n, htlcMax: 99n, enforceDelay: 0 },
      ruledBy: 'price',
      binding: 'restore',
      next: { ruledBy: 'price', sent: { ppm: 100 }, gossip: { tokens: -2 } },
    });
    expect(decision.next.probe).toBeUndefined();
    expect(decision.next.htlcMaxBefore).toBeUndefined();
    expect(decision.trail.at(-1)).toEqual({
      rule: 'restore',
      verdict: 'applies',
      value: 100,
      because: 'fire-sale ends with us: 1 → 100 ppm',
    });
  });

  test('also in the first week, when the episode was far from rule 4\u2019s price', () => {
    const young = { ...sale, ruledBy: 'congestion' as const, firstSeenAt: SETTLED };
    const top = { ...young, sent: { ppm: ppm(5000), base: msat(0n), at: SETTLED } };
    expect(withoutSpecials(asking(5000), top, MARKET, CLIMB).target.ppm).toBe(100);
  });

  it.each([
    ['rule 4', { ruledBy: 'price' as const }, low, 'the price is of rule price'],
    ['rule 0', { ruledBy: 'policy' as const }, low, 'the price is of rule policy'],
    ['a price of someone else', {}, asking(2), 'someone else has set the price since'],
    [
      'nothing to restore to',
      {},
      { ...low, share: Number.NaN as never },
      'rule 4 has no price now',
    ],
  ])('%s is left as it is', (_, change, seen, because) => {
    const state = { ...sale, ...change };
    expect(withoutSpecials(seen, state, MARKET, CLIMB)).toEqual({
      kind: 'leave',
      target: { ppm: seen.onNode.ppm, base: 0n, htlcMax: undefined, enforceDelay: undefined },
      ruledBy: state.ruledBy,
      binding: 'restore',
      trail: [{ rule: 'restore', verdict: 'passes', because }],
      next: state,
      lookAgainMs: undefined,
    });
  });

  test('the price is right but the base fee or htlcmax is not: both are part of what is left behind', () => {
    const there = { ...sale, sent: { ...sale.sent, ppm: ppm(100) } };
    const lowered = asking(100, { onNode: { ...onNode, ppm: ppm(100), htlcMax: msat(5n) } });
    expect(withoutSpecials(lowered, there, MARKET, CLIMB)).toMatchObject({
      kind: 'set',
      target: { ppm: 100, htlcMax: 99n },
    });
    const based = asking(100, { onNode: { ...onNode, ppm: ppm(100), base: msat(7n) } });
    expect(
      withoutSpecials(based, { ...there, htlcMaxBefore: undefined }, MARKET, CLIMB),
    ).toMatchObject({ kind: 'set', target: { ppm: 100, base: 0n } });
  });

  test('already there: no call, and the episode is over', () => {
    const state = { ...sale, htlcMaxBefore: undefined, sent: { ...sale.sent, ppm: ppm(100) } };
    const decision = withoutSpecials(asking(100), state, MARKET, CLIMB);
    expect(decision).toMatchObject({ kind: 'hold', next: { ruledBy: 'price' } });
  });
});
