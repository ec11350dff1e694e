/** Hill climbing (SPEC 3.1): its steps, and where they lead. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, msat, ppm, unixMs } from '../units.ts';
import { CLIMB, evidenceAs, SETTLED, sale } from './channel.fixture.ts';
import { climber, compared, LOOK, START_CLIMB, step, window } from './hill-climbing.fixture.ts';
import { adoptIntoClimber, climb, climberReason, startClimber } from './hill-climbing.ts';

describe('the first step', () => {
  test('10 % upward, once an hour said more than its own noise', () => {
    const told = climber({ current: window(1000, { hours: 1, revenue: 200, squares: 20_000 }) });
    const stepped = step(told);
    expect(stepped).toMatchObject({ anchor: 1100, direction: 1, step: 100 });
    expect(stepped.past).toEqual([told.current]);
    expect(stepped.current).toEqual({
      anchor: 1100,
      hours: 0,
      revenue: 0,
      count: 0,
      squares: 0,
      comparable: true,
      until: SETTLED,
    });
  });

  it.each([
    ['less than an hour', { hours: 0.99, revenue: 200, squares: 20_000 }],
    ['one forward is not more than its noise', { hours: 40, revenue: 200, squares: 40_000 }],
    ['silence', { hours: 47.9, revenue: 0, squares: 0 }],
  ])('%s is too little', (_, change) => {
    expect(step(climber({ current: window(1000, change) })).anchor).toBe(1000);
  });

  test('original §7 (01-12: waiting for five forwards): after 48 routable hours it is taken anyway', () => {
    const silent = window(1000, { hours: 48, revenue: 0, squares: 0 });
    expect(step(climber({ current: silent })).anchor).toBe(1100);
  });
});

describe('observe', () => {
  test('better: same direction, step × 1.5', () => {
    expect(step(compared(200))).toMatchObject({
      anchor: 1250,
      direction: 1,
      step: 150,
      calmWindows: 0,
    });
  });
  test('original 4.5 (a step of 5 % no broadcast let through): worse reverses, the step halves, but never to less than what would be broadcast', () => {
    expect(step(compared(50, { step: 300 }))).toMatchObject({
      anchor: 950,
      direction: -1,
      step: 150,
    });
    expect(step(compared(50))).toMatchObject({ anchor: 1044, direction: -1, step: 56 });
  });
  test('downhill the direction is down', () => {
    const down = (rate: number) =>
      compared(rate, { anchor: 900, current: window(900, { revenue: rate * 10 }) });
    expect(step(down(200))).toMatchObject({ anchor: 750, direction: -1 });
    expect(step(down(50))).toMatchObject({ anchor: 950, direction: 1 });
  });
  test('at most min(200 ppm, 25 %)', () => {
    expect(step(compared(200, { step: 190 })).step).toBe(200);
    const cheap = compared(200, {
      anchor: 110,
      step: 60,
      past: [window(100)],
      current: window(110, { revenue: 2000 }),
    });
    expect(step(cheap).step).toBe(27.5);
  });
  test('1 ppm steps for cheap channels', () => {
    const cheap = compared(200, {
      anchor: 3,
      step: 0.1,
      past: [window(2)],
      current: window(3, { revenue: 2000 }),
    });
    const free = { ...CLIMB, minPpm: ppm(0) };
    expect(step(cheap, {}, {}, free)).toMatchObject({ anchor: 4, step: 1 });
  });
  test('the least step is one of the price, not of the anchor', () => {
    const doubled = compared(50, { product: 2 });
    expect(step(doubled, {}, { product: 2 }).step).toBe(111 / 2);
  });

  test('original 4.5 (equal or chance reversed it): a difference inside the noise of both windows decides nothing', () => {
    const noisy = (squares: number) =>
      compared(200, {
        past: [window(1000, { squares })],
        current: window(1100, { revenue: 2000, squares }),
      });
    expect(step(noisy(499_999)).anchor).toBe(1250);
    expect(step(noisy(500_000)).anchor).toBe(1100);
  });

  test('an hour is needed', () => {
    expect(
      step(compared(200, { current: window(1100, { hours: 0.9, revenue: 900 }) })).anchor,
    ).toBe(1100);
    expect(step(compared(200, { current: window(1100, { hours: 1, revenue: 900 }) })).anchor).toBe(
      1250,
    );
  });

  test('windows within 5 % are pooled, on both sides', () => {
    const state = compared(100, {
      past: [window(1020, { revenue: 3000 }), window(1130, { revenue: 10_000 }), window(1000)],
    });
    const pooled = step(state);
    expect(pooled.anchor).toBe(1250);
    const alone = compared(100, { past: [window(1020, { revenue: 3000 }), window(1000)] });
    expect(step(alone).direction).toBe(-1);
  });

  test('the pool of before holds no other anchors', () => {
    const past = [window(500, { revenue: 100_000 }), window(1000, { revenue: 500 })];
    expect(step(compared(100, { past }))).toMatchObject({ direction: 1 });
  });

  test('what compares with nothing: old, short and incomparable windows', () => {
    const old = unixMs(SETTLED - 14 * DAY_MS - 1);
    for (const past of [
      [window(1000, { until: old })],
      [window(1000, { comparable: false })],
      [window(1000, { hours: 0.5 })],
    ])
      expect(step(compared(50, { past })).anchor).toBe(1210);
    const fresh = [window(1000, { until: unixMs(SETTLED - 14 * DAY_MS) })];
    expect(step(compared(50, { past: fresh })).direction).toBe(-1);
  });

  test('six windows are kept, of the incomparable only the last', () => {
    const past = [1, 2, 3, 4, 5, 6].map((n) => window(n * 100));
    const kept = step(compared(200, { past: [...past, window(1000)] })).past;
    expect(kept.map(({ anchor }) => anchor)).toEqual([300, 400, 500, 600, 1000, 1100]);
    const odd = [window(1000), window(1000, { comparable: false })];
    expect(step(compared(200, { past: odd })).past.map(({ comparable }) => comparable)).toEqual([
      true,
      true,
    ]);
  });

  test('it never climbs to where the node may not ask', () => {
    const top = (product: number) =>
      compared(200, {
        anchor: 4950,
        product,
        past: [window(4000)],
        current: window(4950, { revenue: 2000 }),
      });
    expect(step(top(1)).anchor).toBe(5000);
    expect(step(top(2), {}, { product: 2 }).anchor).toBe(2500);
    const bottom = compared(50, {
      anchor: 11,
      past: [window(9)],
      current: window(11, { revenue: 10 }),
    });
    expect(step(bottom).anchor).toBe(10);
  });
});

describe('a step that was not sent', () => {
  test('what happens belongs to the observation before it: nothing restarts, nothing is lost', () => {
    const before = compared(0, { current: window(1100, { hours: 0, revenue: 0, squares: 0 }) });
    const heard = step(
      before,
      { routableHours: 5, sales: [sale(10_000, 1000)] },
      { inForce: false },
    );
    expect(heard.anchor).toBe(1100);
    expect(heard.current).toEqual(before.current);
    expect(heard.past).toMatchObject([{ anchor: 1000, hours: 15, revenue: 11_000 }]);
  });
  test('not while rules 0 to 3 ruled, and not without one before', () => {
    const before = compared(200);
    const change = { routableHours: 5, sales: [sale(10_000, 1000)] };
    expect(step(before, change, { inForce: false, ruled: true }).past).toEqual(before.past);
    const fresh = step(START_CLIMB, change, { inForce: false });
    expect(fresh.current).toEqual(START_CLIMB.current);
    expect(fresh.past).toEqual([]);
  });
});

describe('adoption', () => {
  test('the found anchor is where the next observation begins', () => {
    const before = compared(200, { sleepUntil: SETTLED, calmWindows: 2, direction: -1 });
    expect(adoptIntoClimber(before, 400, SETTLED, 1.5)).toMatchObject({
      anchor: 400,
      step: 40,
      direction: 1,
      reference: 400,
      product: 1.5,
      sleepUntil: undefined,
      calmWindows: 0,
      current: { anchor: 400, hours: 0 },
      past: [{ anchor: 1000 }, { anchor: 1100 }],
    });
    expect(adoptIntoClimber(before, 0, SETTLED, 1).anchor).toBe(0.01);
  });
});

test('its reason is one line with the numbers that decide', () => {
  expect(climberReason(START_CLIMB, CLIMB, SETTLED)).toBe(
    'at 1000 ppm I earn 0 sat an hour in 0 routable hours, nothing to compare with yet; people paid around 1000 ppm',
  );
  expect(climberReason(compared(1234, { sleepUntil: SETTLED }), CLIMB, SETTLED)).toBe(
    'at 1100 ppm I earn 1.234 sat an hour in 10 routable hours, 0.1 at 1000 ppm; people paid around 1000 ppm; asleep, nothing changes',
  );
});

test('whatever comes, the anchor is a positive number inside the node\u2019s bounds and the state stays small', () => {
  const round = fc.record({
    hours: fc.double({ min: 0, max: 60, noNaN: true }),
    sales: fc.array(fc.integer({ min: 1, max: 3_000_000 }), { maxLength: 6 }),
    product: fc.double({ min: 0.8, max: 1.3, noNaN: true }),
    ruled: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(round, { maxLength: 60 }), (rounds) => {
      let state = startClimber(300, SETTLED, 1, CLIMB);
      let now: number = SETTLED;
      for (const { hours, sales, product, ruled } of rounds) {
        now += 30 * 60_000;
        const before = state.anchor;
        const evidence = evidenceAs({
          from: unixMs(now - 1),
          to: unixMs(now),
          routableHours: hours,
          sales: sales.map((sat) => sale(sat, before * product)),
          out: msat(0n),
        });
        state = climb(state, evidence, { ...LOOK, product, ruled }, CLIMB);
        expect(state.anchor * product).toBeGreaterThanOrEqual(7);
        expect(state.anchor * product).toBeLessThanOrEqual(8500);
        expect(state.past.length).toBeLessThanOrEqual(6);
        expect(state.paid.length).toBeLessThanOrEqual(30);
      }
      expect(JSON.stringify(state).length).toBeLessThan(2500);
    }),
  );
});
