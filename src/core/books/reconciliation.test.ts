import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Msat, msat } from '../units.ts';
import { incomeLedger } from './income-ledger.ts';
import { NO_COSTS } from './period.ts';
import {
  lastingDifference,
  type NodeLedgerDay,
  ourDay,
  type Reconciliation,
  reconcile,
} from './reconciliation.ts';

const moves = (routed: bigint, rebalances = 0n, other = 0n): NodeLedgerDay => ({
  source: 'moves',
  routed: msat(routed),
  rebalances: msat(rebalances),
  other: msat(other),
});
const ours = (routed: bigint, rebalances = 0n) => ({
  routed: msat(routed),
  rebalances: msat(rebalances),
});
/** Days that differ by so much; undefined: not compared. */
const differing = (amounts: readonly (bigint | undefined)[]): readonly Reconciliation[] =>
  amounts.map((amount, day) =>
    reconcile(day, ours(0n), amount === undefined ? undefined : moves(amount), 'no records'),
  );

describe('one day against the node', () => {
  test.each<[string, bigint, bigint, NodeLedgerDay, bigint]>([
    ['agrees', 500n, 90n, moves(500n, 90n), 0n],
    ['the node routed more', 500n, 0n, moves(700n), 200n],
    ['we have a forward it has not', 500n, 0n, moves(0n), -500n],
    ['the node paid more for going round', 0n, 90n, moves(0n, 100n), -10n],
    ['what nobody accounts for', 1n, 1n, moves(1n, 1n, -7n), -7n],
  ])('%s', (_, routed, rebalances, node, unexplained) => {
    const told = reconcile(3, ours(routed, rebalances), node, undefined);
    expect(told).toEqual({
      day: 3,
      node,
      because: undefined,
      routed,
      rebalances,
      unexplained,
    });
  });

  test('a day without records of the node is not compared, which is not a difference of 0', () => {
    const told = reconcile(3, ours(500n), undefined, 'its moves begin later');
    expect(told).toMatchObject({ unexplained: undefined, because: 'its moves begin later' });
  });
});

describe('a late fact', () => {
  const late = {
    belongsTo: 4,
    revenue: msat(300n),
    costs: { ...NO_COSTS, rebalance: msat(20n), hive: msat(1n), open: msat(9000n) },
  };
  const booked = {
    revenue: msat(1000n),
    costs: { ...NO_COSTS, rebalance: msat(50n), hive: msat(1n), open: msat(9000n) },
  };

  test('takes back, on the day it is booked, what was unexplained on the day it belongs to', () => {
    const missing = reconcile(4, ours(0n), moves(300n, 21n), undefined).unexplained ?? 0n;
    const excess = reconcile(
      5,
      ourDay(booked, [late], () => true),
      moves(700n, 30n),
      undefined,
    ).unexplained;
    expect(missing).toBe(279n);
    expect(excess).toBe(-missing);
  });

  test('of a day that was not compared is left out where it is booked', () => {
    expect(ourDay(booked, [late], () => false)).toEqual(ours(700n, 30n));
    expect(ourDay(booked, [late], (day) => day === 4)).toEqual(ours(1000n, 51n));
  });
});

describe('what lasts of the differences', () => {
  test.each<[string, readonly (bigint | undefined)[], bigint | undefined]>([
    ['nothing was compared', [undefined, undefined], undefined],
    ['one day says nothing yet', [5n], undefined],
    ['one day that stays', [5n, 0n], 5n],
    ['one day that stays, in the middle of the week', [0n, 0n, 5n, 0n, 0n, 0n], 5n],
    ['the newest day alone may be half of a pair', [0n, 0n, 5n], 0n],
    ['a pair at midnight', [0n, 5n, -5n, 0n], 0n],
    ['a pair at the end of the window', [0n, 0n, 0n, 0n, 0n, 0n, 5n, -5n], 0n],
    ['a pair whose first half has left the window', [5n, -5n, 0n, 0n, 0n, 0n, 0n, 0n], 0n],
    ['a difference that has left the window', [5n, 0n, 0n, 0n, 0n, 0n, 0n, 0n], 0n],
    [
      'the newest day alone, and a difference that has left the window',
      [9n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 5n],
      0n,
    ],
    [
      'a pair at its end, and a difference that has left the window',
      [9n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 5n, -5n],
      0n,
    ],
    ['small ones that add up', [2n, 2n, 2n, 2n], 6n],
    ['ours beyond the node’s', [-2n, -2n, -2n], -4n],
    ['days that were not compared are no days', [5n, undefined, undefined, 0n], 5n],
  ])('%s', (_, amounts, expected) => {
    expect(lastingDifference(differing(amounts))).toBe(expected);
  });

  test('pairs at midnight never last, wherever they lie and whatever their size', () => {
    const pair = fc.record({ day: fc.nat(12), amount: fc.bigInt(-(10n ** 12n), 10n ** 12n) });
    fc.assert(
      fc.property(pair, ({ day, amount }) => {
        const days = Array.from({ length: 15 }, () => 0n);
        days[day] = amount;
        days[day + 1] = -amount;
        for (let seen = 2; seen <= days.length; seen += 1)
          expect(lastingDifference(differing(days.slice(0, seen)))).toBe(0n);
      }),
    );
  });

  test('a difference that does not come back is told in full from the second day on, for six days', () => {
    fc.assert(
      fc.property(fc.nat(10), fc.bigInt(1n, 10n ** 12n), (day, amount) => {
        const days = Array.from({ length: day + 7 }, (_, i) => (i === day ? amount : 0n));
        for (let after = 1; after <= 6; after += 1)
          expect(lastingDifference(differing(days.slice(0, day + after + 1)))).toBe(amount);
      }),
    );
  });
});

describe('bookkeeper’s income of a day', () => {
  const row = (tag: string, credit: bigint, debit = 0n) => ({
    tag,
    credit: credit as Msat,
    debit: debit as Msat,
  });

  test('original 4.12 (ordinary payments counted as rebalances): is what was routed, what going round cost, and what it could not account for', () => {
    expect(
      incomeLedger([
        row('routed', 500n),
        row('routed', 1n),
        row('rebalance_fee', 0n, 90n),
        row('invoice', 10_000n),
        row('invoice_fee', 0n, 3n),
        row('onchain_fee', 0n, 900_000n),
        row('deposit', 5_000_000n),
        row('journal_entry', 0n, 70n),
        row('penalty_adj', 4n),
      ]),
    ).toEqual({ source: 'income', routed: 501n, rebalances: 90n, other: -66n });
  });

  test('of a quiet day is nothing, which is something else than no answer', () => {
    expect(incomeLedger([])).toEqual({ source: 'income', routed: 0n, rebalances: 0n, other: 0n });
  });
});
