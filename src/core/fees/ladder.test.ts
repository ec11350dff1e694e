import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { DAY_MS, fromSat, HOUR_MS, msat, ppm, share, unixMs } from '../units.ts';
import {
  CHANNEL,
  channelNamed,
  evidenceAs,
  LAW,
  MARKET,
  SETTLED,
  sale,
  seenAs,
} from './channel.fixture.ts';
import {
  adoptIntoLadder,
  bestRung,
  climbLadder,
  demand,
  expectedSales,
  ladderAnchor,
  ladderReason,
  RUNGS,
  startLadder,
  worthHere,
} from './ladder.ts';
import type { LadderState } from './ladder.types.ts';

const START_LADDER = startLadder(CHANNEL, SETTLED, ppm(100));
/** No turn comes up by itself. */
const ladder = (change: Partial<LadderState> = {}): LadderState => ({
  ...START_LADDER,
  nextMoveAt: unixMs(SETTLED + 365 * DAY_MS),
  ...change,
});
const AT_640 = { broadcast: 640, taught: true };
const climb = (
  state: LadderState,
  change: Parameters<typeof evidenceAs>[0] = {},
  how = AT_640,
  seen = seenAs(),
) => climbLadder(state, evidenceAs(change), seen, MARKET, how);

test('seven rungs, starting at 640', () => {
  expect(RUNGS).toEqual([40, 80, 160, 320, 640, 1280, 2560]);
  expect(RUNGS[START_LADDER.rung]).toBe(640);
  expect(START_LADDER).toMatchObject({
    sales: [0, 0, 0, 0, 0, 0, 0],
    exposureDays: [0, 0, 0, 0, 0, 0, 0],
    drained: 0,
    drainGuards: 0,
    remainder: { factor: 1 },
    startPpm: 100,
  });
});

test('the prior is 0.3 × (75/p)^0.8 sales a day above p', () => {
  expect(expectedSales(START_LADDER, 0)).toBeCloseTo(0.496046, 5);
  expect(expectedSales(START_LADDER, 4)).toBeCloseTo(0.0539792, 6);
  expect(expectedSales(START_LADDER, 6)).toBeCloseTo(0.017807, 5);
  expect(demand(START_LADDER)[6]).toBeCloseTo(0.017807, 5);
});

test('four days without a sale halve what is believed at and above the price, and nothing below', () => {
  const dry = climb(ladder(), { routableHours: 96 });
  expect(dry.exposureDays).toEqual([0, 0, 0, 0, 4, 4, 4]);
  expect(expectedSales(dry, 4)).toBeCloseTo(0.0539792 / 2, 6);
  expect(demand(dry)[3]).toBe(demand(START_LADDER)[3]);
});

it.each([
  [640 / 0.95 - 0.001, [0, 0, 0, 0, 1, 1, 1]],
  [640 / 0.95 + 0.001, [0, 0, 0, 0, 0, 1, 1]],
  [0, [1, 1, 1, 1, 1, 1, 1]],
  [5000, [0, 0, 0, 0, 0, 0, 0]],
])('at %d ppm the exposed bins gain the time', (broadcast, days) => {
  const after = climb(ladder(), { routableHours: 24 }, { broadcast, taught: true });
  expect(after.exposureDays).toEqual(days);
});

