import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { change, external, input, OF_WALLET, open } from '../../../test/doubles/chain-moves.ts';
import { fromSat } from '../units.ts';
import { chainCosts } from './chain-costs.ts';

const sats = (max: number) => fc.integer({ min: 0, max });
const transaction = fc
  .record({
    opens: fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 0, maxLength: 8 }),
    change: fc.option(sats(5_000_000)),
    paid: fc.option(fc.integer({ min: 1, max: 5_000_000 })),
    inputs: fc.integer({ min: 1, max: 4 }),
    // Above it a fee may be refused for what it is.
    fee: fc.integer({ min: 1, max: 10_000 }),
    size: fc.integer({ min: 100_000, max: 5_000_000 }),
    seed: fc.infiniteStream(fc.nat()),
  })
  .filter(({ opens, change: back, paid }) => opens.length + (back ?? 0) + (paid ?? 0) > 0)
  .map(({ opens, change: back, paid, inputs, fee, size, seed }) => {
    const outputs = [
      ...opens.map((number, i) => open(i, number, size)),
      ...(back === null ? [] : [change(opens.length, back)]),
      ...(paid === null
        ? []
        : [external(opens.length + (back === null ? 0 : 1), paid, 'deposit', OF_WALLET)]),
    ];
    const total = size * opens.length + (back ?? 0) + (paid ?? 0) + fee;
    const each = Math.floor(total / inputs);
    const spends = Array.from({ length: inputs }, (_, i) =>
      input(i === 0 ? total - each * (inputs - 1) : each, i),
    );
    const moves = [...spends, ...outputs];
    const keys = new Map(moves.map((row) => [row, seed.next().value ?? 0]));
    const mixed = moves.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
    return { moves, mixed, fee, channels: opens.length };
  });

describe('for any transaction of ours', () => {
  it('the shares are the fee, to the msat and within one of each other', () => {
    fc.assert(
      fc.property(transaction, ({ moves, fee, channels }) => {
        const costs = chainCosts(moves);
        if (!('shares' in costs)) throw new RangeError('nothing was booked');
        const amounts = costs.shares.map(({ amount }) => amount);
        expect(amounts.reduce((sum, one) => sum + one, 0n)).toBe(fromSat(fee));
        expect(costs.shares).toHaveLength(Math.max(1, channels));
        const [least, most] = [amounts.toSorted(byAmount)[0], amounts.toSorted(byAmount).at(-1)];
        expect((most ?? 0n) - (least ?? 0n)).toBeLessThanOrEqual(1n);
      }),
    );
  });

  it('the order of the rows does not matter', () => {
    fc.assert(
      fc.property(transaction, ({ moves, mixed }) => {
        expect(chainCosts(mixed)).toEqual(chainCosts(moves));
      }),
    );
  });

  it('a row that is missing never makes a fee above what its size allows', () => {
    fc.assert(
      fc.property(transaction, fc.nat(), ({ moves }, which) => {
        const costs = chainCosts(moves.filter((_, i) => i !== which % moves.length));
        if (!('shares' in costs)) return;
        const booked = costs.shares.reduce((sum, { amount }) => sum + amount, 0n);
        const most = BigInt(11 + moves.length * 68) * 1_500_000n;
        expect(booked).toBeLessThanOrEqual(most);
      }),
    );
  });
});

const byAmount = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
