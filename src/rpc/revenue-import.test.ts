import { describe, expect, test } from 'vitest';
import { rpcWorld } from '../../test/doubles/rpc-world.ts';
import { unixMs } from '../core/units.ts';
import type { ImportResult } from '../cycles/import-service.ts';
import { AncestorRefused } from '../ports/ancestor.ts';
import { revenueImport } from './revenue-import.ts';

const REAL = { check: false };
const PATH = '/home/you/.lightning/revenue_ops.db';
const skipped = [{ reason: 'imported before', count: 2, examples: ['a', 'b'] }];
const result = (kind: 'would' | 'imported', taken: number): ImportResult => ({
  kind,
  schema: 'v2.2',
  bytes: 4096,
  horizon: unixMs(1_700_000_000_000),
  parts: [
    { part: 'forwards', read: 7, taken, changed: [], skipped },
    { part: 'rebalance_costs', read: 0, taken: 0, changed: [], skipped: [] },
  ],
  soFar: { costs: 1, rebalances: 2, feeChanges: 3 },
});

function world(answer: ImportResult | Error) {
  const calls: unknown[] = [];
  const { context } = rpcWorld({
    imports: {
      offers: () => ({ paths: [], done: false }),
      run: async (path, dryRun) => {
        calls.push([path, dryRun]);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  });
  return { context, calls };
}

describe('revenue-import', () => {
  test('is a dry run unless told otherwise, in both calling styles', async () => {
    const { context, calls } = world(result('would', 5));
    const answer = await revenueImport.run([PATH], context, REAL);
    expect(revenueImport.answer.parse(answer)).toMatchObject({
      status: 'would',
      message: 'would be taken over: forwards 5; do it with dry_run=false',
      layout: 'v2.2',
      forwards_before: 1_700_000_000,
      parts: [{ part: 'forwards', read: 7, taken: 5, skipped }, { part: 'rebalance_costs' }],
      so_far: { costs: 1, rebalances: 2, fee_changes: 3 },
    });
    await revenueImport.run([PATH, 'false'], context, REAL);
    await revenueImport.run({ path: PATH, dry_run: false }, context, REAL);
    await revenueImport.run({ path: PATH, dry_run: false }, context, { check: true });
    expect(calls).toEqual([
      [PATH, true],
      [PATH, false],
      [PATH, false],
      [PATH, true],
    ]);
  });

  test('says what came, or that nothing is new', async () => {
    const said = async (answer: ImportResult) =>
      revenueImport.run([PATH, false], world(answer).context, REAL);
    expect(await said(result('imported', 5))).toMatchObject({
      status: 'imported',
      message: 'taken over: forwards 5',
    });
    expect(await said(result('imported', 0))).toMatchObject({
      message: 'there is nothing in it that is not here already',
    });
    expect(await said({ kind: 'refused', because: 'another import is under way' })).toMatchObject({
      status: 'refused',
      message: 'another import is under way',
    });
  });

  test('a file that is not what it should be is the fault of path; a defect stays one', async () => {
    const asked = (answer: Error) => revenueImport.run([PATH], world(answer).context, REAL);
    await expect(asked(new AncestorRefused('it is damaged'))).rejects.toMatchObject({
      name: 'BadRequest',
      field: 'path',
      message: 'path: it is damaged',
    });
    await expect(asked(new TypeError('oops'))).rejects.toThrow(TypeError);
  });

  test.each([
    [[], 'path'],
    [['revenue_ops.db'], 'path'],
    [['/tmp/\u0000x'], 'path'],
    [[`/${'x'.repeat(5000)}`], 'path'],
    [[PATH, 'perhaps'], 'dry_run'],
    [{ path: PATH, authority: 'full' }, 'authority'],
  ])('%j is refused naming %s', async (params, field) => {
    const { context, calls } = world(result('would', 0));
    await expect(revenueImport.run(params, context, REAL)).rejects.toMatchObject({ field });
    expect(calls).toEqual([]);
  });
});