describe('credit of sales', () => {
  const sold = (state: LadderState) => state.sales.reduce((sum, one) => sum + one, 0);

  test('a whole sale is 50 000 sat, less counts in proportion, more counts one', () => {
    expect(sold(climb(ladder(), { sales: [sale(50_000, 640)] }))).toBeCloseTo(1, 12);
    expect(sold(climb(ladder(), { sales: [sale(5_000, 640)] }))).toBeCloseTo(0.1, 12);
    expect(sold(climb(ladder(), { sales: [sale(5_000_000, 640)] }))).toBeCloseTo(1, 12);
  });

  test('it is spread over the exposed bins as they are believed', () => {
    const after = climb(ladder(), { sales: [sale(50_000, 640)] });
    const believed = demand(climb(ladder())).slice(4);
    const sum = believed.reduce((total, one) => total + one, 0);
    expect(after.sales.slice(0, 4)).toEqual([0, 0, 0, 0]);
    after.sales.slice(4).forEach((share, i) => {
      expect(share).toBeCloseTo((believed[i] ?? 0) / sum, 12);
    });
  });

  test('the in-peer\u2019s weight counts, unless the channel is PROFITABLE', () => {
    const sales = [sale(50_000, 640, { weight: 0.5 })];
    expect(sold(climb(ladder(), { sales }))).toBeCloseTo(0.5, 12);
    const seen = seenAs({ books: { class: 'PROFITABLE', roi: 1, marginalRoi: 1 } });
    expect(sold(climb(ladder(), { sales }, AT_640, seen))).toBeCloseTo(1, 12);
  });

  test('wash and spam: at most 3 a channel and day, and the next day is a new one', () => {
    const many = Array.from({ length: 40 }, () => sale(50_000, 640));
    const first = climb(ladder(), { sales: many });
    expect(sold(first)).toBeCloseTo(3, 12);
    expect(first.today).toEqual({ day: Math.floor(SETTLED / DAY_MS), credited: 3 });
    const again = climb(first, { sales: many });
    expect(sold(again)).toBeCloseTo(3, 12);
    const next = many.map((one) => ({ ...one, at: unixMs(one.at + DAY_MS) }));
    const after = climb(first, { sales: next });
    expect(sold(after)).toBeCloseTo(6, 12);
    expect(sold(climb(after, { sales: many }))).toBeCloseTo(6, 12);
  });

  test('dust flood: a thousand forwards of 10 sat are a fifth of one sale', () => {
    const dust = Array.from({ length: 1000 }, () => sale(10, 640));
    expect(sold(climb(ladder(), { sales: dust }))).toBeCloseTo(0.2, 9);
  });

  test('a sale above every rung teaches nothing but uses no credit', () => {
    const after = climb(
      ladder(),
      { sales: [sale(50_000, 5000)] },
      { broadcast: 5000, taught: true },
    );
    expect(sold(after)).toBe(0);
    expect(after.today.credited).toBe(0);
  });

  test('worthless sales add nothing, malformed ones neither', () => {
    expect(sold(climb(ladder(), { sales: [sale(0, 0)] }))).toBe(0);
    const odd = [sale(50_000, 640, { weight: Number.NaN })];
    expect(sold(climb(ladder(), { sales: odd }))).toBe(0);
  });
});

test('sales and exposure lose half their weight in 60 days', () => {
  const old = ladder({ sales: [0, 0, 0, 0, 2, 0, 0], exposureDays: [8, 0, 0, 0, 0, 0, 0] });
  const to = unixMs(SETTLED + 60 * DAY_MS);
  const after = climb(old, { to, routableHours: 0 });
  expect(after.sales[4]).toBeCloseTo(1, 12);
  expect(after.exposureDays[0]).toBeCloseTo(4, 12);
  expect(after.at).toBe(to);
  expect(climb(old, { to: unixMs(SETTLED - DAY_MS), routableHours: 0 }).sales[4]).toBe(2);
});

test('rules 0 to 3 teach nothing: time passes, no exposure, no sale, no drain', () => {
  const sales = [sale(50_000, 5000)];
  const out = fromSat(9_000_000);
  const after = climb(ladder(), { sales, out, routableHours: 24 }, { broadcast: 5, taught: false });
  expect(after).toEqual({ ...ladder(), at: SETTLED });
});

describe('worth of our sats', () => {
  it.each([
    [0.5, undefined, undefined, 15],
    [0, undefined, undefined, 60],
    [1, undefined, undefined, -30],
    [0.5, 400, undefined, 20],
    [0.5, 400, { ppm: 90, count: 3 }, 90],
    [0, 400, { ppm: 70, count: 3 }, 80],
    [0.5, 400, { ppm: 90, count: 2 }, 20],
  ])('share %d, node %s ppm, refill %j: %d ppm', (full, realisedPpm, refill, worth) => {
    const seen = seenAs({ share: share(full), refill });
    expect(worthHere(seen, { ...MARKET, realisedPpm })).toBeCloseTo(worth, 9);
  });
});

describe('best rung', () => {
  test('without evidence the highest, because the prior falls slower than 1/p', () => {
    expect(bestRung(START_LADDER, 15)).toBe(6);
  });
  test('after long silence at 640 a lower one', () => {
    const dry = ladder({ exposureDays: [0, 0, 0, 0, 12, 12, 12] });
    expect(bestRung(dry, 15)).toBe(2);
  });
  test('it does not sell below worth: a dear refill keeps the price up', () => {
    const dry = ladder({ exposureDays: [0, 0, 0, 0, 12, 12, 12] });
    expect(bestRung(dry, 310)).toBe(6);
  });
});

