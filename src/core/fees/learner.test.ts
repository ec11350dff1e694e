import { describe, expect, it, test } from 'vitest';
import { fromSat, HOUR_MS, msat, ppm, share, unixMs } from '../units.ts';
import { fromText, toText } from '../wire-text.ts';
import {
  anchoredAt,
  asking,
  CLIMB,
  evidenceAs,
  LAW,
  MARKET,
  SETTLED,
  sale,
  seenAs,
  stateAs,
} from './channel.fixture.ts';
import { adoptPrice, anchorOf, anchorValue, handOver, learn } from './learner.ts';
import type { ChannelFeeState, Evidence, FeeObservation, FeeSettings } from './types.ts';

const BUSY = evidenceAs({ routableHours: 1, sales: [sale(50_000, 100)], out: fromSat(50_000) });
const teach = (
  state: ChannelFeeState,
  evidence: Evidence = BUSY,
  seen: FeeObservation = seenAs(),
  law: FeeSettings = LAW,
) => learn(state, evidence, seen, MARKET, law);
const exposed = (state: ChannelFeeState) => state.ladder.exposureDays.reduce((a, b) => a + b, 0);
const quietLadder = (state: ChannelFeeState): ChannelFeeState => ({
  ...state,
  ladder: { ...state.ladder, nextMoveAt: unixMs(SETTLED + HOUR_MS) },
});

