import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, msat, ppm, share, unixMs } from '../units.ts';
import { CLIMB, evidenceAs, SETTLED, sale } from './channel.fixture.ts';
import {
  adoptIntoClimber,
  type ClimbLook,
  climb,
  climberReason,
  referenceOf,
  startClimber,
} from './hill-climbing.ts';
import type { ClimberState, ClimbWindow } from './hill-climbing.types.ts';
import type { Sale } from './types.ts';

const LOOK: ClimbLook = { product: 1, ruled: false, inForce: true, shielded: false };
const START_CLIMB = startClimber(1000, SETTLED, 1, CLIMB);
const window = (anchor: number, change: Partial<ClimbWindow> = {}): ClimbWindow => ({
  anchor,
  hours: 10,
  revenue: 1000,
  count: 100,
  squares: 100,
  comparable: true,
  until: SETTLED,
  ...change,
});
const climber = (change: Partial<ClimberState> = {}): ClimberState => ({
  ...START_CLIMB,
  ...change,
});
/** At 1100 after 1000: `rate` an hour now, 100 before, hardly any noise. */
const compared = (rate: number, change: Partial<ClimberState> = {}): ClimberState =>
  climber({
    anchor: 1100,
    step: 100,
    past: [window(1000)],
    current: window(1100, { revenue: rate * 10 }),
    ...change,
  });
const quiet = { routableHours: 0 };
const step = (state: ClimberState, change = {}, look: Partial<ClimbLook> = {}, law = CLIMB) =>
  climb(state, evidenceAs({ ...quiet, ...change }), { ...LOOK, ...look }, law);

describe('the signal', () => {
  test('fees in msat per routable hour, weighted by reputation and uptime', () => {
    const heard = step(START_CLIMB, {
      routableHours: 0.5,
      uptime: share(0.8),
      sales: [sale(10_000, 1000, { weight: 0.5 })],
    });
    expect(heard.current).toMatchObject({
      hours: 0.5,
      revenue: 4000,
      squares: 16_000_000,
      count: 1,
    });
    expect(heard.current.until).toBe(SETTLED);
  });

  test('original 4.4, integer-sat truncation: 300 msat are 300 msat', () => {
    expect(step(START_CLIMB, { sales: [sale(1, 300_000)] }).current.revenue).toBe(300);
  });

  test('the shield counts a PROFITABLE channel whole', () => {
    const sales = [sale(10_000, 1000, { weight: 0.5 })];
    expect(step(START_CLIMB, { sales }, { shielded: true }).current.revenue).toBe(10_000);
  });

  test('an outlier counts five times the median of what was paid', () => {
    const paid = [5, 1, 4, 2, 3].map((fee) => ({ ppm: 1000, fee: fee * 1000 }));
    const huge = [sale(100_000, 1000)];
    expect(step(climber({ paid }), { sales: huge }).current.revenue).toBe(20_000);
    expect(step(climber({ paid: paid.slice(1) }), { sales: huge }).current.revenue).toBe(15_000);
    expect(step(climber({ paid: paid.slice(2) }), { sales: huge }).current.revenue).toBe(100_000);
  });

  test('lessons 1.3 (no liquidity taken for a price too high): time that is not routable is no time', () => {
    expect(step(START_CLIMB, { routableHours: -3 }).current.hours).toBe(0);
  });

  test('paid forwards are remembered as the anchor that asked for them, the last 30', () => {
    const sales = [sale(10_000, 600), sale(0, 0), sale(10_000, 0)];
    const heard = step(climber({ product: 2 }), { sales }, { product: 2 });
    expect(heard.paid).toEqual([{ ppm: 300, fee: 6000 }]);
    const many = Array.from({ length: 40 }, (_, i) => sale(1000, 1000 + i));
    const kept = step(START_CLIMB, { sales: many }).paid;
    expect(kept).toHaveLength(30);
    expect(kept.at(-1)?.ppm).toBe(1039);
  });

  test('dry days are routable days without a paid forward', () => {
    expect(step(climber({ dryDays: 3 }), { routableHours: 12 }).dryDays).toBe(3.5);
    expect(step(climber({ dryDays: 3 }), { sales: [sale(1, 1)] }).dryDays).toBe(0);
  });
});

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

