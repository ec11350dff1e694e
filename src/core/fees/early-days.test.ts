import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, ppm, unixMs } from '../units.ts';
import { later, START, stateAs } from './channel.fixture.ts';
import { limitEarly } from './early-days.ts';
import type { ChannelFeeState, Send } from './types.ts';

const price = (rate: number, hours: number, rule: Send['rule'] = 'price'): Send => ({
  at: later(hours),
  ppm: ppm(rate),
  rule,
  gossip: true,
});
const opened = (rate: number, ...sends: Send[]): ChannelFeeState =>
  stateAs({ dayOpen: { ppm: ppm(rate), at: START }, sends });
const limit = (wanted: number, state: ChannelFeeState, hours: number) =>
  limitEarly(ppm(wanted), state, later(hours));

describe('the first 7 days', () => {
  it.each([
    ['×1.5 up', 400, 150],
    ['÷1.5 down, rounded inwards', 10, 67],
    ['inside it is free', 120, 120],
    ['the bound itself', 150, 150],
  ])('%s', (_, wanted, allowed) => {
    expect(limit(wanted, opened(100), 30)).toBe(allowed);
  });

  test('they end after exactly 7 days', () => {
    expect(limit(400, opened(100), 7 * 24 - 0.001)).toBe(150);
    expect(limit(400, opened(100), 7 * 24)).toBe(400);
  });

  test('24 h roll: what was asked within them counts, the lowest and the highest', () => {
    const state = opened(100, price(150, 10));
    expect(limit(400, state, 20)).toBe(150);
    expect(limit(50, state, 20)).toBe(100);
    expect(limit(400, state, 33.9)).toBe(150);
    expect(limit(400, state, 34)).toBe(225);
    expect(limit(50, state, 34)).toBe(100);
  });

  test('prices of rules 0 to 3 are no moves of rule 4', () => {
    const state = opened(100, price(5000, 10, 'congestion'), price(0, 11, 'policy'));
    expect(limit(400, state, 12)).toBe(150);
    expect(limit(120, state, 40)).toBe(120);
  });

  test('a send from before the day opened anew does not count', () => {
    const state = stateAs({ dayOpen: { ppm: ppm(300), at: later(20) }, sends: [price(100, 10)] });
    expect(limit(900, state, 21)).toBe(450);
  });

  test('one ppm may always be moved, else 0 and 1 would be for ever', () => {
    expect(limit(400, opened(1), 1)).toBe(2);
    expect(limit(400, opened(0), 1)).toBe(1);
    expect(limit(0, opened(1), 1)).toBe(0);
    expect(limit(0, opened(2), 1)).toBe(1);
  });

  test('after a floor moved it further than that, it stays where it is', () => {
    const state = opened(10, price(60, 1));
    expect(limit(5, state, 2)).toBe(60);
    expect(limit(500, state, 2)).toBe(60);
    expect(limit(5, opened(10, price(60, 1), price(90, 2)), 3)).toBe(90);
  });
});

test('whatever is wanted, the prices of any 24 h are within ×1.5', () => {
  const wish = fc.record({
    hours: fc.integer({ min: 1, max: 30 }),
    wanted: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(wish, { minLength: 1, maxLength: 12 }), (wishes) => {
      let state = opened(200);
      let hours = 0;
      const asked = [{ at: START as number, rate: 200 }];
      for (const { hours: pause, wanted } of wishes) {
        hours += pause;
        if (hours >= 168) break;
        const rate = limitEarly(ppm(wanted), state, later(hours));
        state = { ...state, sends: [...state.sends, price(rate, hours)] };
        asked.push({ at: later(hours), rate });
      }
      for (const [i, { at, rate }] of asked.entries()) {
        const before = asked.slice(0, i);
        const open = before.findLast((one) => one.at <= at - DAY_MS);
        const inForce = before.filter((one) => one.at > at - DAY_MS).concat(open ?? []);
        for (const { rate: other } of inForce)
          expect(Math.max(rate, other) / Math.min(rate, other)).toBeLessThanOrEqual(1.5);
      }
    }),
  );
  expect(unixMs(START + HOUR_MS)).toBe(later(1));
});
