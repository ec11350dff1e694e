import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromSat, msat } from '../units.ts';
import { NO_COSTS, NO_SUMS, netOf, type PeriodSums, sumOf } from './period.ts';
import { reconcile } from './reconciliation.ts';
import { isBleeder, marginOf, netWorthOf, returnOnCapital, statementOf } from './statement.ts';

type Change = Partial<Omit<PeriodSums, 'costs'>> & {
  readonly costs?: Partial<PeriodSums['costs']>;
};
const sums = ({ costs, ...change }: Change): PeriodSums => ({
  ...NO_SUMS,
  ...change,
  costs: { ...NO_COSTS, ...costs },
});
const moved = (revenue: bigint, rebalance: bigint) =>
  sums({ revenue: msat(revenue), costs: { rebalance: msat(rebalance) } });

describe('margin', () => {
  it('original 4.16 (no revenue gave 0, or −100 with any cost): without revenue it is unknown', () => {
    expect(marginOf(moved(0n, 0n))).toBeUndefined();
    expect(marginOf(moved(0n, 5n))).toBeUndefined();
    expect(marginOf(moved(-5n, 5n))).toBeUndefined();
  });

  test.each([
    [1000n, 0n, 1],
    [1000n, 300n, 0.7],
    [1000n, 1000n, 0],
    [1000n, 3000n, -2],
  ])('of %i earned and %i paid', (revenue, rebalance, expected) => {
    expect(marginOf(moved(revenue, rebalance))).toBe(expected);
  });

  it('counts every way of moving liquidity, and no on-chain fee', () => {
    const costs = { rebalance: msat(100n), diagnostic: msat(20n), hive: msat(30n) };
    expect(marginOf(sums({ revenue: msat(1000n), costs }))).toBe(0.85);
    const chain = {
      ...costs,
      open: msat(9n),
      close: msat(9n),
      splice: msat(9n),
      onchain: msat(9n),
    };
    expect(marginOf(sums({ revenue: msat(1000n), costs: chain }))).toBe(0.85);
  });
});

describe('a statement of some days', () => {
  const nothing = { routed: msat(0n), rebalances: msat(0n) };
  const more = (routed: bigint) =>
    ({ source: 'moves', routed: msat(routed), rebalances: msat(0n), other: msat(0n) }) as const;
  const days = [
    reconcile(1, nothing, more(7n), undefined),
    reconcile(2, nothing, undefined, 'its moves begin later'),
    reconcile(3, nothing, more(-2n), undefined),
  ];

  it('tells what they come to, how many were compared, and what nobody explains of those', () => {
    const earned = moved(1000n, 300n);
    expect(statementOf(earned, days)).toEqual({
      sums: earned,
      net: 700n,
      margin: 0.7,
      reconciledDays: 2,
      unreconciledDays: 1,
      unexplained: 5n,
    });
  });

  it('without a day that was compared has compared none, and explains nothing away', () => {
    expect(statementOf(NO_SUMS, days.slice(1, 2))).toEqual({
      sums: NO_SUMS,
      net: 0n,
      margin: undefined,
      reconciledDays: 0,
      unreconciledDays: 1,
      unexplained: 0n,
    });
  });
});

describe('return on capital', () => {
  it('is the net of 30 days as if the year went on like that', () => {
    expect(returnOnCapital(fromSat(3000), fromSat(1_000_000))).toBeCloseTo(0.0365, 12);
    expect(returnOnCapital(fromSat(-3000), fromSat(1_000_000))).toBeCloseTo(-0.0365, 12);
  });
  it('is unknown without capacity', () => {
    expect(returnOnCapital(fromSat(3000), msat(0n))).toBeUndefined();
  });
});

describe('a bleeder', () => {
  const used = { in: msat(1n), inCount: 1 };
  test.each<[string, PeriodSums, boolean]>([
    ['lost, and was used', sums({ ...used, costs: { rebalance: msat(1n) } }), true],
    ['lost by an on-chain fee, and was used', sums({ ...used, costs: { splice: msat(1n) } }), true],
    [
      'lost, and was used in one direction only',
      sums({ out: msat(1n), outCount: 1, costs: { rebalance: msat(1n) } }),
      true,
    ],
    ['lost, and nobody came', sums({ costs: { rebalance: msat(1n) } }), false],
    ['came out even', sums({ ...used, revenue: msat(7n), costs: { hive: msat(7n) } }), false],
    ['earned', sums({ ...used, revenue: msat(8n), costs: { hive: msat(7n) } }), false],
  ])('%s', (_, month, expected) => expect(isBleeder(month)).toBe(expected));
});

describe('net worth', () => {
  it('original 4.16 (pending costs ignored): what is promised is not ours any more', () => {
    expect(netWorthOf(fromSat(100), fromSat(900), fromSat(30))).toBe(fromSat(970));
  });
  it('original 4.16 (every snapshot stored 0): with a part unknown it is unknown', () => {
    expect(netWorthOf(undefined, fromSat(900), msat(0n))).toBeUndefined();
    expect(netWorthOf(fromSat(100), undefined, msat(0n))).toBeUndefined();
  });
});

describe('sums', () => {
  it('original 4.12 (1000 forwards of 900 msat were 0 sat): every msat is in them', () => {
    const forwards = Array.from({ length: 1000 }, () => sums({ outCount: 1, revenue: msat(900n) }));
    expect(sumOf(forwards)).toEqual(sums({ outCount: 1000, revenue: fromSat(900) }));
  });

  it('net of two stretches together is both nets together, whatever they hold', () => {
    const amount = fc.bigInt(-(2n ** 60n), 2n ** 60n).map(msat);
    const any = fc.record({ revenue: amount, rebalance: amount, open: amount, onchain: amount });
    const asSums = fc
      .array(any)
      .map((all) => all.map(({ revenue, ...costs }) => sums({ revenue, costs })));
    fc.assert(
      fc.property(asSums, asSums, (some, others) => {
        const whole = netOf(sumOf([...some, ...others]));
        expect(whole).toBe(netOf(sumOf(some)) + netOf(sumOf(others)));
      }),
    );
  });
});