describe('moves', () => {
  const due = (change: Partial<LadderState>) => ladder({ nextMoveAt: SETTLED, ...change });
  const SILENT = [0, 0, 0, 0, 30, 30, 30];

  test('one rung towards the best when its turn has come, and not a ms before', () => {
    expect(climb(due({ exposureDays: SILENT })).rung).toBe(3);
    expect(climb(due({ exposureDays: SILENT, nextMoveAt: unixMs(SETTLED + 1) })).rung).toBe(4);
    expect(climb(due({ rung: 2 })).rung).toBe(3);
    expect(climb(due({ rung: 6 })).rung).toBe(6);
  });

  test('turns come every 2 days, after at least one', () => {
    const first = climb(due({}));
    const wait = first.nextMoveAt - SETTLED;
    expect(wait).toBeGreaterThanOrEqual(DAY_MS);
    expect(wait).toBeLessThanOrEqual(3 * DAY_MS);
    const second = climb(first, { to: first.nextMoveAt });
    expect(second.nextMoveAt - first.nextMoveAt).toBe(2 * DAY_MS);
  });

  test('channels do not move in step', () => {
    const turns = ['1', '2', '3', '4', '5', '6', '7', '8'].map(
      (digit) => startLadder(channelNamed(digit), SETTLED, ppm(1)).nextMoveAt,
    );
    expect(new Set(turns).size).toBe(8);
    for (const turn of turns) expect(turn % 1).toBe(0);
  });

  test('drain guard: more than 20 % of capacity gone moves one rung up at once', () => {
    const out = fromSat(2_000_000);
    expect(climb(ladder(), { out }).rung).toBe(4);
    const guarded = climb(ladder(), { out: msat(out + 1n) });
    expect(guarded).toMatchObject({ rung: 5, drained: 0, drainGuards: 1 });
    expect(guarded.nextMoveAt - SETTLED).toBeLessThanOrEqual(3 * DAY_MS);
    expect(climb(ladder({ rung: 6 }), { out: fromSat(9_000_000) }).rung).toBe(6);
  });

  test('what came in again is not drained, and a decision starts the count anew', () => {
    const out = fromSat(1_500_000);
    const half = climb(ladder(), { out });
    expect(half.drained).toBeCloseTo(0.15, 12);
    const back = climb(half, { out: msat(-out) });
    expect(climb(back, { out }).rung).toBe(4);
    expect(climb(half, { out }).rung).toBe(5);
    expect(climb(due({ drained: 0.19 })).drained).toBe(0);
  });

  test('a malformed share or refill decides nothing', () => {
    const odd = seenAs({ share: Number.NaN as never });
    expect(climb(due({}), {}, AT_640, odd).nextMoveAt).toBe(SETTLED);
  });
});

describe('anchor', () => {
  it.each([
    [4, 0.5, 438.178],
    [4, 1, 640],
    [4, 0, 300],
    [0, 0.5, 109.545],
    [6, 0.5, 876.356],
  ])('rung %i at trust %d is %d ppm', (rung, learningTrust, anchor) => {
    const law = { ...LAW, learningTrust };
    expect(ladderAnchor(ladder({ rung }), law, SETTLED)).toBeCloseTo(anchor, 3);
  });

  test('a rung that does not exist has no price', () => {
    expect(ladderAnchor(ladder({ rung: 9 }), LAW, SETTLED)).toBeNaN();
  });

  it.each([
    [0, 2],
    [7, Math.sqrt(2)],
    [14, 1],
    [30, 1],
    [-3, 2],
  ])('after %i days a remainder of 2 is %d', (days, left) => {
    const state = ladder({ remainder: { factor: 2, since: SETTLED } });
    const now = unixMs(SETTLED + days * DAY_MS);
    expect(ladderAnchor(state, LAW, now)).toBeCloseTo(438.178 * left, 2);
  });
});

