import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fromSat, msat, share } from '../units.ts';
import { targetOf } from './targets.ts';

const sized = (
  capacity: number,
  daily: number,
  spendable: number,
  part = spendable / capacity,
) => ({
  capacity: fromSat(capacity),
  dailyVolume: fromSat(daily),
  spendable: fromSat(spendable),
  share: share(part),
});

it.each([
  ['10 M with 10 k a day keeps the burst buffer', 10_000_000, 10_000, 500_000],
  ['three days of volume', 10_000_000, 1_000_000, 3_000_000],
  ['exactly the buffer from volume', 10_000_000, 166_667, 500_001],
  ['never more than half', 10_000_000, 9_000_000, 5_000_000],
  ['half of a small channel', 600_000, 10_000, 300_000],
  ['half exactly the buffer', 1_000_000, 0, 500_000],
])('%s', (_, capacity, daily, target) => {
  expect(targetOf(sized(capacity, daily, 0)).target).toBe(fromSat(target));
});

test('excess and lack are the distance from the target, in msat', () => {
  const one = {
    ...sized(10_000_000, 100_000, 0),
    spendable: msat(499_999_999n),
    share: share(0.05),
  };
  expect(targetOf(one)).toEqual({
    target: fromSat(500_000),
    lack: msat(1n),
    excess: msat(0n),
    stagnant: false,
  });
  const more = { ...one, spendable: msat(500_000_001n) };
  expect(targetOf(more)).toMatchObject({ lack: 0n, excess: 1n });
  const even = { ...one, spendable: fromSat(500_000) };
  expect(targetOf(even)).toMatchObject({ lack: 0n, excess: 0n });
});

it.each([
  ['0.4 is balanced', 0.4, 1_499, true],
  ['0.6 is balanced', 0.6, 1_499, true],
  ['below it is not', 0.399, 1_499, false],
  ['above it is not', 0.601, 1_499, false],
  ['0.15 % a day is not idle', 0.5, 1_500, false],
])('stagnant but balanced: %s', (_, part, daily, stagnant) => {
  expect(targetOf(sized(1_000_000, daily, 450_000, part)).stagnant).toBe(stagnant);
});

test('a stagnant but balanced channel gives all but three days of volume and lacks nothing', () => {
  expect(targetOf(sized(1_000_000, 1_000, 450_000, 0.46))).toEqual({
    target: fromSat(500_000),
    lack: 0n,
    excess: fromSat(447_000),
    stagnant: true,
  });
});

test('the target is never more than half of the capacity, and only one of lack and excess is there', () => {
  const amounts = fc.bigInt({ min: 0n, max: 10n ** 14n });
  fc.assert(
    fc.property(
      amounts.filter((capacity) => capacity > 0n),
      amounts,
      amounts,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (capacity, dailyVolume, spendable, part) => {
        const { target, lack, excess } = targetOf({
          capacity: msat(capacity),
          dailyVolume: msat(dailyVolume),
          spendable: msat(spendable),
          share: share(part),
        });
        expect(target * 2n <= capacity).toBe(true);
        expect(lack === 0n || excess === 0n).toBe(true);
        expect(lack >= 0n && excess >= 0n && excess <= spendable).toBe(true);
      },
    ),
  );
});
