import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromText, toText } from './wire-text.ts';

const replaced = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}msat` : part));

const anything = fc.anything({ withBigInt: true, withNullPrototype: true });

describe('toText', () => {
  it('writes what JSON.stringify writes, with amounts as text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anything), (value) => {
        expect(toText(value)).toBe(replaced(value));
      }),
    );
  });

  it.each([
    [-0, '0'],
    [Number.NaN, 'null'],
    [1e21, '1e+21'],
    ['\u2028"\\\n', '"\u2028\\"\\\\\\n"'],
    [[undefined, 1], '[null,1]'],
    [{ left: undefined, kept: null }, '{"kept":null}'],
    [{ amount: -5n }, '{"amount":"-5msat"}'],
  ])('special value %#', (value, text) => {
    expect(toText(value)).toBe(text);
  });

  it('comes back exactly, whatever the amounts', () => {
    const state = fc.record({
      amount: fc.bigInt(),
      rate: fc.double({ noNaN: true, noDefaultInfinity: true }).map((rate) => rate + 0),
      list: fc.array(fc.record({ at: fc.maxSafeInteger(), on: fc.boolean() })),
    });
    fc.assert(
      fc.property(state, (value) => {
        expect(fromText(toText(value))).toEqual(value);
      }),
    );
  });
});
