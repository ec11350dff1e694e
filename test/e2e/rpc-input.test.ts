/** SPEC 7.3, 11: NaN, negative, huge and wrong-typed input to every method: refused, named, and nothing changes. */
import { createConnection } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { OptionRow } from '../../src/config/option-rows.ts';
import { OPTIONS } from '../../src/config/options.ts';
import { METHODS } from '../../src/rpc/methods.ts';
import { answerCheck } from '../rpc/answer-check.ts';
import { anyCalls, checked, type Target, targets, wrongCalls } from '../rpc/attack.ts';
import { type Answer, Pipeline, type Request } from '../rpc/pipeline.ts';
import { furnish, placeIn, tourLife } from '../rpc/tour.ts';
import { CONTAINERS, wrongFor } from '../rpc/wrong-input.ts';
import { contentHash, Life } from './harness.ts';

const INVALID_PARAMS = -32602;
/** In all tests of this file that refuse. */
const CALLS = 10_000;
const BATCH = 100;

/** The first wrong answer is told, not the hundred calls that it was among. */
const told = {
  endOnFailure: true,
  reporter: ({ failed, errorInstance }: { failed: boolean; errorInstance: unknown }): void => {
    if (failed) throw errorInstance;
  },
};

let life: Life;
let pipeline: Pipeline;
let all: readonly Target[];
let before: { readonly hash: string; readonly sent: number };
const state = () => ({ hash: contentHash(life.database), sent: life.sets.length });

beforeAll(async () => {
  life = await Life.start({ seed: 9, channels: 6, historyDays: 3 });
  await life.hours(3);
  furnish(life);
  pipeline = new Pipeline(life.node.socketPath);
  all = await targets(await placeIn(life, 0), pipeline);
  before = state();
});
afterAll(async () => {
  pipeline.close();
  await life.destroy();
});
afterEach(() => {
  // The plugin lives, nothing was written and nothing was sent.
  expect(life.plugin.active).toBe(true);
  expect(state()).toEqual(before);
  const defects = life.node.logs.filter(({ level }) => level === 'error' || level === 'warn');
  expect(defects.map(({ message }) => message)).toEqual([]);
});

/** As a refusal must be: it names a parameter, or what is no parameter, or the whole. */
function expectNamed(request: Request, { code, field, message }: Answer): void {
  const text = `${request.method} ${request.params.slice(0, 300)}`;
  expect(code, `${text}: ${message}`).toBe(INVALID_PARAMS);
  expect(field, text).toMatch(/^.{1,60}$/s);
  expect(message.startsWith(`${field}: `), `${text}: ${message}`).toBe(true);
  expect(message.length, text).toBeLessThan(500);
}

const call = async (method: string, params: string): Promise<Answer> => {
  const [answer] = await pipeline.ask([{ method, params }]);
  if (answer === undefined) throw new Error('no answer');
  return answer;
};

describe('a refused call names its field and writes nothing', () => {
  test('one wrong parameter is refused by its own name, by check and for real', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(wrongCalls(all), { minLength: BATCH, maxLength: BATCH }),
        async (calls) => {
          for (const asked of [
            calls,
            calls.map((one) => ({ ...checked(one), field: one.field })),
          ]) {
            const answers = await pipeline.ask(asked);
            for (const [n, answer] of answers.entries()) {
              const one = asked[n];
              if (one === undefined) throw new Error('too many answers');
              expectNamed(one, answer);
              expect(answer.field, `${one.method} ${one.params.slice(0, 300)}`).toBe(one.field);
            }
          }
          expect(state()).toEqual(before);
        },
      ),
      { numRuns: 15, seed: 1, ...told },
    );
  }, 60_000);

  test('of any calls, what check refuses is refused for real as well, with the same field', async () => {
    const from = pipeline.asked;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyCalls(all), { minLength: BATCH, maxLength: BATCH }),
        async (calls) => {
          const checks = await pipeline.ask(calls.map(checked));
          const wrong = calls.filter((_, n) => checks[n]?.code !== undefined);
          const because = checks.filter(({ code }) => code !== undefined);
          const answers = await pipeline.ask(wrong);
          for (const [n, one] of wrong.entries()) {
            const [check, answer] = [because[n], answers[n]];
            if (check === undefined || answer === undefined) throw new Error('no answer');
            expectNamed(one, check);
            expectNamed(one, answer);
            expect(answer.field).toBe(check.field);
          }
          refused += wrong.length;
          expect(state()).toEqual(before);
        },
      ),
      { numRuns: 45, seed: 2, ...told },
    );
    expect(refused).toBeGreaterThan(1500);
    expect(pipeline.asked - from).toBeGreaterThan(6000);
  }, 60_000);

  test.each(METHODS.map(({ name }) => name))(
    '%s: unknown names, prototypes, too many',
    async (method) => {
      const names = ['nope', '__proto__', 'constructor', 'hasOwnProperty', 'x'.repeat(10_000)];
      for (const name of names)
        expect(await call(method, `{${JSON.stringify(name)}:1}`), name).toMatchObject({
          code: INVALID_PARAMS,
          field: expect.stringContaining(name.slice(0, 40)),
        });
      const many = `[${Array.from({ length: 5000 }, () => '"1"').join(',')}]`;
      expectNamed({ method, params: many }, await call(method, many));
      expectNamed(
        { method, params: many },
        (await pipeline.ask([checked({ method, params: many })]))[0] ?? (await call('', '[]')),
      );
    },
  );
});

