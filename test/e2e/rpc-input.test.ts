/** SPEC 7.3, 11: NaN, negative, huge and wrong-typed input to every method: refused, named, and nothing changes. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OptionRow } from '../../src/config/option-rows.ts';
import { OPTIONS } from '../../src/config/options.ts';
import { RpcClient } from '../../src/sim/embedded-node/client.ts';
import { asRecord, parseLossless } from '../../src/sim/embedded-node/json-text.ts';
import { ancestorFile } from '../doubles/ancestor-file.ts';
import { contentHash, Life } from './harness.ts';

/** Everything here is JSON text, since `1e400` and `-0` are no values of JavaScript's. */
type Tokens = readonly string[];
const quoted = (...words: readonly string[]): Tokens => words.map((word) => JSON.stringify(word));

const CONTAINERS: Tokens = ['{}', '[]', '[1]', '{"a":{"b":[{}]}}', '{"__proto__":{"x":1}}'];
const NO_NUMBERS: Tokens = [
  ...quoted(
    '',
    ' ',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e400',
    '0x10',
    '1_000',
    '１',
    '\u0000',
    '5 ppm',
  ),
  '1e400',
  '-1e400',
  '1.5',
  '-1',
  '-9007199254740993',
  `1${'0'.repeat(400)}`,
  'true',
];
const STRANGER = `02${'a'.repeat(64)}`;
const NO_SUBJECTS: Tokens = [
  ...CONTAINERS,
  ...quoted('', 'x', '1x1', '1x1x1', '99999999x1x1', '-1x1x1', '1x1x1x1', 'a'.repeat(201)),
  ...quoted('0'.repeat(64), 'g'.repeat(64), `04${'a'.repeat(64)}`),
  ...quoted('../../etc/passwd', "'; DROP TABLE settled; --", '__proto__', '\ud800', '%s%n'),
  '-1',
  '1e400',
  'true',
];
/** Wrong for each kind of parameter. */
const WRONG = {
  count: [...CONTAINERS, ...NO_NUMBERS, '1e-7', '123456789012'],
  amount: [...CONTAINERS, ...NO_NUMBERS, '1e-7'],
  channel: [...NO_SUBJECTS, ...quoted(STRANGER)],
  /** A peer need not have a channel with us. */
  subject: [...NO_SUBJECTS, ...quoted('tag:', 'default:old')],
  path: [
    ...CONTAINERS,
    ...quoted('', 'old.db', '../old.db', '~/old.db', '/old\u0000.db', `/${'x'.repeat(5000)}`),
    '5',
    'true',
  ],
  tag: [...quoted('', ' ', 'x'.repeat(65), 'a,b', 'a\u0000b'), '{}', '[1]'],
  flag: [...CONTAINERS, ...quoted('', 'perhaps', 'NaN', '2'), '2', '-1', '1e400', '0.5'],
  word: [...CONTAINERS, ...quoted('', 'drop', '__proto__', 'constructor'), '5', '1e400'],
  moment: [
    ...CONTAINERS,
    ...quoted('', 'yesterday', '2026-13-45', '99999999d', '-2h', 'NaN', '2026-01-31T99:99Z'),
    '-1',
    '1e400',
    '99999999999999',
    'true',
  ],
  key: [
    ...CONTAINERS,
    ...quoted('', 'nope', '__proto__', 'constructor', 'toString', 'version', 'k'.repeat(65)),
    '7',
  ],
} satisfies Record<string, Tokens>;

