import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { DAY_MS, fromSat, HOUR_MS, type Msat, msat, unixMs } from '../units.ts';
import {
  ago,
  channelNamed,
  FUNDS,
  holdOf,
  LAW,
  NOW,
  requestAs,
  spendOf,
} from './account.fixture.ts';
import { grant, largestGrants } from './grant.ts';
import type { Funds, Hold, Spend, SpendKind, SpendLaw, SpendRequest } from './types.ts';

type Case = {
  readonly request?: Partial<SpendRequest>;
  readonly holds?: readonly Hold[];
  readonly spends?: readonly Spend[];
  readonly funds?: Partial<Funds>;
  readonly law?: Partial<SpendLaw>;
};
const ask = (amount: Msat, { request, holds = [], spends = [], funds, law }: Case = {}) =>
  grant(requestAs(amount, request), holds, spends, { ...FUNDS, ...funds }, { ...LAW, ...law }, NOW);
const most = ({ request, holds = [], spends = [], funds, law }: Case) =>
  largestGrants(
    { holds, spends },
    { ...FUNDS, ...funds },
    { ...LAW, ...law },
    NOW,
  )(requestAs(msat(0n), request));
/** Exactly `limit` msat are granted in this case, one more is refused by `cap`. */
const limited = (limit: Msat, cap: string, one: Case = {}) => {
  expect(ask(limit, one)).toMatchObject({ kind: 'granted', hold: limit });
  expect(ask(msat(limit + 1n), one)).toMatchObject({ kind: 'refused', cap });
  expect(most(one)).toBe(limit);
};
const here = { destination: channelNamed(1) };

test('a grant holds what was asked and says what it stayed within', () => {
  expect(ask(fromSat(100))).toEqual({
    kind: 'granted',
    hold: fromSat(100),
    because: 'within daily, weekly, destination and the reserve',
  });
  expect(ask(msat(0n)).kind).toBe('granted');
});

test('a refusal says the numbers', () => {
  expect(ask(fromSat(600), { spends: [spendOf(msat(4_400_001n), 0)] })).toEqual({
    kind: 'refused',
    cap: 'daily',
    because: 'daily: 4400.001 sat are held or spent of 5000 sat, 600 sat more are asked',
  });
});

it.each([
  ['the whole budget', {}, 5000],
  ['less what was spent', { spends: [spendOf(fromSat(1000), HOUR_MS)] }, 4000],
  ['for 24 h', { spends: [spendOf(fromSat(1000), DAY_MS - 1)] }, 4000],
  ['and not longer', { spends: [spendOf(fromSat(1000), DAY_MS)] }, 5000],
  ['less what is held', { holds: [holdOf(fromSat(1000))] }, 4000],
  [
    'lessons P4-017: holds have no age',
    { holds: [holdOf(fromSat(1000), { since: ago(99 * DAY_MS) })] },
    4000,
  ],
  ['a spend of tomorrow counts', { spends: [spendOf(fromSat(1000), -DAY_MS)] }, 4000],
  [
    'every kind counts',
    {
      spends: (['manual', 'diagnostic', 'hive'] as const).map((kind) =>
        spendOf(fromSat(1000), 1, { kind }),
      ),
    },
    2000,
  ],
])('daily: %s', (_, one, limit) => {
  limited(fromSat(limit), 'daily', one);
});

it.each([
  ['4 × daily', 19_000, {}, 1_000],
  ['or what the operator says', 6_000, { weeklyBudget: fromSat(9_000) }, 3_000],
])('weekly: %s', (_, spent, law, limit) => {
  limited(fromSat(limit), 'weekly', { law, spends: [spendOf(fromSat(spent), 7 * DAY_MS - 1)] });
  limited(fromSat(5000), 'daily', { law, spends: [spendOf(fromSat(spent), 7 * DAY_MS)] });
});

test('proportional: a part of the revenue, where that is more', () => {
  const law = { proportional: true, weeklyBudget: fromSat(99_999) };
  limited(fromSat(5000), 'daily', { law, funds: { revenue24h: fromSat(100_000) } });
  limited(fromSat(5000), 'daily', { law, funds: { revenue24h: fromSat(99_000) } });
  limited(msat(5_000_050n), 'daily', { law, funds: { revenue24h: msat(100_001_019n) } });
  const odd = { ...law, proportionalPct: 0.29 };
  limited(fromSat(29_000), 'daily', { law: odd, funds: { revenue24h: fromSat(100_000) } });
  const off = { revenue24h: fromSat(900_000) };
  limited(fromSat(5000), 'daily', { funds: off });
});

