/** What no parameter of a kind may be. Everything here is JSON text, since `1e400` is no value of JavaScript's. */

export type Tokens = readonly string[];
const quoted = (...words: readonly string[]): Tokens => words.map((one) => JSON.stringify(one));

export const STRANGER = `02${'a'.repeat(64)}`;
export const CONTAINERS: Tokens = [
  '{}',
  '[]',
  '[1]',
  '{"a":{"b":[{}]}}',
  '{"__proto__":{"x":1}}',
  `${'['.repeat(90)}${']'.repeat(90)}`,
];
const NO_NUMBERS: Tokens = [
  ...quoted('', ' ', 'NaN', 'Infinity', '-Infinity', '1e400', '0x10', '1_000', '１'),
  ...quoted('\u0000', '5 ppm', '٣', '1\u202e2'),
  '1e400',
  '-1e400',
  '1.5',
  '1e-7',
  '-1',
  '-9007199254740993',
  `1${'0'.repeat(400)}`,
  'true',
];
const NO_SUBJECTS: Tokens = [
  ...CONTAINERS,
  ...quoted('', 'x', '1x1', '1x1x1', '99999999x1x1', '-1x1x1', '1x1x1x1', 'a'.repeat(201)),
  ...quoted('0'.repeat(64), 'g'.repeat(64), `04${'a'.repeat(64)}`),
  ...quoted('../../etc/passwd', "'; DROP TABLE settled; --", '__proto__', '\ud800', '%s%n', '🙂'),
  '-1',
  '1e400',
  'true',
];
const NO_WORDS: Tokens = [
  ...CONTAINERS,
  ...quoted('', 'drop', '__proto__', 'constructor', 'toString', 'ｓｅｔ', 'x'.repeat(100_000)),
  '5',
  '1e400',
];
const NO_FLAGS: Tokens = [
  ...CONTAINERS,
  ...quoted('', 'perhaps', 'NaN', '2'),
  '2',
  '-1',
  '1e400',
  '0.5',
];
const NO_PATHS: Tokens = [
  ...CONTAINERS,
  ...quoted('', 'old.db', '../old.db', '~/old.db', '/old\u0000.db', `/${'x'.repeat(5000)}`),
  '5',
  'true',
];
const NO_MOMENTS: Tokens = [
  ...CONTAINERS,
  ...quoted('', 'yesterday', '2026-13-45', '99999999d', '-2h', 'NaN', '2026-01-31T99:99Z'),
  '-1',
  '1e400',
  '99999999999999',
  'true',
];
const NO_TEXTS: Tokens = [...CONTAINERS, ...quoted('', ' ', 'a'.repeat(201))];
const NO_TAGS: Tokens = ['{}', '[1]', ...quoted('', ' ', 'x'.repeat(65), 'a,b', 'a\u0000b')];
const NO_TAG_LISTS: Tokens = ['{}', '{"a":1}', '5', 'true', ...quoted('x'.repeat(65), 'a\u0000b')];
const NO_LISTS: Tokens = ['{}', '5', 'true', ...quoted('', 'x', '{}', '[', '5')];

/** From the bounds a refusal names: one below, one above, and what is no number at all. */
function noNumbers(low: bigint, high: bigint): Tokens {
  return [...CONTAINERS, ...NO_NUMBERS, `${low - 1n}`, `${high + 1n}`, `"${high + 1n}"`];
}

/** How a refusal says what a parameter takes, and what is wrong for it then. */
const KINDS: readonly (readonly [RegExp, (found: RegExpExecArray) => Tokens])[] = [
  [
    /^a whole number from (\d+) to (\d+)/,
    ([, low, high]) => noNumbers(BigInt(low ?? 0), BigInt(high ?? 0)),
  ],
  [/^true or false$/, () => NO_FLAGS],
  [/^one of /, () => NO_WORDS],
  [/^a text of /, () => NO_TEXTS],
  [/^the absolute path /, () => NO_PATHS],
  [/^unix seconds, /, () => NO_MOMENTS],
  [
    /^a UTC day |^a month /,
    () => [...NO_MOMENTS, ...quoted('2026-1-1', '2026-00', '2008-12-31', '2026-02-30')],
  ],
  [/^a peer id: /, () => NO_SUBJECTS],
  [/^a tag of /, () => NO_TAGS],
  [/^at most \d+ tags /, () => NO_TAG_LISTS],
  [/^a list of at most /, () => NO_LISTS],
  [/^a number, a text, true or false$/, () => CONTAINERS],
];
/** Texts that must name a channel or a peer which is there. */
const NAMING_CHANNELS = /^(channel|channel_id|from_channel|to_channel|subject)$/;

/** What is wrong for the parameter `name` that takes `expected`; undefined: nothing is known of such a kind. */
export function wrongFor(name: string, expected: string): Tokens | undefined {
  if (NAMING_CHANNELS.test(name)) return [...NO_SUBJECTS, ...quoted(STRANGER)];
  for (const [pattern, tokens] of KINDS) {
    const found = pattern.exec(expected);
    if (found) return tokens(found);
  }
  return undefined;
}

/** What anything may be at all, right or wrong: to be thrown at every parameter. */
export const ANYTHING: Tokens = [
  ...new Set([...NO_NUMBERS, ...NO_SUBJECTS, ...NO_WORDS, ...NO_FLAGS, ...NO_PATHS, ...NO_MOMENTS]),
  ...quoted('none', 'all', 'list', 'true', '6h', '2026-01-31', STRANGER, 'a=b', 'force=true'),
  '0',
  '1',
  '2',
  '21',
  '100000',
  'false',
  'null',
];
