import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feeOf, OurPrices, withinChannel } from './our-prices.ts';

const START = { base: 0, ppm: 100, htlcMin: 1_000, htlcMax: 1_000_000_000 };
const AMOUNT = 10_000_000;
const prices = () => new OurPrices([START]);

describe('our prices', () => {
  it('a fee is base plus ppm, rounded down', () => {
    expect(feeOf({ ...START, base: 1000 }, 10_009_999)).toBe(1000 + 1000);
    expect(feeOf(START, 9_999)).toBe(0);
  });

  it('after a rise the old, lower fee counts until the delay has passed, to the millisecond', () => {
    const ours = prices();
    ours.set(0, { ppm: 200 }, 0, 600);
    expect(ours.refusal(0, 599_999, AMOUNT, 1000)).toBeUndefined();
    expect(ours.refusal(0, 600_000, AMOUNT, 1000)).toEqual({
      code: 4108,
      reason: 'WIRE_FEE_INSUFFICIENT',
    });
    expect(ours.refusal(0, 600_000, AMOUNT, 2000)).toBeUndefined();
  });

  it('enforcedelay 0 counts at once', () => {
    const ours = prices();
    ours.set(0, { ppm: 200 }, 0, 0);
    expect(ours.refusal(0, 0, AMOUNT, 1999)?.reason).toBe('WIRE_FEE_INSUFFICIENT');
  });

  it('a fall starts no grace: who pays the new price passes, who pays less does not', () => {
    const ours = prices();
    ours.set(0, { ppm: 50 }, 0, 600);
    expect(ours.refusal(0, 1, AMOUNT, 500)).toBeUndefined();
    expect(ours.refusal(0, 1, AMOUNT, 499)?.code).toBe(4108);
  });

  it('a former htlcmax counts during the delay too', () => {
    const ours = prices();
    ours.set(0, { htlcMax: AMOUNT - 1 }, 0, 600);
    expect(ours.refusal(0, 1, AMOUNT, 1000)).toBeUndefined();
    expect(ours.refusal(0, 600_001, AMOUNT, 1000)?.reason).toBe('WIRE_TEMPORARY_CHANNEL_FAILURE');
    expect(ours.refusal(0, 600_001, 999, 1000)?.reason).toBe('WIRE_AMOUNT_BELOW_MINIMUM');
  });

  it('an equal policy changes nothing', () => {
    expect(prices().set(0, { ...START }, 0, 600).changed).toBe(false);
    expect(prices().set(0, { base: 1 }, 0, 600).changed).toBe(true);
  });

  it('paying at least the present fee within the limits always passes', () => {
    const amount = fc.integer({ min: 1_000, max: 1_000_000_000 });
    fc.assert(
      fc.property(amount, fc.nat(5000), fc.nat(5000), fc.nat(1e6), (out, first, then, at) => {
        const ours = prices();
        ours.set(0, { ppm: first }, 0, 600);
        ours.set(0, { ppm: then }, at, 600);
        expect(ours.refusal(0, at + 5, out, feeOf(ours.now(0), out))).toBeUndefined();
      }),
    );
  });

  it('htlcmax is lowered to capacity less reserve, other fields pass', () => {
    const channel = { capacity: 2_000_000, reserve: 20_000 };
    expect(withinChannel({ htlcMax: 5e9, ppm: 1 }, channel)).toEqual({
      htlcMax: 1_980_000,
      ppm: 1,
    });
    expect(withinChannel({ ppm: 1 }, channel)).toEqual({ ppm: 1 });
  });
});
