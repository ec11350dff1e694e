/** Where it looks when it learns nothing where it is. */
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, ppm, unixMs } from '../units.ts';
import { CLIMB, SETTLED, sale } from './channel.fixture.ts';
import { climber, compared, step, window } from './hill-climbing.fixture.ts';
import { referenceOf, startClimber } from './hill-climbing.ts';
import type { ClimberState } from './hill-climbing.types.ts';
import type { Sale } from './types.ts';

describe('exploration', () => {
  const level = (change: Partial<ClimberState> = {}, hours = 48): ClimberState =>
    compared(100, {
      current: window(1100, { hours, revenue: hours * 100, squares: 1e9 }),
      reference: 1000,
      ...change,
    });

  test('after 48 routable hours of no difference: alternately above and below the reference', () => {
    expect(step(level({}, 47.9)).anchor).toBe(1100);
    const below = step(level({ exploreSide: -1 }));
    expect(below).toMatchObject({ anchor: 900, direction: -1, step: 100, exploreSide: 1 });
    const above = step(
      level({
        exploreSide: 1,
        anchor: 900,
        current: window(900, { hours: 48, squares: 1e9 }),
        past: [window(1200)],
      }),
    );
    expect(above).toMatchObject({ anchor: 1100, direction: 1, exploreSide: -1 });
  });

  test('a side that would tell nothing new is left out', () => {
    expect(step(level({ exploreSide: 1 }))).toMatchObject({ anchor: 900, exploreSide: 1 });
    expect(step(level({ exploreSide: 1, reference: 1055 }))).toMatchObject({ anchor: 955 });
    expect(step(level({ exploreSide: 1, reference: 1056 }))).toMatchObject({ anchor: 1156 });
    const far = step(level({ exploreSide: 1, reference: 1300 }));
    expect(far).toMatchObject({ anchor: 1400, exploreSide: -1 });
  });

  test('whether a side tells something new is asked of the price, not of the anchor', () => {
    const scarce = { product: 3 };
    const at = (exploreSide: 1 | -1, reference: number) =>
      step(level({ exploreSide, reference, product: 3, step: 10 }), {}, scarce);
    // 1100 × 3 is 3300 ppm: less than 166 ppm of price, or 55.3 of anchor, would not be sent.
    expect(at(1, 1101)).toMatchObject({ direction: 1, exploreSide: -1 });
    expect(at(1, 1040)).toMatchObject({ direction: -1, exploreSide: 1 });
    expect(at(-1, 1160)).toMatchObject({ direction: 1, exploreSide: -1 });
  });

  test('it explores no lower than the node may ask, whatever the multipliers', () => {
    const law = { ...CLIMB, minPpm: ppm(1500) };
    const cheap = level({ exploreSide: -1, product: 2 });
    expect(step(cheap, {}, { product: 2 }, law).anchor).toBe(900);
    const dear = { ...CLIMB, minPpm: ppm(1900) };
    expect(step(cheap, {}, { product: 2 }, dear).anchor).toBe(950);
  });

  test('what was seen before exploring or sleeping is compared later', () => {
    expect(step(level()).past.at(-1)).toMatchObject({ anchor: 1100, comparable: true });
  });

  test('the reference is the revenue-weighted median of what was paid', () => {
    const paid = [
      { ppm: 400, fee: 10 },
      { ppm: 100, fee: 10 },
      { ppm: 300, fee: 19 },
    ];
    expect(referenceOf(climber({ paid }), CLIMB)).toBe(300);
    expect(referenceOf(climber({ paid: [...paid, { ppm: 50, fee: 29 }] }), CLIMB)).toBe(100);
    expect(referenceOf(climber({ reference: 777 }), CLIMB)).toBe(777);
  });

  it.each([
    [14, 1000],
    [20.99, 1000],
    [21, 850],
    [28, 722.5],
    [35, 614.125],
    [9999, 10],
  ])('after %d dry routable days it is %d', (dryDays, reference) => {
    expect(referenceOf(climber({ dryDays }), CLIMB)).toBeCloseTo(reference, 9);
  });

  test('it falls to the operator\u2019s minimum, not to nothing, and never rises by being dry', () => {
    expect(referenceOf(climber({ reference: 4, dryDays: 999 }), CLIMB)).toBe(4);
    const free = { ...CLIMB, minPpm: ppm(0) };
    expect(referenceOf(climber({ dryDays: 9999 }), free)).toBe(1);
  });

  test('original 7 (01-12), ratchet down: silence walks around the reference, not down from step to step', () => {
    let state = startClimber(1000, SETTLED, 1, CLIMB);
    const anchors = new Set<number>();
    for (let day = 1; day <= 14; day++) {
      const to = unixMs(SETTLED + day * DAY_MS);
      state = step(state, { from: unixMs(to - DAY_MS), to, routableHours: 24 });
      anchors.add(Math.round(state.anchor));
    }
    expect([...anchors].toSorted((a, b) => a - b)).toEqual([900, 1000, 1100]);
  });

  test('lessons 2026-07-03, pinned at the floor: a dry channel still looks both ways, and climbs when people come', () => {
    let state = climber({
      dryDays: 900,
      anchor: 10,
      reference: 1000,
      current: window(10, { hours: 0, revenue: 0, squares: 0 }),
    });
    let now: number = SETTLED;
    const seen = new Set<number>();
    const day = (sales: Sale[]) => {
      now += DAY_MS;
      state = step(state, {
        from: unixMs(now - DAY_MS),
        to: unixMs(now),
        routableHours: 24,
        sales,
      });
      seen.add(Math.round(state.anchor));
    };
    for (let dry = 0; dry < 30; dry++) day([]);
    expect(seen.size).toBeGreaterThan(1);
    const lowest = state.anchor;
    for (let busy = 0; busy < 40; busy++)
      day(Array.from({ length: 1000 }, () => sale(100_000, state.anchor)));
    expect(state.anchor).toBeGreaterThan(3 * lowest);
  });
});
