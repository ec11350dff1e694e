import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boolean, float, integer, oneOf, path } from './option-rows.ts';
import { OPTIONS } from './options.ts';
import { readValue, shown } from './read-value.ts';
import { OPTION_KEYS } from './snapshot.ts';

const words = { description: '' };
const count = integer({ ...words, min: 60, max: 604_800, unit: 's', default: 60 });
const rate = float({ ...words, min: 0, max: 1, default: 0.5 });
const flag = boolean({ ...words, default: false });
const choice = oneOf({ ...words, values: ['auto', 'true', 'false'], default: 'auto' });
const file = path({ ...words, default: 'x' });

const value = (row: Parameters<typeof readValue>[0], raw: unknown): unknown => {
  const read = readValue(row, raw);
  return 'value' in read ? read.value : undefined;
};

describe('reading one value', () => {
  test('whole numbers, from JSON or as text', () => {
    const raws = ['60', 604_800, 60n, ' 1800 ', '+90'];
    expect(raws.map((raw) => value(count, raw))).toEqual([60, 604_800, 60, 1800, 90]);
  });

  test('original 1.3: NaN, infinities, fractions, other spellings and out of range are refused', () => {
    const texts = ['59', '604801', '60.5', '1e3', '0x60', 'NaN', 'Infinity', '-60', '', ' ', 'abc'];
    const numbers = [59, 604_801, Number.NaN, Number.POSITIVE_INFINITY, 60.5, 10n ** 30n];
    const others = ['9'.repeat(400), null, undefined, true, [60], { value: 60 }];
    for (const raw of [...texts, ...numbers, ...others]) expect(value(count, raw)).toBeUndefined();
  });

  test('original 1.3: fee_interval=0 (busy loop) and a negative one are refused', () => {
    for (const raw of [0, '0', -1, '-1800', 59]) {
      expect(readValue(OPTIONS.fee_interval, raw)).toEqual({
        problem: expect.stringContaining('a whole number from 60 to 604800 s'),
      });
    }
  });

  test('fractions: bounds are included, 1e400 and NaN are not numbers', () => {
    expect(['0', '1', 0.35, '.5', '5e-1', 1n].map((raw) => value(rate, raw))).toEqual([
      0, 1, 0.35, 0.5, 0.5, 1,
    ]);
    for (const raw of ['1e400', 'NaN', 'inf', 1.0001, -0.0001, '0,5'])
      expect(value(rate, raw)).toBeUndefined();
  });

  test('minus zero is zero', () => expect(Object.is(value(rate, '-0'), 0)).toBe(true));

  test('switches: the usual words, and 1 and 0', () => {
    for (const raw of ['true', 'TRUE', ' yes ', 'on', '1', 1, 1n, true])
      expect(value(flag, raw)).toBe(true);
    for (const raw of ['false', 'No', 'off', '0', 0, 0n, false])
      expect(value(flag, raw)).toBe(false);
  });

  test('original 1.3: junk for a switch was silently false', () => {
    for (const raw of ['perhaps', 'tru', '', '2', 2, -1, 'y', null, {}, []])
      expect(readValue(flag, raw)).toEqual({
        problem: expect.stringContaining('must be true or false'),
      });
  });

  test('words: case does not matter, JSON true is the word', () => {
    expect(['AUTO', ' auto', true, 'false'].map((raw) => value(choice, raw))).toEqual([
      'auto',
      'auto',
      'true',
      'false',
    ]);
    expect(value(choice, 'maybe')).toBeUndefined();
  });

  test('file names: no control characters, no novels', () => {
    expect(value(file, '~/revenue ops.db')).toBe('~/revenue ops.db');
    for (const raw of ['', 'a\u0000b', 'a\nb', 'x'.repeat(5000), 7])
      expect(value(file, raw)).toBeUndefined();
  });

  test('whatever comes, the answer is a value of the row or one line saying what is wrong', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPTION_KEYS),
        fc.anything({ withBigInt: true }),
        (key, raw) => {
          const row = OPTIONS[key];
          const read = readValue(row, raw);
          if ('problem' in read) {
            expect(read.problem).not.toContain('\n');
            expect(read.problem.length).toBeLessThan(300);
          } else {
            expect(typeof read.value).toBe(typeof row.default);
            expect(readValue(row, String(read.value))).toEqual(read);
          }
        },
      ),
    );
  });

  test('a refusal shows the value shortly', () => {
    expect(shown('x'.repeat(1000)).length).toBeLessThan(70);
    expect(shown('a\nb')).toBe("'a b'");
  });
});
