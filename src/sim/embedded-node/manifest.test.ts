import { describe, expect, test } from 'vitest';
import { parseManifest } from './manifest.ts';
import { initOptions } from './plugin-options.ts';

const option = (changes: object = {}): object => ({
  name: 'o',
  type: 'int',
  description: 'd',
  ...changes,
});
const method = (name: string): object => ({ name, usage: '', description: '' });

describe('a manifest is refused for', () => {
  test.each([
    ['no object', undefined, 'no result object'],
    ['an option of an unknown type', { options: [option({ type: 'float' })] }, 'only "string"'],
    ['an option without description', { options: [{ name: 'o', type: 'int' }] }, 'description'],
    ['a default of another type', { options: [option({ default: 'x' })] }, 'default x is no int'],
    ['an option twice', { options: [option(), option()] }, 'option "o" is already'],
    ['a method twice', { rpcmethods: [method('m'), method('m')] }, 'method "m" is already'],
    ['a method without usage', { rpcmethods: [{ name: 'm' }] }, 'usage'],
    [
      'a deprecation that is no version',
      { rpcmethods: [{ ...method('m'), deprecated: ['soon'] }] },
      'neither a boolean nor',
    ],
    ['options that are no array', { options: {} }, 'no array'],
    ['dynamic that is no boolean', { dynamic: 'yes' }, 'no boolean'],
  ])('%s', (_, manifest, why) => {
    expect(() => parseManifest(manifest)).toThrow(why);
  });
});

test('a hook is recorded; what is left out has lightningd’s meaning', () => {
  expect(
    parseManifest({ hooks: [{ name: 'htlc_accepted' }], subscriptions: ['shutdown'] }),
  ).toEqual({
    options: [],
    methods: [],
    subscriptions: ['shutdown'],
    hooks: ['htlc_accepted'],
    notifications: [],
    dynamic: true,
    nonNumericIds: false,
    canCheck: false,
    disable: undefined,
  });
});

test('a method is deprecated when it says so, or since which version', () => {
  const since = (deprecated: unknown): object => ({
    ...method(`m${String(deprecated)}`),
    deprecated,
  });
  const { methods } = parseManifest({
    rpcmethods: [
      method('m'),
      since(false),
      since(true),
      since(['v24.02']),
      since(['v24.02', 'v24.08']),
    ],
  });
  expect(methods.map(({ deprecated }) => deprecated)).toEqual([false, false, true, true, true]);
});

describe('options of init', () => {
  const { options } = parseManifest({
    options: [
      option({ name: 'number', default: 42 }),
      option({ name: 'none', type: 'string' }),
      option({ name: 'many', type: 'string', multi: true }),
      option({ name: 'flag', type: 'flag' }),
      option({ name: 'yes', type: 'bool', default: true }),
    ],
  });

  test('without a value and without default an option is absent', () => {
    expect(initOptions(options, {})).toEqual({ number: 42, yes: true });
  });

  test('given values win, are typed, and repeat where they may', () => {
    const given = { number: '7', many: ['a', 'b'], flag: true, yes: 'false' };
    expect(initOptions(options, given)).toEqual({
      number: 7n,
      many: ['a', 'b'],
      flag: true,
      yes: false,
    });
  });

  test.each([
    [{ nosuch: 1 }, 'unknown parameter nosuch'],
    [{ number: 'abc' }, "'abc' is not a number"],
    [{ yes: 'maybe' }, "'maybe' is not a boolean"],
  ])('%o is refused', (given, why) => {
    expect(() => initOptions(options, given)).toThrow(why);
  });
});
