import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { spliceSupport } from './splice-support.ts';

/** A bitmap with these bits set, as lightningd writes it: whole bytes, the highest first. */
function bitmap(bits: readonly number[]): string {
  const value = bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
  const digits = value === 0n ? '' : value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
const SPLICE = [62, 63, 162, 163];

describe('whether a peer can splice (BOLT 9)', () => {
  test.each([
    ['compulsory', [62]],
    ['optional', [63]],
    ['as Core Lightning numbered it first, compulsory', [162]],
    ['as Core Lightning numbered it first, optional', [163]],
  ])('it can: %s', (_, bits) => {
    expect(spliceSupport(bitmap(bits))).toBe(true);
  });

  test('original 4.14: bits 160 and 161 are no splicing', () => {
    expect(spliceSupport(bitmap([160, 161]))).toBe(false);
  });

  test('as lightningd 25.12 writes it', () => {
    expect(spliceSupport('800898880a8a59a1')).toBe(true);
    expect(spliceSupport('000898880a8a59a1')).toBe(false);
  });

  test.each([['no features', '', false]])('%s', (_, features, expected) => {
    expect(spliceSupport(features)).toBe(expected);
  });

  test.each([
    ['not told', undefined],
    ['no hex', 'zz'],
    ['half a byte', '8'],
  ])('unknown is no "no": %s', (_, features) => {
    expect(spliceSupport(features)).toBeUndefined();
  });

  it('reads any bitmap as the number it is, whatever its length and case', () => {
    const bits = fc.uniqueArray(fc.nat({ max: 300 }));
    fc.assert(
      fc.property(bits, fc.nat({ max: 20 }), fc.boolean(), (set, zeros, upper) => {
        const padded = `${'00'.repeat(zeros)}${bitmap(set)}`;
        const features = upper ? padded.toUpperCase() : padded;
        expect(spliceSupport(features)).toBe(set.some((bit) => SPLICE.includes(bit)));
      }),
    );
  });
});
