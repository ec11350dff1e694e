import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BadRequest } from '../ports/errors.ts';
import { readArguments } from './arguments.ts';
import { flag, moment, readMoment, text, wholeNumber, word } from './parameters.ts';

const schema = z.object({
  action: word(['set', 'get'], ''),
  channel_id: text('').optional(),
  fee_ppm: wholeNumber(0, 100_000, '').optional(),
  force: flag('').optional(),
  since: moment('').optional(),
});
const read = (params: unknown) => readArguments(schema, params);
const refusedField = (params: unknown): string => {
  try {
    read(params);
  } catch (error) {
    if (error instanceof BadRequest) return error.field;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('arguments', () => {
  test('by position, by name, and name=value words in a list mean the same', () => {
    const wanted = { action: 'set', channel_id: '1x1x1', fee_ppm: 250 };
    expect(read(['set', '1x1x1', 250])).toEqual(wanted);
    expect(read({ action: 'set', channel_id: '1x1x1', fee_ppm: '250' })).toEqual(wanted);
    expect(read(['set', 'fee_ppm=250', '1x1x1'])).toEqual(wanted);
    expect(read(['set', 'channel_id=1x1x1', 'fee_ppm=250'])).toEqual({ ...wanted });
    expect(read(['SET', '1x1x1', 250n])).toEqual(wanted);
  });

  test('null is not given: that is how lightning-cli skips one', () => {
    expect(read(['get', null, 5])).toEqual({ action: 'get', fee_ppm: 5 });
    expect(read({ action: 'get', fee_ppm: null })).toEqual({ action: 'get' });
  });

  test('a value may contain an equals sign', () =>
    expect(read(['get', 'channel_id=a=b'])).toEqual({ action: 'get', channel_id: 'a=b' }));

  test.each([
    ['nothing', undefined, 'action'],
    ['an empty list', [], 'action'],
    ['another word', ['sit'], 'action'],
    ['too many', ['set', 'a', 1, true, 5, 6], 'params'],
    ['an unknown name', { action: 'set', fee: 5 }, 'fee'],
    ['an unknown name in a list', ['set', 'fee=5'], 'fee'],
    ['a name twice', ['set', 'a', 'channel_id=b'], 'channel_id'],
    ['a prototype name', JSON.parse('{"action":"set","__proto__":1}'), '__proto__'],
    ['an inherited name', { action: 'set', constructor: 1 }, 'constructor'],
    ['a text', 'set', 'params'],
    ['a number', 5, 'params'],
    ['an object as text', ['set', { a: 1 }], 'channel_id'],
    ['a novel', ['set', 'x'.repeat(10_000)], 'channel_id'],
    ['NaN', ['set', 'a', Number.NaN], 'fee_ppm'],
    ['NaN as text', ['set', 'a', 'NaN'], 'fee_ppm'],
    ['a negative number', ['set', 'a', -1], 'fee_ppm'],
    ['a fraction', ['set', 'a', 1.5], 'fee_ppm'],
    ['1e400', ['set', 'a', '1e400'], 'fee_ppm'],
    ['too much', ['set', 'a', 100_001], 'fee_ppm'],
    ['a list as number', ['set', 'a', [5]], 'fee_ppm'],
    ['junk for a switch', ['set', 'a', 1, 'perhaps'], 'force'],
    ['junk for a time', ['set', 'a', 1, true, 'yesterday'], 'since'],
  ])('%s is refused, naming the field', (_, params, field) =>
    expect(refusedField(params)).toBe(field),
  );

  test('whatever comes: typed parameters, or a BadRequest whose field and text are short', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), (params) => {
        try {
          const { action, fee_ppm } = read(params);
          expect(['set', 'get']).toContain(action);
          expect(fee_ppm ?? 0).toBeLessThanOrEqual(100_000);
        } catch (error) {
          if (!(error instanceof BadRequest)) throw error;
          expect(error.field.length).toBeGreaterThan(0);
          expect(error.message.length).toBeLessThan(300);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('moments', () => {
  test.each([
    [1_767_700_800, { at: 1_767_700_800_000 }],
    ['1767700800', { at: 1_767_700_800_000 }],
    ['2026-01-06T12:00Z', { at: 1_767_700_800_000 }],
    ['2026-01-06', { at: 1_767_657_600_000 }],
    ['90m', { agoMs: 5_400_000 }],
    ['6h', { agoMs: 21_600_000 }],
    ['2 d', { agoMs: 172_800_000 }],
  ])('%s', (raw, at) => expect(readMoment(raw)).toEqual(at));

  test.each(['', '-1', '6w', '2026-13-01', '2026-01-06T12:00', 'now', 9e12, {}, true])(
    '%s is no moment',
    (raw) => expect(readMoment(raw)).toBeUndefined(),
  );
});