describe('revenue-config set', () => {
  const rows: readonly (readonly [string, OptionRow])[] = Object.entries(OPTIONS);
  const kindOf = (row: OptionRow): string => {
    if (row.type === 'int') return `a whole number from ${row.min} to ${row.max}`;
    return row.type === 'bool' ? 'true or false' : 'one of ';
  };
  const wrongOf = (row: OptionRow): readonly string[] =>
    row.type === 'float'
      ? [...CONTAINERS, '""', '"NaN"', '"1,5"', '"Infinity"', '1e400', `${row.max * 2 + 1}`]
      : (wrongFor('value', kindOf(row)) ?? []);

  test('every key that can be set refuses what it may not be, naming value and the key', async () => {
    const calls = rows
      .filter(([, { mutable }]) => mutable)
      .flatMap(([key, row]) =>
        wrongOf(row)
          .filter((token) => !isWithin(row, token))
          .map((token) => ({ key, token })),
      );
    const requests = calls.map(({ key, token }) => ({
      method: 'revenue-config',
      params: `{"action":"set","key":${JSON.stringify(key)},"value":${token}}`,
    }));
    expect(requests.length).toBeGreaterThan(1000);
    for (const asked of [requests, requests.map(checked)])
      for (const [n, answer] of (await pipeline.ask(asked)).entries()) {
        const { key, token } = calls[n] ?? { key: '', token: '' };
        expect(answer, `${key}=${token.slice(0, 80)}`).toMatchObject({
          code: INVALID_PARAMS,
          field: 'value',
        });
        if (!CONTAINERS.includes(token)) expect(answer.message).toContain(key);
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
      expect(await call('revenue-config', params), params).toMatchObject({
        code: INVALID_PARAMS,
        field,
      });
  });
});
/** A negative number is right where the row allows it. */
const isWithin = (row: OptionRow, token: string): boolean =>
  row.type === 'int' &&
  /^-?\d+$/.test(token) &&
  Number(token) >= row.min &&
  Number(token) <= row.max;

/** Writes bytes and waits until whoever hears them hangs up, or has said something and nothing more is due. */
function throwBytes(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = createConnection(life.node.socketPath);
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    // Half closed: the other side answers what it understood, and ends.
    socket.end(bytes);
    socket.resume();
  });
}

test('raw bytes on the socket: whole, cut and flipped requests, and noise; those beside them are served', async () => {
  const request = fc
    .tuple(anyCalls(all), fc.nat(), fc.nat(), fc.constantFrom('cut', 'flip', 'whole'))
    .map(([one, at, by, how]) => {
      const { method, params } = checked(one);
      const bytes = Buffer.from(
        `{"jsonrpc":"2.0","id":"b","method":"${method}","params":${params}}`,
      );
      if (how === 'cut') return bytes.subarray(0, at % bytes.length);
      if (how === 'flip') bytes[at % bytes.length] = by % 256;
      return bytes;
    });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ weight: 3, arbitrary: request }, fc.uint8Array({ maxLength: 300 })),
      async (bytes) => {
        await throwBytes(bytes);
      },
    ),
    { numRuns: 600, seed: 3 },
  );
  expect(await call('revenue-status', '{}')).toMatchObject({ code: undefined });
}, 60_000);

test(`that were more than ${CALLS} calls`, () => {
  expect(pipeline.asked).toBeGreaterThan(CALLS);
});

test('calls of any kind carried out, at full: each answer is as declared, or an error that says why', async () => {
  await using full = await tourLife();
  using stack = new DisposableStack();
  const line = stack.adopt(new Pipeline(full.node.socketPath), (one) => one.close());
  const every = await targets(await placeIn(full, 0), line);
  const fits = new Map(METHODS.map((method) => [method.name, answerCheck(method)]));
  // Files are written where the call says: nowhere but in our own folder.
  const inside = ({ method, params }: Request): boolean =>
    method !== 'revenue-backup' || !/"(path=)?\//.test(params.replaceAll(full.folder, ''));
  await fc.assert(
    fc.asyncProperty(fc.array(anyCalls(every).filter(inside), { maxLength: 40 }), async (calls) => {
      for (const [n, answer] of (await line.ask(calls)).entries()) {
        const one = calls[n] ?? { method: '', params: '' };
        if (answer.code === INVALID_PARAMS) expectNamed(one, answer);
        else if (answer.code === undefined)
          expect(fits.get(one.method)?.(answer.result), `${one.method} ${one.params}`).toBe(
            undefined,
          );
        else expect(answer.message).toMatch(/^try again later: /);
      }
    }),
    { numRuns: 60, seed: 4, ...told },
  );
  expect(full.plugin.active).toBe(true);
  await full.hours(1);
  expect(full.node.logs.filter(({ level }) => level === 'error')).toEqual([]);
}, 60_000);