test('per destination: half of its fees of 30 days and 100 sat', () => {
  const request = { destinationFees30d: msat(1_000_001n) };
  limited(fromSat(600), 'destination', { request });
  const spent = (agoMs: number, change: Partial<Spend>) => ({
    request,
    spends: [spendOf(fromSat(100), agoMs, { ...here, ...change })],
  });
  limited(fromSat(500), 'destination', spent(30 * DAY_MS - 1, {}));
  limited(fromSat(500), 'destination', spent(1, { kind: 'manual' }));
  limited(fromSat(600), 'destination', spent(30 * DAY_MS, {}));
  limited(fromSat(600), 'destination', spent(1, { kind: 'diagnostic' }));
  limited(fromSat(600), 'destination', spent(1, { kind: 'hive' }));
  limited(fromSat(600), 'destination', spent(1, { destination: channelNamed(2) }));
  limited(fromSat(500), 'destination', { request, holds: [holdOf(fromSat(100), here)] });
  limited(fromSat(100), 'destination', {
    request: { destinationFees30d: msat(0n), kind: 'manual' },
  });
});

test('diagnostics: 200 sat a channel and 14 days, whatever it earned', () => {
  const request = { kind: 'diagnostic', destinationFees30d: undefined } as const;
  limited(fromSat(200), 'diagnostic', { request });
  const shock = { ...here, kind: 'diagnostic' } as const;
  const before = (agoMs: number) => ({ request, spends: [spendOf(fromSat(50), agoMs, shock)] });
  limited(fromSat(150), 'diagnostic', before(14 * DAY_MS - 1));
  limited(fromSat(200), 'diagnostic', before(14 * DAY_MS));
  limited(fromSat(100), 'diagnostic', { request, holds: [holdOf(fromSat(100), shock)] });
  limited(fromSat(200), 'diagnostic', { request, spends: [spendOf(fromSat(50), 1, here)] });
  const other = { kind: 'diagnostic' } as const;
  limited(fromSat(200), 'diagnostic', { request, spends: [spendOf(fromSat(50), 1, other)] });
});

test('the fleet: one weekly sum for all of it, instead of the destination’s', () => {
  const request = { kind: 'hive', destinationFees30d: undefined } as const;
  const fleet = { kind: 'hive' } as const;
  limited(fromSat(350), 'hive_weekly', { request });
  limited(fromSat(300), 'hive_weekly', {
    request,
    spends: [spendOf(fromSat(50), 7 * DAY_MS - 1, fleet)],
  });
  limited(fromSat(350), 'hive_weekly', {
    request,
    spends: [spendOf(fromSat(50), 7 * DAY_MS, fleet)],
  });
  limited(fromSat(300), 'hive_weekly', { request, holds: [holdOf(fromSat(50), fleet)] });
  limited(fromSat(350), 'hive_weekly', { request, spends: [spendOf(fromSat(50), 1, here)] });
});

test('the reserve stands also after what is held and asked', () => {
  const funds = { confirmedOnchain: fromSat(400_000), spendable: fromSat(600_100) };
  limited(fromSat(100), 'wallet_reserve', { funds });
  limited(fromSat(60), 'wallet_reserve', { funds, holds: [holdOf(fromSat(40))] });
  expect(ask(fromSat(101), { funds })).toEqual({
    kind: 'refused',
    cap: 'wallet_reserve',
    because: '999999 sat would be left, 1000000 sat are the reserve',
  });
  expect(most({ funds, holds: [holdOf(fromSat(101))] })).toBe(0n);
});

test('the on-chain reserve alone suspends everything that spends; 0 is off', () => {
  const law = { minOnchainReserve: fromSat(2_000_001) };
  expect(ask(fromSat(1), { law })).toEqual({
    kind: 'refused',
    cap: 'onchain_reserve',
    because: '2000000 sat are confirmed on-chain, 2000001 sat are the reserve',
  });
  expect(most({ law })).toBe(0n);
  expect(ask(fromSat(1), { law: { minOnchainReserve: fromSat(2_000_000) } }).kind).toBe('granted');
  expect(ask(fromSat(1), { funds: { confirmedOnchain: msat(0n) } }).kind).toBe('granted');
});

it.each([
  ['on-chain', { funds: { confirmedOnchain: undefined } }],
  ['spendable', { funds: { spendable: undefined } }],
  ['negative on-chain', { funds: { confirmedOnchain: msat(-1n) } }],
  ['negative spendable', { funds: { spendable: msat(-1n) } }],
  ['revenue', { funds: { revenue24h: undefined }, law: { proportional: true } }],
  ['percentage', { law: { proportional: true, proportionalPct: Number.NaN } }],
  ['fees of the destination', { request: { destinationFees30d: undefined } }],
  ['negative fees', { request: { destinationFees30d: msat(-1n) } }],
  ['negative spend', { spends: [spendOf(msat(-1n), 1)] }],
  ['negative hold', { holds: [holdOf(msat(-1n))] }],
])('original 4.13: what is not known refuses, it does not allow: %s', (_, one: Case) => {
  expect(ask(fromSat(1), one)).toMatchObject({ kind: 'refused', cap: 'unknown' });
  expect(
    ask(fromSat(1), { ...one, request: { ...one.request, kind: 'manual', force: true } }),
  ).toMatchObject({
    kind: 'refused',
    cap: 'unknown',
  });
  expect(most(one)).toBe(0n);
});