describe('adoption', () => {
  it.each([
    [438, 4],
    [1000, 6],
    [1, 0],
    [200, 2],
    [520, 4],
    [523, 5],
  ])('an anchor of %d ppm stands on rung %i and is kept exactly', (anchor, rung) => {
    const adopted = adoptIntoLadder(ladder({ drained: 0.1 }), anchor, LAW, SETTLED);
    expect(adopted).toMatchObject({ rung, drained: 0, startPpm: anchor });
    expect(ladderAnchor(adopted, LAW, SETTLED)).toBeCloseTo(anchor, 9);
    expect(adopted.remainder.since).toBe(SETTLED);
  });

  test('without trust every rung is the house price: the rung stays', () => {
    const law = { ...LAW, learningTrust: 0 };
    expect(adoptIntoLadder(ladder(), 77, law, SETTLED).rung).toBe(4);
  });

  test('nothing becomes almost nothing, not minus infinity', () => {
    const adopted = adoptIntoLadder(ladder(), 0, LAW, SETTLED);
    expect(ladderAnchor(adopted, LAW, SETTLED)).toBeCloseTo(0.01, 9);
  });
});

test('its reason is one line with the numbers that decide', () => {
  const dry = ladder({ exposureDays: [0, 0, 0, 0, 4, 4, 4] });
  const seen = seenAs({ share: share(0.41) });
  expect(ladderReason(dry, seen, MARKET, LAW)).toBe(
    'at 640 ppm I expect 0.027 sales a day, at 2560 0.0089; 2560 earns more after the 23 ppm your sats are worth here; moves there by one rung every 2 days; trusted 0.5 against the house price of 300 ppm',
  );
  const found = { ...dry, rung: 6, remainder: { factor: 2, since: SETTLED } };
  expect(ladderReason(found, seen, MARKET, LAW)).toBe(
    'at 2560 ppm I expect 0.0089 sales a day, at 1280 0.016; 2560 earns more after the 23 ppm your sats are worth here; trusted 0.5 against the house price of 300 ppm; the price found here still counts ×2',
  );
  const low = { ...ladder({ rung: 0, exposureDays: [0, 9999, 9999, 9999, 9999, 9999, 9999] }) };
  expect(ladderReason(low, seen, MARKET, LAW)).toContain(
    'at 40 ppm I expect 0.21 sales a day, at 80',
  );
});

test('lessons 2026-07-03, absorbing state: silence lowers the price, and one buyer lifts it again', () => {
  let state = ladder({ nextMoveAt: SETTLED });
  let now: number = SETTLED;
  const day = (sales: ReturnType<typeof sale>[]) => {
    now += DAY_MS;
    const broadcast = ladderAnchor(state, LAW, unixMs(now));
    const evidence = evidenceAs({
      from: unixMs(now - DAY_MS),
      to: unixMs(now),
      routableHours: 24,
      sales,
    });
    state = climbLadder(state, evidence, seenAs(), MARKET, { broadcast, taught: true });
  };
  for (let dry = 0; dry < 200; dry++) day([]);
  const lowest = state.rung;
  expect(lowest).toBeLessThan(3);
  for (let busy = 0; busy < 60; busy++)
    day([1, 2].map(() => sale(80_000, 300, { at: unixMs(now) })));
  expect(state.rung).toBeGreaterThan(lowest);
});

test('original 4.2: time without liquidity is no evidence that the price is too high', () => {
  let state = ladder({ nextMoveAt: SETTLED });
  for (let day = 1; day <= 100; day++)
    state = climb(state, { to: unixMs(SETTLED + day * DAY_MS), routableHours: 0 });
  expect(state.rung).toBe(6);
});

test('it moves one rung at a time, at most every day, and never off the ladder', () => {
  const step = fc.record({
    hours: fc.integer({ min: 0, max: 48 }),
    sales: fc.array(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 5 }),
    out: fc.integer({ min: -500_000, max: 1_500_000 }),
    broadcast: fc.integer({ min: 0, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state = START_LADDER;
      let now: number = SETTLED;
      for (const { hours, sales, out, broadcast } of steps) {
        const from = unixMs(now);
        now += hours * HOUR_MS;
        const evidence = evidenceAs({
          from,
          to: unixMs(now),
          routableHours: hours,
          sales: sales.map((sat) => sale(sat, broadcast, { at: unixMs(now) })),
          out: fromSat(out),
        });
        const after = climbLadder(state, evidence, seenAs(), MARKET, { broadcast, taught: true });
        expect(Math.abs(after.rung - state.rung)).toBeLessThanOrEqual(1);
        expect(after.today.credited).toBeLessThanOrEqual(3 + 1e-9);
        expect(RUNGS[after.rung]).toBeDefined();
        state = after;
      }
      expect(JSON.stringify(state).length).toBeLessThan(1500);
    }),
  );
});
