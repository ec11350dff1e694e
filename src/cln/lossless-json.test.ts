import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLossless, writeLossless } from './lossless-json.ts';

const MAX_U64 = 2n ** 64n - 1n;

test('2^64 − 1 is read with every digit, where a double gives 2^64', () => {
  const text = '{"their_max_htlc_value_in_flight_msat":18446744073709551615}';
  expect(parseLossless(text)).toEqual({ their_max_htlc_value_in_flight_msat: MAX_U64 });
  expect(writeLossless({ their_max_htlc_value_in_flight_msat: MAX_U64 })).toBe(text);
});

test('2^53 − 1 is the last number, 2^53 the first bigint', () => {
  expect(parseLossless('[9007199254740991,9007199254740992,-9007199254740992]')).toEqual([
    9007199254740991,
    9007199254740992n,
    -9007199254740992n,
  ]);
});

test('an amount is a bigint however small, and on both paths', () => {
  const small = '{"a_msat":0,"b":{"c_msat":[1,{"d_msat":2}],"e_msat":7},"n":5}';
  const withLong = small.replace('"n":5', '"n":5,"groupid":923644880703401960');
  const expected = { a_msat: 0n, b: { c_msat: [1, { d_msat: 2n }], e_msat: 7n }, n: 5 };
  expect(parseLossless(small)).toEqual(expected);
  expect(parseLossless(withLong)).toEqual({ ...expected, groupid: 923644880703401960n });
});

test('fractions stay numbers; an amount with a fraction is left for its reader to refuse', () => {
  expect(parseLossless('{"received_time":1795230294.140397333,"x_msat":1.5}')).toEqual({
    received_time: 1795230294.1403973,
    x_msat: 1.5,
  });
});

test('digits inside a string are text', () => {
  const hash = { payment_hash: '12345678901234567890', a_msat: 3n };
  expect(parseLossless(writeLossless(hash))).toEqual(hash);
});

test('text that is no JSON is a SyntaxError', () => {
  expect(() => parseLossless('{"id": nonsense}')).toThrow(SyntaxError);
});

test('every integer survives writing and reading', () => {
  const amounts = fc.bigInt({ min: -MAX_U64, max: MAX_U64 });
  fc.assert(
    fc.property(fc.array(amounts), amounts, (list, amount) => {
      const back = parseLossless(writeLossless({ list, amount_msat: amount }));
      const safe = (n: bigint) => (Number.isSafeInteger(Number(n)) ? Number(n) : n);
      expect(back).toEqual({ list: list.map(safe), amount_msat: amount });
    }),
  );
});

test('without long integers it differs from JSON.parse only in amounts', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const plain = JSON.parse(text);
      const lossless = parseLossless(text);
      fc.pre(!/\d{16}/.test(text) && !text.includes('_msat'));
      expect(lossless).toEqual(plain);
    }),
  );
});