test('sentences name what is not known', () => {
  const said = (one: Case) => ask(fromSat(1), one).because;
  expect(said({ request: { destinationFees30d: undefined } })).toBe(
    'what the destination earned in 30 days is not known: nothing is spent',
  );
  expect(said({ funds: { spendable: undefined } })).toBe(
    'the spendable balance is not known: nothing is spent on it',
  );
  expect(said({ funds: { confirmedOnchain: undefined } })).toBe(
    'the confirmed on-chain balance is not known: nothing is spent on it',
  );
  expect(said({ funds: { revenue24h: undefined }, law: { proportional: true } })).toBe(
    'the revenue of the last 24 h is not known: nothing is spent',
  );
  expect(said({ spends: [spendOf(msat(-1n), 1)] })).toBe(
    'an amount is below zero: the account cannot be trusted',
  );
});

test('a negative request is refused, it frees nothing', () => {
  expect(ask(msat(-1n))).toMatchObject({ kind: 'refused', cap: 'unknown' });
});

test('a spend of unknown time counts in every window', () => {
  const spends = [{ ...spendOf(fromSat(1000), 0), at: unixMs(Number.NaN) }];
  limited(fromSat(4000), 'daily', { spends });
});

test('unknown revenue matters only where the budget depends on it', () => {
  expect(ask(fromSat(1), { funds: { revenue24h: undefined } }).kind).toBe('granted');
});

test('a job whose outcome is unknown blocks its destination and keeps its hold', () => {
  const lost = holdOf(fromSat(100), { ...here, unknown: true });
  expect(ask(fromSat(1), { holds: [lost] })).toEqual({
    kind: 'refused',
    cap: 'unknown_outcome',
    because: 'the outcome of an earlier rebalance is not known: it must be settled first',
  });
  expect(most({ holds: [lost] })).toBe(0n);
  limited(fromSat(4900), 'daily', { holds: [{ ...lost, destination: channelNamed(2) }] });
  expect(ask(fromSat(1), { holds: [{ ...lost, unknown: false }] }).kind).toBe('granted');
});

test('lessons 1.4: a manual one passes the same caps; force lifts them and is still held', () => {
  const spends = [spendOf(fromSat(5000), 1)];
  const manual = (force: boolean, one: Case = {}) =>
    ask(fromSat(900), { spends, ...one, request: { kind: 'manual', force } });
  expect(manual(false)).toMatchObject({ kind: 'refused', cap: 'daily' });
  expect(manual(true)).toEqual({
    kind: 'granted',
    hold: fromSat(900),
    because: 'forced by the operator against: daily',
  });
  expect(
    manual(true, { law: { minWalletReserve: fromSat(99_000_000), weeklyBudget: fromSat(1) } }),
  ).toMatchObject({
    because: 'forced by the operator against: wallet_reserve, daily, weekly',
  });
  expect(ask(fromSat(900), { spends, request: { force: true } })).toMatchObject({ cap: 'daily' });
});

test('budget race: of five that ask at once at the day boundary only what fits is granted', () => {
  const spends = [spendOf(fromSat(3000), DAY_MS - 1), spendOf(fromSat(2000), DAY_MS)];
  const holds: Hold[] = [];
  const answers = [1, 2, 3, 4, 5].map((index) => {
    const answer = ask(fromSat(900), {
      spends,
      holds,
      request: { destination: channelNamed(index) },
    });
    if (answer.kind === 'granted')
      holds.push(holdOf(answer.hold, { destination: channelNamed(index) }));
    return answer.kind;
  });
  expect(answers).toEqual(['granted', 'granted', 'refused', 'refused', 'refused']);
  expect(most({ spends, holds })).toBe(fromSat(200));
});

test('the most that would be granted is exactly where granting ends, whoever else spent and holds', () => {
  const kinds = fc.constantFrom<SpendKind>('normal', 'manual', 'diagnostic', 'hive');
  const sats = fc.integer({ min: 0, max: 400 }).map((sat) => fromSat(sat));
  const where = fc.integer({ min: 1, max: 3 }).map(channelNamed);
  const spend = fc
    .tuple(sats, fc.integer({ min: 0, max: 40 * 24 }), kinds, fc.option(where, { nil: undefined }))
    .map(([amount, hours, kind, destination]) => ({
      ...spendOf(amount, hours * HOUR_MS),
      kind,
      destination,
    }));
  const hold = fc
    .tuple(sats, kinds, where, fc.integer({ min: 0, max: 9 }))
    .map(([amount, kind, destination, luck]) =>
      holdOf(amount, { kind, destination, unknown: luck === 0 }),
    );
  const account = {
    spends: fc.array(spend, { maxLength: 12 }),
    holds: fc.array(hold, { maxLength: 3 }),
  };
  fc.assert(
    fc.property(fc.record({ ...account, kind: kinds, destination: where }), (one) => {
      const { spends, holds, kind, destination } = one;
      const asked = { spends, holds, request: { kind, destination } };
      const limit = most(asked);
      if (limit > 0n) expect(ask(limit, asked).kind).toBe('granted');
      expect(ask(msat(limit + 1n), asked).kind).toBe('refused');
    }),
    { numRuns: 2000 },
  );
});
