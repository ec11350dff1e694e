import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromSat, msat, share } from '../units.ts';
import { capacityPlan } from './capacity-plan.ts';
import { capacityChannel, DEAD, SILENT, WINS } from './channel.fixture.ts';
import { planSteps } from './steps.ts';
import type { CapacityChannel } from './types.ts';

const CALM = { satPerVbyte: 5, stale: false };
const names = (rows: readonly { readonly channel: CapacityChannel }[]): readonly string[] =>
  rows.map(({ channel }) => channel.name);
const planOf = (...channels: readonly CapacityChannel[]) => capacityPlan(channels, CALM);

describe('winners (SPEC 6.5)', () => {
  test.each<[string, Partial<CapacityChannel>, boolean]>([
    ['all three hold', {}, true],
    ['marginal return of 20 % is not above it', { marginalRoi: 0.2 }, false],
    ['half its capacity in 30 days is not above it', { monthVolume: fromSat(2_000_000) }, false],
    ['direction of 0.8 is not above it', { direction: 0.8 }, false],
    ['original 4.14: one that only fills needs no more of our sats', { direction: -1 }, false],
    ['not analysed yet', { direction: undefined }, false],
    ['without capacity nothing is divided', { capacity: msat(0n) }, false],
  ])('%s', (_, change, wins) => {
    const channel = capacityChannel(1, { ...WINS, ...change });
    expect(names(planOf(channel).winners)).toEqual(wins ? [channel.name] : []);
  });

  test('original 4.14: the turnover is of 30 days, not half the capacity every day', () => {
    const [winner] = planOf(capacityChannel(1, { ...WINS, dailyVolume: fromSat(70_000) })).winners;
    expect(winner?.turnover).toBeCloseTo(0.525, 9);
  });
});

describe('losers (SPEC 6.5, 4.9)', () => {
  test.each<[string, Partial<CapacityChannel>, string | undefined]>([
    ['plain', {}, undefined],
    ['a ZOMBIE', DEAD, 'FIRE SALE CLOSE'],
    ['a ZOMBIE that was heard of this month', { ...DEAD, idleDays: 20 }, 'STAGNANT CLOSE'],
    ['silent beside a steady peer', SILENT, 'STAGNANT DEFIBRILLATE'],
    [
      'loses money and is silent',
      { class: 'UNDERWATER', roi: -0.6, idleDays: 31, ageDays: 91 },
      'FIRE SALE DEFIBRILLATE',
    ],
    [
      'the same, and nobody watched its peer',
      { class: 'UNDERWATER', roi: -0.6, idleDays: 31, ageDays: 91, watched: false },
      undefined,
    ],
    [
      'original 4.14: the momentum guard holds here too',
      { class: 'UNDERWATER', roi: -0.6, idleDays: 31, ageDays: 91, marginalRoi: 1 },
      undefined,
    ],
    ['balanced and hardly used', { share: share(0.5) }, 'STAGNANT REBALANCE'],
    ['balanced, hardly used, and earns', { share: share(0.5), marginalRoi: 0.1 }, undefined],
    [
      'balanced, hardly used, and earns over its life',
      { share: share(0.5), class: 'PROFITABLE' },
      undefined,
    ],
    ['balanced, hardly used, and young', { share: share(0.5), class: 'NEW' }, undefined],
    ['balanced, not analysed yet', { share: share(0.5), dailyVolume: undefined }, undefined],
  ])('%s', (_, change, expected) => {
    const [loser] = planOf(capacityChannel(1, change)).losers;
    expect(loser && `${loser.reason} ${loser.action}`).toBe(expected);
  });

  test('original 4.14: two attempts close nothing; what they showed does', () => {
    const tried = planOf(capacityChannel(1, { ...SILENT, attempts: 5 }));
    expect(tried.losers[0]?.action).toBe('DEFIBRILLATE');
    expect(planSteps(tried).map(({ action }) => action)).toEqual(['DEFIBRILLATE']);
  });
});