describe('what teaches', () => {
  test('a price of rule 4 that stood: the bins at and above the broadcast price gain the time', () => {
    const taught = teach(quietLadder(stateAs()));
    const day = 1 / 24;
    taught.ladder.exposureDays.forEach((days, i) => {
      expect(days).toBeCloseTo(i >= 2 ? day : 0, 12);
    });
    expect(taught.ladder.sales.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(taught.ladder.drained).toBeCloseTo(0.005, 12);
  });

  it.each(['policy', 'congestion', 'probe', 'fire-sale'] as const)(
    'rule 0 to 3 (%s) teaches neither learner',
    (ruledBy) => {
      expect(exposed(teach(quietLadder(stateAs({ ruledBy }))))).toBe(0);
      const climbed = teach(anchoredAt(100, { ruledBy }), BUSY, seenAs(), CLIMB);
      expect(climbed.climber.past.at(-1)).toMatchObject({ comparable: false, revenue: 5000 });
      expect(climbed.climber.anchor).toBe(100);
    },
  );

  test('a price that stood for less than half of the time teaches nothing', () => {
    const sent = (minutes: number) => ({
      sent: { ppm: ppm(100), base: msat(0n), at: unixMs(SETTLED - minutes * 60_000) },
    });
    expect(exposed(teach(quietLadder(stateAs(sent(29)))))).toBe(0);
    expect(exposed(teach(quietLadder(stateAs(sent(30)))))).toBeGreaterThan(0);
  });

  test('nothing while the outcome of an act is unknown, or while the channel splices', () => {
    expect(exposed(teach(quietLadder(stateAs({ unknownSince: SETTLED }))))).toBe(0);
    const state = stateAs();
    expect(teach(state, BUSY, seenAs({ splicing: true }))).toBe(state);
  });

  it.each<[string, Partial<Evidence>]>([
    ['hours', { routableHours: Number.NaN }],
    ['uptime', { uptime: Number.NaN as never }],
    ['uptime', { uptime: Number.POSITIVE_INFINITY as never }],
    ['order', { to: unixMs(SETTLED - 2 * HOUR_MS) }],
  ])('malformed %s teach nothing', (_, change) => {
    const state = stateAs();
    expect(teach(state, { ...BUSY, ...change })).toBe(state);
  });

  test('only the learner that prices climbs; the ladder always listens', () => {
    const state = stateAs();
    expect(teach(state).climber).toBe(state.climber);
    const climbing = anchoredAt(100);
    const taught = teach(climbing, BUSY, seenAs(), CLIMB);
    expect(exposed(taught)).toBeGreaterThan(0);
    expect(taught.climber.current).toMatchObject({ anchor: 100, hours: 1, revenue: 5000 });
  });

  test('a climber whose step was not sent goes on with the observation before', () => {
    const state = anchoredAt(120, { anchorSent: 100 });
    expect(teach(state, BUSY, seenAs(), CLIMB).climber.current.hours).toBe(0);
  });

  test('the shield: a PROFITABLE channel counts spammers whole', () => {
    const spam = { ...BUSY, sales: [sale(50_000, 100, { weight: 0.5 })] };
    const seen = seenAs({ books: { class: 'PROFITABLE', roi: 1, marginalRoi: 1 } });
    const revenue = (look: FeeObservation) =>
      teach(anchoredAt(100), spam, look, CLIMB).climber.current.revenue;
    expect(revenue(seenAs())).toBe(2500);
    expect(revenue(seen)).toBe(5000);
  });

  test('failed HTLCs cannot teach: there is no place for them in what a learner is told', () => {
    expect(Object.keys(BUSY).toSorted()).toEqual([
      'from',
      'out',
      'routableHours',
      'sales',
      'to',
      'uptime',
    ]);
  });
});

describe('two learners behind one door', () => {
  test('the anchor is that of the learner the operator chose, with its reason', () => {
    const state = stateAs({}, { found: 438 });
    expect(anchorValue(state, CLIMB, SETTLED)).toBe(300);
    expect(anchorOf(seenAs(), state, MARKET, CLIMB)).toEqual({
      ppm: 300,
      because:
        'at 300 ppm I earn 0 sat an hour in 0 routable hours, nothing to compare with yet; people paid around 300 ppm',
    });
    const ladder = anchorOf(seenAs(), state, MARKET, LAW);
    expect(ladder.ppm).toBeCloseTo(438, 0);
    expect(ladder.because).toMatch(/^at 640 ppm I expect/);
  });

  test('the one who takes over goes on from the present price; the other keeps what it knows', () => {
    const state = stateAs({ target: ppm(210) });
    const seen = asking(210, { share: share(0) });
    const climbing = handOver(state, seen, CLIMB);
    expect(climbing.pricedBy).toBe('hill-climbing');
    expect(climbing.climber.anchor).toBe(70);
    expect(climbing.anchorSent).toBe(70);
    expect(climbing.ladder).toBe(state.ladder);
    expect(handOver(state, seen, LAW)).toBe(state);
    const back = handOver(climbing, seen, LAW);
    expect(anchorValue(back, LAW, SETTLED) * 20 ** 0.5).toBeCloseTo(210, 9);
    expect(teach(state, evidenceAs({ routableHours: 0 }), seen, CLIMB).climber.anchor).toBe(70);
  });

  test('a price that cannot be divided is not adopted', () => {
    const state = stateAs();
    expect(adoptPrice(state, 100, seenAs({ share: Number.NaN as never }), LAW)).toBe(state);
    expect(adoptPrice(state, Number.NaN, seenAs(), LAW)).toBe(state);
  });
});

test('both states survive being stored as text, and stay below 1.5 kB and 2.5 kB', () => {
  let state = anchoredAt(100);
  for (let hour = 0; hour < 400; hour++) {
    const to = unixMs(SETTLED + hour * HOUR_MS);
    const sales = Array.from({ length: hour % 4 }, () =>
      sale(50_000 + hour, 100 + hour, { at: to }),
    );
    const evidence = evidenceAs({ from: unixMs(to - HOUR_MS), to, sales });
    state = { ...state, ...teach(state, evidence, seenAs({ at: to }), CLIMB) };
    state = { ...state, anchorSent: state.climber.anchor };
  }
  expect(fromText(toText(state.ladder))).toEqual(state.ladder);
  expect(toText(state.ladder).length).toBeLessThan(1500);
  expect(toText(state.climber).length).toBeLessThan(2500);
});
