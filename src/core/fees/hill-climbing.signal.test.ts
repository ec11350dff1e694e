/** What counts as a difference, and when there is none: the signal, windows left out, the deadband. */
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, HOUR_MS, share, unixMs } from '../units.ts';
import { CLIMB, SETTLED, sale } from './channel.fixture.ts';
import { climber, compared, START_CLIMB, step, window } from './hill-climbing.fixture.ts';
import type { ClimbLook } from './hill-climbing.ts';
import type { ClimberState } from './hill-climbing.types.ts';

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