type Kind = keyof typeof WRONG;
/** Of each method, one valid call and the kind of every parameter. */
type Shape = {
  readonly valid: (scid: string, other: string) => Readonly<Record<string, string>>;
  readonly kinds: Readonly<Record<string, Kind>>;
};
const none = () => ({});
const REBALANCE: Shape = {
  valid: (scid, other) => ({
    from_channel: JSON.stringify(scid),
    to_channel: JSON.stringify(other),
    amount_sats: '100000',
  }),
  kinds: {
    from_channel: 'channel',
    to_channel: 'channel',
    amount_sats: 'amount',
    max_fee_sats: 'amount',
    force: 'flag',
  },
};
const METHODS: Readonly<Record<string, Shape>> = {
  'revenue-status': { valid: none, kinds: { limit: 'count' } },
  'revenue-explain': {
    valid: (scid) => ({ subject: JSON.stringify(scid) }),
    kinds: { subject: 'channel', json: 'flag' },
  },
  'revenue-config': {
    valid: () => ({ action: '"set"', key: '"min_fee_ppm"', value: '11' }),
    kinds: { action: 'word', key: 'key', value: 'count' },
  },
  'revenue-set-fee': {
    valid: (scid) => ({ channel_id: JSON.stringify(scid), fee_ppm: '100' }),
    kinds: { channel_id: 'channel', fee_ppm: 'count', expires_in_hours: 'count', force: 'flag' },
  },
  'revenue-policy': {
    valid: () => ({ action: '"set"', peer_id: JSON.stringify(STRANGER), strategy: '"passive"' }),
    kinds: {
      action: 'word',
      peer_id: 'subject',
      strategy: 'word',
      rebalance: 'word',
      fee_ppm: 'count',
      min_ppm: 'count',
      max_ppm: 'count',
      expires_in_hours: 'count',
      rebalance_mode: 'word',
      fee_ppm_target: 'count',
    },
  },
  'revenue-ignore': {
    valid: () => ({ peer_id: JSON.stringify(STRANGER) }),
    kinds: { peer_id: 'subject' },
  },
  'revenue-unignore': {
    valid: () => ({ peer_id: JSON.stringify(STRANGER) }),
    kinds: { peer_id: 'subject' },
  },
  'revenue-list-ignored': { valid: none, kinds: {} },
  'revenue-remanage': {
    valid: () => ({ peer_id: JSON.stringify(STRANGER) }),
    kinds: { peer_id: 'subject', tag: 'word' },
  },
  'revenue-import': {
    valid: () => ({ path: JSON.stringify(join(life.folder, 'old.db')) }),
    kinds: { path: 'path', dry_run: 'flag' },
  },
  'revenue-rebalance': REBALANCE,
  'revenue-pump': REBALANCE,
  'revenue-rebalance-debug': { valid: none, kinds: { channel: 'channel', limit: 'count' } },
  'revenue-locks': {
    valid: () => ({ action: '"settle"', id: '1', spent_sats: '1' }),
    kinds: { action: 'word', id: 'amount', spent_sats: 'amount', spent_msat: 'amount' },
  },
  'revenue-undo': {
    valid: none,
    kinds: { baseline: 'word', change: 'count', cycle: 'count', since: 'moment' },
  },
  'revenue-analyze': { valid: none, kinds: { channel_id: 'channel' } },
  'revenue-fee-debug': { valid: none, kinds: { channel_id: 'channel', limit: 'count' } },
  'revenue-doctor': { valid: none, kinds: { json: 'flag', restore: 'flag' } },
  'revenue-pause': { valid: none, kinds: { scope: 'word', hours: 'count', restore: 'flag' } },
  'revenue-resume': { valid: none, kinds: {} },
};
const READS = ['revenue-status', 'revenue-explain', 'revenue-fee-debug', 'revenue-doctor'];

type Answer = { readonly code: unknown; readonly field: unknown; readonly message: string };

let life: Life;
let before: { readonly hash: string; readonly sent: number };
let asked = 0;
beforeAll(async () => {
  life = await Life.start({ seed: 9, channels: 6, historyDays: 3 });
  await life.hours(3);
  ancestorFile(join(life.folder, 'old.db'), 'v2.2');
  before = { hash: contentHash(life.database), sent: life.sets.length };
});
afterAll(() => life.destroy());
afterEach(() => {
  // The plugin lives, nothing was written and nothing was sent.
  expect(life.plugin.active).toBe(true);
  expect({ hash: contentHash(life.database), sent: life.sets.length }).toEqual(before);
  const defects = life.node.logs.filter(({ level }) => level === 'error' || level === 'warn');
  expect(defects.map(({ message }) => message)).toEqual([]);
});

async function ask(method: string, params: string): Promise<Answer | undefined> {
  asked += 1;
  const request = `{"jsonrpc":"2.0","id":"t","method":"${method}","params":${params}}`;
  const answer = asRecord(parseLossless(await new RpcClient(life.node.socketPath).raw(request)));
  const error = asRecord(answer?.error);
  if (error === undefined) return undefined;
  return { code: error.code, field: asRecord(error.data)?.field, message: String(error.message) };
}
const object = (members: Readonly<Record<string, string>>): string =>
  `{${Object.entries(members)
    .map(([name, token]) => `${JSON.stringify(name)}:${token}`)
    .join(',')}}`;
/** The same call by position: what is left out in the middle is null. */
const list = (names: readonly string[], members: Readonly<Record<string, string>>): string => {
  const last = names.findLastIndex((name) => members[name] !== undefined);
  return `[${names
    .slice(0, last + 1)
    .map((name) => members[name] ?? 'null')
    .join(',')}]`;
};
const checked = (method: string, params: string): string =>
  params.startsWith('[')
    ? `["${method}"${params === '[]' ? '' : ','}${params.slice(1)}`
    : `{"command_to_check":"${method}"${params === '{}' ? '' : ','}${params.slice(1)}`;

const TAKING_PARAMETERS = Object.keys(METHODS).filter(
  (name) => Object.keys(METHODS[name]?.kinds ?? {}).length > 0,
);
/** A call with one wrong parameter, in either style. */
const wrongCall = fc.constantFrom(...TAKING_PARAMETERS).chain((method) =>
  fc.constantFrom(...Object.entries(METHODS[method]?.kinds ?? {})).chain(([field, kind]) =>
    fc.record({
      method: fc.constant(method),
      field: fc.constant(field),
      token: fc.constantFrom(...WRONG[kind]),
      style: fc.constantFrom('object', 'list'),
      checks: fc.boolean(),
    }),
  ),
);