describe('not compared', () => {
  it.each<[string, Partial<ClimbLook>]>([
    ['rules 0 to 3 ruled', { ruled: true }],
    ['the multipliers rose by more than 10 %', { product: 1.1001 }],
    ['the multipliers fell by more than 10 %', { product: 0.8999 }],
  ])('%s: shown, and a new window begins', (_, look) => {
    const before = compared(200, { calmWindows: 2, sleepUntil: unixMs(SETTLED + DAY_MS) });
    const after = step(before, {}, look);
    expect(after.anchor).toBe(1100);
    expect(after.past.at(-1)).toMatchObject({ anchor: 1100, comparable: false, revenue: 2000 });
    expect(after.current).toMatchObject({ anchor: 1100, hours: 0, comparable: true });
    expect(after.product).toBe(look.product ?? 1);
    expect(after.calmWindows).toBe(0);
    expect(after.sleepUntil).toBeUndefined();
  });
  test('10 % itself is still compared', () => {
    expect(step(compared(200), {}, { product: 1.0999 }).anchor).toBe(1250);
    expect(step(compared(200), {}, { product: 0.9001 }).anchor).toBe(1250);
  });
  it.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY])(
    'a product of %d teaches nothing',
    (product) => {
      const before = compared(200);
      expect(step(before, { sales: [sale(1, 1)] }, { product })).toBe(before);
    },
  );
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

describe('deadband', () => {
  const calm = (rate: number, calmWindows: number, before = 100) =>
    compared(rate, {
      calmWindows,
      past: [window(1000, { revenue: before * 10 })],
      current: window(1100, { hours: 48, revenue: 48 * rate, squares: 1e9 }),
      exploreSide: -1,
    });

  test('less than 1 % for 3 windows sleeps for 4 intervals, at the same anchor', () => {
    const asleep = step(calm(100.9, 2));
    expect(asleep).toMatchObject({
      anchor: 1100,
      sleepUntil: SETTLED + 4 * CLIMB.feeIntervalMs,
      calmWindows: 0,
      current: { anchor: 1100, hours: 0 },
    });
    expect(asleep.sleepRate).toBeCloseTo(100.9, 9);
    expect(step(calm(100.9, 1))).toMatchObject({
      anchor: 900,
      calmWindows: 2,
      sleepUntil: undefined,
    });
    expect(step(calm(101, 2))).toMatchObject({ calmWindows: 0, sleepUntil: undefined });
    expect(step(calm(99.1, 2)).sleepUntil).toBeDefined();
    expect(step(calm(99, 2)).sleepUntil).toBeUndefined();
  });

  test('original 4.5, 0 → busy is not calm; nor is busy → 0, nor 0 → 0', () => {
    for (const [before, rate] of [
      [0, 100],
      [100, 0],
      [0, 0],
    ] as const)
      expect(step(calm(rate, 2, before))).toMatchObject({ calmWindows: 0, sleepUntil: undefined });
  });

  const asleep = (change: Partial<ClimberState> = {}) =>
    compared(200, { sleepUntil: unixMs(SETTLED + HOUR_MS), sleepRate: 200, ...change });

  test('asleep it takes no step, awake it does', () => {
    expect(step(asleep()).anchor).toBe(1100);
    const over = step(asleep({ sleepUntil: SETTLED, calmWindows: 2 }));
    expect(over).toMatchObject({ anchor: 1250, sleepUntil: undefined, calmWindows: 0 });
  });

  it.each([
    [240, false],
    [241, true],
    [160, false],
    [159, true],
  ])('a rate of %d after 200 wakes it: %s', (rate, wakes) => {
    const state = asleep({ current: window(1100, { revenue: rate * 10 }) });
    expect(step(state).sleepUntil === undefined).toBe(wakes);
  });

  test('the first hour says nothing yet', () => {
    const early = (hours: number) =>
      asleep({ current: window(1100, { hours, revenue: 0, squares: 0 }) });
    expect(step(early(0.9)).sleepUntil).toBeDefined();
    expect(step(early(1)).sleepUntil).toBeUndefined();
  });

  test('original 2c741ae (nothing but time woke it): another config wakes it', () => {
    const woken = step(asleep({ calmWindows: 1 }), {}, {}, { ...CLIMB, version: 2 });
    expect(woken).toMatchObject({ sleepUntil: undefined, configVersion: 2 });
    expect(step(asleep(), {}, {}, CLIMB).configVersion).toBe(1);
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
