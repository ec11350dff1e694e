import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BOBS, FIRST, rpcWorld } from '../../test/doubles/rpc-world.ts';
import { OPTION_KEYS } from '../config/snapshot.ts';
import { BadRequest } from '../ports/errors.ts';
import { METHODS } from './methods.ts';

const REAL = { check: false };

const junk = fc.oneof(
  fc.anything({ withBigInt: true }),
  fc.constantFrom<unknown>(
    ...[FIRST.scid, '800148:28:0', FIRST.id, BOBS.alias, '1', 2, '4711', 'baseline', 'true'],
    ...[
      'set',
      'tag',
      'batch',
      'passive',
      'get',
      'list',
      'remove',
      'settle',
      9,
      BOBS.scid,
      'diff',
      'reset',
      '1x1x1',
      -1,
      0,
      100,
      1e9,
      '6h',
      Number.NaN,
      '1e400',
    ],
  ),
  fc.constantFrom<unknown>(...OPTION_KEYS),
);

describe('every method', () => {
  for (const method of METHODS) {
    const names = method.parameters.map(({ name }) => name);
    const params = fc.oneof(
      fc.anything({ withBigInt: true }),
      fc.array(junk, { maxLength: 5 }),
      names.length === 0
        ? fc.dictionary(fc.string(), junk, { maxKeys: 3 })
        : fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), junk, { maxKeys: 4 }),
    );

    test(`${method.name}: whatever it is asked, an answer of its schema or a BadRequest naming a field`, () =>
      fc.assert(
        fc.asyncProperty(params, fc.boolean(), async (given, check) => {
          const { context } = rpcWorld();
          try {
            const answer = await method.run(given, context, { check });
            expect(method.answer.safeParse(answer).error).toBeUndefined();
          } catch (error) {
            if (!(error instanceof BadRequest)) throw error;
            expect(error.field).not.toBe('');
          }
        }),
        { numRuns: 150 },
      ));

    test(`${method.name}: check changes nothing, whatever it is asked`, () =>
      fc.assert(
        fc.asyncProperty(params, async (given) => {
          const { context, config, fees, rebalance, policies, due, lockBook } = rpcWorld();
          const before = {
            config: config.snapshot(),
            prices: new Map(fees.prices),
            locks: lockBook.active(),
            jobs: rebalance.jobs(10),
          };
          await method.run(given, context, { check: true }).catch((error: unknown) => {
            if (!(error instanceof BadRequest)) throw error;
          });
          expect(config.snapshot()).toBe(before.config);
          expect(fees.prices).toEqual(before.prices);
          expect(lockBook.active()).toEqual(before.locks);
          expect(rebalance.jobs(10)).toEqual(before.jobs);
          expect(rebalance.orders).toEqual([]);
          expect(policies.changes({ sequence: 0 }, 1)).toEqual({ changes: [], range: undefined });
          expect(due).toEqual([]);
        }),
        { numRuns: 60 },
      ));

    test(`${method.name}: its examples are understood`, async () => {
      for (const example of method.examples) {
        const words = example.split(' ').filter((word) => word !== '-k' && word !== 'check');
        const given = words.slice(2).map((word) => (word === '4711' ? '1' : word));
        const answer = await method.run(given, rpcWorld().context, REAL);
        expect(method.answer.safeParse(answer).error).toBeUndefined();
      }
    });
  }

  test('names are unique and begin with revenue-; usage shows what may be left out', () => {
    const names = METHODS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^revenue-[a-z-]+$/);
    const usage = METHODS.find(({ name }) => name === 'revenue-set-fee')?.usage;
    expect(usage).toBe('channel_id fee_ppm [expires_in_hours] [force]');
    for (const { parameters, description } of METHODS) {
      expect(description.length).toBeGreaterThan(10);
      for (const parameter of parameters) expect(parameter.description).not.toBe('');
    }
  });
});
