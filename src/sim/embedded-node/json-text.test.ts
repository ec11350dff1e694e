import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  elements,
  JsonFramer,
  memberSpans,
  members,
  parseLossless,
  splice,
  toJson,
} from './json-text.ts';

/** Cuts a text at the given places. */
function pieces(text: string, cuts: readonly number[]): string[] {
  const at = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length));
}

describe('finding values in a stream', () => {
  test('any values, any separators, cut anywhere: the same values in order', () => {
    const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', '\n', '\n\n', '  \r\n\t'),
        fc.array(fc.nat(500), { maxLength: 6 }),
        (values, separator, cuts) => {
          const texts = values.map((one) => JSON.stringify(one));
          const framer = new JsonFramer();
          const found = pieces(texts.join(separator), cuts).flatMap((part) => framer.push(part));
          expect(found).toEqual(texts);
        },
      ),
    );
  });

  test.each(['garbage', '"text"', '12', '}', ' ]', 'null'])(
    '%s outside of a value throws',
    (text) => {
      expect(() => new JsonFramer().push(text)).toThrow(SyntaxError);
    },
  );

  test('an unfinished value waits', () => {
    const framer = new JsonFramer();
    expect(framer.push('{"a":"}')).toEqual([]);
    expect(framer.rest).toBe('{"a":"}');
    expect(framer.push('"}')).toEqual(['{"a":"}"}']);
  });
});

describe('splicing', () => {
  test('members and elements are found whatever the white space, and keep their text', () => {
    const text = '{ "jsonrpc" : "2.0", "id" : "a\\"b" , "params" :[ 1, {"x":[2]} , "c,]" ] }';
    expect([...members(text)]).toEqual([
      ['jsonrpc', '"2.0"'],
      ['id', '"a\\"b"'],
      ['params', '[ 1, {"x":[2]} , "c,]" ]'],
    ]);
    expect(elements('[ 1, {"x":[2]} , "c,]" ]')).toEqual(['1', '{"x":[2]}', '"c,]"']);
    expect(elements('[]')).toEqual([]);
    expect(members('{}').size).toBe(0);
  });

  test('members are those of JSON.parse, for any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const found = [...members(JSON.stringify(object))].map(([k, v]) => [k, JSON.parse(v)]);
        const known = JSON.parse(JSON.stringify(object));
        expect(found).toEqual(Object.entries(known));
      }),
    );
  });

  test('one member is replaced, the rest stays to the character', () => {
    const text = '{ "id" : 7,"x":  1 }';
    const span = memberSpans(text).get('id');
    expect(span && splice(text, span, '"seven"')).toBe('{ "id" : "seven","x":  1 }');
  });
});

test('integers of any size survive both ways', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (amount) => {
      const text = toJson({ amount });
      expect(text).toBe(`{"amount":${amount}}`);
      expect(parseLossless(text)).toEqual({
        amount: amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount,
      });
    }),
  );
});
