import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, ppm, unixMs } from '../units.ts';
import { decideFee } from './alpha-sequence.ts';
import { anchoredAt, asking, CLIMB, MARKET, SETTLED } from './channel.fixture.ts';
import type { ChannelFeeState, FeeDecision, FeeSettings } from './types.ts';

/** A chain floor of `floor` ppm: the risk is 3 ppm per sat/vB. */
const under = (floor: number) => ({ ...MARKET, satPerVbyte: floor / 3 });
/** A channel whose learnt price is `anchor`, standing at `on` because a floor put it there. */
const pinned = (on: number, anchor = 12, change: Partial<ChannelFeeState> = {}) =>
  anchoredAt(anchor, {
    madeByFloor: { ppm: ppm(on), configVersion: CLIMB.version },
    gossip: { tokens: 2, at: SETTLED },
    ...change,
  });
const decide = (
  on: number,
  floor: number,
  state = pinned(on),
  law: FeeSettings = CLIMB,
): FeeDecision => decideFee(asking(on), state, under(floor), law);

describe('a price that a chain floor made', () => {
  it.each([
    ['a tenth less floor', 60, 54, 60, 'hold'],
    ['half of it', 60, 30, 60, 'hold'],
    ['just not gone', 60, 10.01, 60, 'hold'],
    ['gone: down to three times what is wanted', 90, 15, 45, 'set'],
    ['the floor rose: obeyed at once, to the ppm', 60, 61, 61, 'set'],
    ['the floor is where it was', 60, 60, 60, 'hold'],
  ] as const)('%s', (_, on, floor, rate, kind) => {
    expect(decide(on, floor)).toMatchObject({ kind, target: { ppm: rate } });
  });

  test('says why it stays, and what binds', () => {
    const { trail, binding, next } = decide(60, 30);
    expect(trail).toContainEqual({
      rule: 'floor: sunk',
      verdict: 'applies',
      value: 60,
      because:
        'a chain floor made it 60 ppm and has sunk to 30 ppm: it stays until ×0.167 of it is wanted, or a price clear of the floor',
    });
    expect(binding).toBe('floor: sunk');
    expect(next.madeByFloor).toEqual({ ppm: 60, configVersion: 1 });
  });

  test('is given up for a learnt price twice above the floor, in either direction', () => {
    expect(decide(60, 20, pinned(60, 39.9)).target.ppm).toBe(60);
    expect(decide(60, 20, pinned(60, 40))).toMatchObject({ kind: 'set', binding: 'anchor' });
    expect(decide(60, 50, pinned(60, 70))).toMatchObject({ kind: 'set', target: { ppm: 70 } });
    expect(decide(60, 50, pinned(60, 70)).next.madeByFloor).toBeUndefined();
  });

  test('is asked anew after any setting changed, a lower ceiling above all', () => {
    expect(decide(60, 30, pinned(60), { ...CLIMB, version: 2 }).target.ppm).toBe(30);
    expect(decide(60, 30, pinned(60), { ...CLIMB, maxPpm: ppm(40) }).target.ppm).toBe(40);
  });

  test('is not what someone else set, nor what the learner asked, nor the operator’s minimum', () => {
    expect(decide(80, 30, pinned(60)).target.ppm).toBe(30);
    expect(decide(60, 30, anchoredAt(12)).target.ppm).toBe(30);
    const least = { ...CLIMB, minPpm: ppm(60) };
    expect(decide(50, 9, anchoredAt(12), least).next.madeByFloor).toBeUndefined();
    expect(decide(60, 60, anchoredAt(90)).next.madeByFloor).toBeUndefined();
  });

  test('a learner that climbs out of it never takes the last token; a balance that does may', () => {
    const last = { gossip: { tokens: 1, at: SETTLED } };
    const climbing = decide(60, 15, pinned(60, 70, { ...last, anchorSent: 20 }));
    expect(climbing).toMatchObject({ kind: 'hold', binding: 'gossip: token' });
    expect(decide(60, 15, pinned(60, 70, { ...last, anchorSent: 70 })).kind).toBe('set');
  });

  test('does not hold what rules 1 to 3 leave behind', () => {
    const after = pinned(60, 12, { ruledBy: 'fire-sale' });
    expect(decide(60, 30, after).target.ppm).toBe(30);
  });
});

/** Decides every half hour under `floors` and does what was decided. */
function live(floors: readonly number[], anchor: number) {
  let state = anchoredAt(anchor, { gossip: { tokens: 2, at: SETTLED } });
  let on = ppm(anchor);
  const prices: number[] = [];
  let sends = 0;
  floors.forEach((floor, i) => {
    const at = unixMs(SETTLED + (i * HOUR_MS) / 2);
    const decision = decideFee(asking(on, { at }), state, under(floor), CLIMB);
    state = decision.next;
    if (decision.kind === 'set') {
      on = decision.target.ppm;
      sends += 1;
    }
    prices.push(on);
  });
  return { prices, sends };
}

test('a floor that jitters by 20 % for 40 days costs a handful of updates, not 4 a day for ever', () => {
  const jitter = fc.array(fc.double({ min: 24, max: 30, noNaN: true }), {
    minLength: 1920,
    maxLength: 1920,
  });
  fc.assert(
    fc.property(jitter, (floors) => {
      expect(live(floors, 12).sends).toBeLessThanOrEqual(30 - 24 + 1);
    }),
    { numRuns: 20 },
  );
});

test('no price is ever above six times what is wanted for longer than tokens are missing, nor below its floor', () => {
  const walk = fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), {
    minLength: 50,
    maxLength: 200,
  });
  fc.assert(
    fc.property(walk, (moves) => {
      let floor = 30;
      const floors = moves.map((move) => {
        floor = Math.min(900, Math.max(3, floor * move));
        return floor;
      });
      // One decision every 6 h: a token is always there.
      const spread = floors.flatMap((one) => new Array<number>(12).fill(one));
      const { prices } = live(spread, 12);
      spread.forEach((one, i) => {
        if (i % 12 !== 11) return;
        const wanted = Math.max(one, 12);
        expect(prices[i]).toBeGreaterThanOrEqual(Math.min(5000, Math.round(one)) - 1);
        expect(prices[i]).toBeLessThan(wanted * 6 + 1);
      });
    }),
    { numRuns: 50 },
  );
});

test('a spike that passed is left in a day, three updates at most', () => {
  const days = (count: number, floor: number) =>
    new Array<number>((count * DAY_MS) / (HOUR_MS / 2)).fill(floor);
  const calm = live([...days(1, 12), ...days(1, 700), ...days(2, 12)], 12);
  expect(calm.prices.at(-1)).toBe(36);
  expect(calm.sends).toBeLessThanOrEqual(3);
});