describe('pairs', () => {
  const best = capacityChannel(2, { ...WINS, roi: 0.9 });
  const good = capacityChannel(1, WINS);
  const large = capacityChannel(3, { ...DEAD, capacity: fromSat(9_000_000) });
  const small = capacityChannel(4, DEAD);

  test('the best winner takes what comes out of the largest loser', () => {
    const { pairs, unpaired, growing } = planOf(small, good, best, large);
    expect(pairs.map(({ close, into }) => [close.channel.name, into.channel.name])).toEqual([
      [large.name, best.name],
      [small.name, good.name],
    ]);
    expect([unpaired, growing]).toEqual([[], []]);
  });

  test.each<[string, Partial<CapacityChannel>, Partial<CapacityChannel>, 'one' | 'other']>([
    ['the better return comes first', { roi: 0.4 }, { roi: 0.5, marginalRoi: 0.3 }, 'other'],
    ['of equal ones the better of late', { marginalRoi: 0.3 }, { marginalRoi: 0.4 }, 'other'],
    ['a better return of late does not outweigh it', { roi: 0.6 }, { marginalRoi: 4 }, 'one'],
    ['twins in the order of their names', {}, {}, 'one'],
  ])('winners: %s, however they were listed', (_, change, otherChange, first) => {
    const one = capacityChannel(1, { ...WINS, ...change });
    const other = capacityChannel(2, { ...WINS, ...otherChange });
    const expected = first === 'one' ? [one.name, other.name] : [other.name, one.name];
    expect(names(planOf(one, other).winners)).toEqual(expected);
    expect(names(planOf(other, one).winners)).toEqual(expected);
  });

  test.each<[string, number, 'one' | 'other']>([
    ['the largest comes first', 9_000_000, 'other'],
    ['twins in the order of their names', 4_000_000, 'one'],
  ])('losers: %s, however they were listed', (_, sat, first) => {
    const one = capacityChannel(1, DEAD);
    const other = capacityChannel(2, { ...DEAD, capacity: fromSat(sat) });
    const expected = first === 'one' ? [one.name, other.name] : [other.name, one.name];
    expect(names(planOf(one, other).losers)).toEqual(expected);
    expect(names(planOf(other, one).losers)).toEqual(expected);
  });

  test('original 4.14: a loser without a partner still gets its advice', () => {
    const plan = planOf(large, small, best);
    expect(names(plan.unpaired)).toEqual([small.name]);
    expect(planSteps(plan).map(({ action, channel }) => [action, channel?.name])).toEqual([
      ['CLOSE', large.name],
      ['SPLICE_IN', best.name],
      ['CLOSE', small.name],
    ]);
  });

  test('a loser in which nothing is ours frees no sats for anybody', () => {
    const empty = capacityChannel(5, { ...large, toUs: msat(0n) });
    const plan = planOf(empty, best);
    expect(plan.pairs).toEqual([]);
    expect(planSteps(plan)[0]?.because).toContain('frees no sats');
    expect(names(plan.growing)).toEqual([best.name]);
  });

  test('what is dead is no winner, whatever it sold this month', () => {
    const both = capacityChannel(5, { ...WINS, class: 'ZOMBIE' });
    const plan = planOf(both);
    expect([names(plan.winners), names(plan.losers)]).toEqual([[], [both.name]]);
  });

  test.each([
    [true, 'splice', 'SPLICE_IN', 'STRATEGIC REDEPLOYMENT'],
    [false, 'open', 'OPEN', 'UPGRADE REQUIRED'],
    [undefined, 'splice', 'SPLICE_IN', 'not known while it is away'],
  ])('splice support %s: %s', (splices, how, action, says) => {
    const plan = planOf(large, { ...best, splices });
    expect(plan.pairs[0]?.how).toBe(how);
    expect(planSteps(plan)[1]).toMatchObject({ action, because: expect.stringContaining(says) });
  });

  test('a move that never pays back says so, in the step that it belongs to', () => {
    const poor = { ...best, monthNet: msat(0n) };
    expect(planSteps(planOf(large, poor))[1]?.because).toContain('never pays back');
  });

  test('without a feerate it is not known when, and nothing is called cheap', () => {
    const plan = capacityPlan([large, best], { satPerVbyte: undefined, stale: true });
    expect(plan.mempool.kind).toBe('UNKNOWN');
    expect(planSteps(plan)[1]?.because).toContain('when it pays back is not known');
  });

  test('dear block space: first of all, wait; where nothing would pay for it, it is not mentioned', () => {
    const dear = { satPerVbyte: 101, stale: false };
    expect(planSteps(capacityPlan([large, best], dear))[0]?.action).toBe('HOLD');
    const silent = capacityPlan([capacityChannel(6, SILENT)], dear);
    expect(planSteps(silent).map(({ action }) => action)).toEqual(['DEFIBRILLATE']);
  });
});

describe('any node', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 12n }).map(msat);
  const returns = fc.double({ min: -1, max: 5, noNaN: true });
  const days = fc.option(fc.double({ min: 0, max: 400, noNaN: true }), { nil: undefined });
  const channel = fc.record({
    capacity: amount,
    toUs: amount,
    spendable: amount,
    share: fc.double({ min: 0, max: 1, noNaN: true }).map(share),
    class: fc.constantFrom(
      'ZOMBIE' as const,
      'PROFITABLE' as const,
      'NEW' as const,
      'STAGNANT_CANDIDATE' as const,
      'UNDERWATER' as const,
      'BREAK_EVEN' as const,
    ),
    roi: returns,
    marginalRoi: returns,
    monthNet: fc.bigInt({ min: -(10n ** 10n), max: 10n ** 10n }).map(msat),
    monthVolume: amount,
    direction: fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { nil: undefined }),
    dailyVolume: fc.option(amount, { nil: undefined }),
    ageDays: days,
    idleDays: days,
    watched: fc.boolean(),
    splices: fc.option(fc.boolean(), { nil: undefined }),
  });
  const channels = fc
    .array(channel, { maxLength: 12 })
    .map((rows) => rows.map((change, index) => capacityChannel(index + 1, change)));
  const space = fc.record({
    satPerVbyte: fc.option(fc.double({ min: 0, max: 900, noNaN: true }), { nil: undefined }),
    stale: fc.boolean(),
  });

  it('only a ZOMBIE is named for closing, each once, and every loser has its step', () => {
    fc.assert(
      fc.property(channels, space, (rows, now) => {
        const plan = capacityPlan(rows, now);
        const steps = planSteps(plan);
        const closed = steps.filter(({ action }) => action === 'CLOSE');
        expect(closed.every((step) => step.channel?.class === 'ZOMBIE')).toBe(true);
        expect(new Set(closed.map((step) => step.channel)).size).toBe(closed.length);
        const said = new Set(steps.map((step) => step.channel));
        expect(plan.losers.every((loser) => said.has(loser.channel))).toBe(true);
        expect(plan.winners.every((winner) => said.has(winner.channel))).toBe(true);
        const given = plan.pairs.map(({ into }) => into);
        expect([...given, ...plan.growing]).toEqual(plan.winners);
        const lost = new Set(plan.losers.map((loser) => loser.channel));
        expect(plan.winners.some((winner) => lost.has(winner.channel))).toBe(false);
      }),
    );
  });

  it('is the same in whatever order the channels come', () => {
    fc.assert(
      fc.property(channels, space, (rows, now) => {
        expect(capacityPlan(rows.toReversed(), now)).toEqual(capacityPlan(rows, now));
      }),
    );
  });
});
