import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fromSat, type Msat, msat } from '../units.ts';
import { type Balances, ourShare } from './share.ts';

const CHANNEL: Balances = {
  capacity: fromSat(1_000_000),
  toUs: fromSat(500_000),
  ourReserve: fromSat(10_000),
  theirReserve: fromSat(10_000),
  htlcs: [],
};

describe('our share of a channel (SPEC, words)', () => {
  test.each<[string, Partial<Balances>, number | undefined]>([
    ['half', {}, 0.5],
    ['all that can be ours', { toUs: fromSat(990_000) }, 1],
    ['only our reserve is left', { toUs: fromSat(10_000) }, 0],
    ['below our reserve (a new channel the peer opened)', { toUs: fromSat(0) }, 0],
    ['into their reserve', { toUs: fromSat(1_000_000) }, 1],
    ['reserves differ', { ourReserve: fromSat(0), theirReserve: fromSat(200_000) }, 0.625],
    ['capacity unknown', { capacity: undefined }, undefined],
    ['to_us unknown', { toUs: undefined }, undefined],
    ['our reserve unknown', { ourReserve: undefined }, undefined],
    ['their reserve unknown', { theirReserve: undefined }, undefined],
    ['reserves leave nothing', { capacity: fromSat(20_000) }, undefined],
    ['reserves leave one msat', { capacity: msat(20_000_001n), toUs: msat(10_000_001n) }, 1],
    ['reserves exceed capacity', { capacity: fromSat(15_000) }, undefined],
  ])('%s', (_, change, expected) => {
    expect(ourShare({ ...CHANNEL, ...change })).toBe(expected);
  });

  it('takes off what is on its way out, but not what is on its way in', () => {
    const out = { direction: 'out', amount: fromSat(98_000) } as const;
    const comingIn = { direction: 'in', amount: fromSat(300_000) } as const;
    expect(ourShare({ ...CHANNEL, htlcs: [out, comingIn] })).toBe(0.4);
    expect(ourShare({ ...CHANNEL, htlcs: [out, out] })).toBeCloseTo(0.3, 12);
  });

  it('original 4.1: capacity is not spendable + receivable, so HTLCs in flight do not shrink the channel', () => {
    const out = { direction: 'out', amount: fromSat(490_000) } as const;
    expect(ourShare({ ...CHANNEL, htlcs: [out] })).toBe(0);
  });

  it('is a share for any amounts, and rises with what is ours', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n }).map((n): Msat => msat(n));
    fc.assert(
      fc.property(
        fc.record({ capacity: amount, toUs: amount, ourReserve: amount, theirReserve: amount }),
        amount,
        (channel, more) => {
          const before = ourShare({ ...channel, htlcs: [] });
          const after = ourShare({ ...channel, toUs: msat(channel.toUs + more), htlcs: [] });
          if (before === undefined || after === undefined) return before === after;
          return before >= 0 && after <= 1 && after >= before;
        },
      ),
    );
  });
});