test('every method is attacked', () => {
  const names = life.plugin.manifest?.methods.map(({ name }) => name);
  expect(Object.keys(METHODS).toSorted()).toEqual(names?.toSorted());
});

describe('a wrong parameter', () => {
  test('is refused by its name, in 1,000 calls of every method, both styles, and check', async () => {
    await fc.assert(
      fc.asyncProperty(wrongCall, async ({ method, field, token, style, checks }) => {
        const shape = METHODS[method];
        if (shape === undefined) throw new Error(method);
        const names =
          life.plugin.manifest?.methods
            .find(({ name }) => name === method)
            ?.usage.split(' ')
            .map((word) => word.replace(/[[\]]/g, '')) ?? [];
        const members = {
          ...shape.valid(life.channel(0).scid, life.channel(1).scid),
          [field]: token,
        };
        const params = style === 'object' ? object(members) : list(names, members);
        const answer = checks
          ? await ask('check', checked(method, params))
          : await ask(method, params);
        expect(answer, `${method} ${params}`).toMatchObject({ code: -32602, field });
        expect(answer?.message.length).toBeLessThan(400);
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect(asked).toBeGreaterThanOrEqual(1000);
  });

  test.each(Object.keys(METHODS))(
    '%s: unknown names, prototypes, twice, too many',
    async (method) => {
      const valid = METHODS[method]?.valid(life.channel(0).scid, life.channel(1).scid) ?? {};
      for (const name of ['nope', '__proto__', 'constructor', 'hasOwnProperty', 'x'.repeat(10_000)])
        expect(await ask(method, object({ ...valid, [name]: '1' })), name).toMatchObject({
          code: -32602,
          field: expect.stringContaining(name.slice(0, 40)),
        });
      const many = `[${Array.from({ length: 5000 }, () => '"1"').join(',')}]`;
      expect(await ask(method, many)).toMatchObject({ code: -32602, field: expect.any(String) });
      expect(await ask('check', checked(method, many))).toMatchObject({ code: -32602 });
    },
  );
});

describe('revenue-config set', () => {
  const rows: readonly (readonly [string, OptionRow])[] = Object.entries(OPTIONS);
  const wrongFor = (row: OptionRow): Tokens => {
    if (row.type === 'int') return [...WRONG.count, `${row.max + 1}`, `${row.min - 1}`];
    if (row.type === 'float')
      return [
        ...CONTAINERS,
        ...quoted('', 'NaN', '1,5', 'Infinity'),
        '1e400',
        `${row.max * 2 + 1}`,
      ];
    return row.type === 'bool' ? WRONG.flag : WRONG.word;
  };

  test.each(rows.filter(([, { mutable }]) => mutable))('%s', async (key, row) => {
    for (const token of wrongFor(row)) {
      if (row.type === 'int' && Number(token) >= row.min && Number(token) <= row.max) continue;
      const call = object({ action: '"set"', key: JSON.stringify(key), value: token });
      for (const answer of [
        await ask('revenue-config', call),
        await ask('check', checked('revenue-config', call)),
      ]) {
        expect(answer, `${key}=${token}`).toMatchObject({ code: -32602, field: 'value' });
        if (!CONTAINERS.includes(token)) expect(answer?.message).toContain(key);
      }
    }
  });

  test('what is fixed at start, what breaks another rule, what is missing', async () => {
    const refused: readonly (readonly [string, string])[] = [
      ['["set","db_path","/tmp/elsewhere.db"]', 'key'],
      ['["set","dry_run",false]', 'key'],
      ['["set","min_fee_ppm",99999]', 'value'],
      ['["set","max_fee_ppm",3]', 'value'],
      ['["set","min_fee_ppm"]', 'value'],
      ['["set"]', 'key'],
      ['["reset"]', 'key'],
      ['[]', 'action'],
    ];
    for (const [params, field] of refused)
      expect(await ask('revenue-config', params), params).toMatchObject({ code: -32602, field });
  });
});

test('check does nothing, whatever it is asked: valid calls and 300 of any JSON', async () => {
  for (const [method, { valid }] of Object.entries(METHODS)) {
    if (method === 'revenue-undo') continue;
    expect(
      await ask(
        'check',
        checked(method, object(valid(life.channel(0).scid, life.channel(1).scid))),
      ),
    ).toBeUndefined();
  }
  expect(await ask('check', checked('revenue-undo', '["baseline"]'))).toBeUndefined();
  const junk = fc.oneof(
    fc.array(fc.jsonValue({ maxDepth: 4 })),
    fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(METHODS)), junk, async (method, params) => {
      const answer = await ask('check', checked(method, JSON.stringify(params)));
      expect([undefined, -32602]).toContain(answer?.code);
      if (READS.includes(method)) {
        const real = await ask(method, JSON.stringify(params));
        expect([undefined, -32602]).toContain(real?.code);
      }
    }),
    { numRuns: 300, seed: 2 },
  );
});
