import { z } from 'zod';
import type { SkippedRows } from '../core/import/verdict.ts';
import { IMPORT_PARTS } from '../cycles/import-plan.ts';
import type { ImportedPart, ImportResult } from '../cycles/import-service.ts';
import { AncestorRefused } from '../ports/ancestor.ts';
import { BadRequest } from '../ports/errors.ts';
import { seconds, unixSeconds } from './answers.ts';
import { defineMethod } from './method.ts';
import { filePath, flag } from './parameters.ts';

const reasonRow = z.strictObject({
  reason: z.string(),
  count: z.int(),
  examples: z.array(z.string()).describe('the first few'),
});
const partRow = z.strictObject({
  part: z.enum(IMPORT_PARTS),
  read: z.int(),
  taken: z.int(),
  changed: z.array(reasonRow).describe('taken, but not as it stood'),
  skipped: z.array(reasonRow),
});

const rowsOf = (rows: readonly SkippedRows[]): z.input<typeof reasonRow>[] =>
  rows.map(({ reason, count, examples }) => ({ reason, count, examples: [...examples] }));
const partRowOf = ({ part, read, taken, changed, skipped }: ImportedPart) => ({
  part,
  read,
  taken,
  changed: rowsOf(changed),
  skipped: rowsOf(skipped),
});

function sentence(result: Exclude<ImportResult, { kind: 'refused' }>): string {
  const taken = result.parts.filter((one) => one.taken > 0);
  if (taken.length === 0) return 'there is nothing in it that is not here already';
  const list = taken.map((one) => `${one.part.replaceAll('_', ' ')} ${one.taken}`).join(', ');
  return result.kind === 'imported'
    ? `taken over: ${list}`
    : `would be taken over: ${list}; do it with dry_run=false`;
}

/** From the Python plugin to this one (SPEC 7.9). */
export const revenueImport = defineMethod({
  name: 'revenue-import',
  description:
    "Takes over the Python plugin's database: forwards, costs, policies, settings; a dry run unless told otherwise.",
  longDescription:
    'The file is only read, from a copy, and nothing is made beside it. Both layouts are understood, v1.4 and v2.2. Forwards are taken where lightningd itself has no history any more, so none counts twice; costs count in the books until lightningd has records of its own, and never under a budget; a policy or setting that exists here stays. Running it again takes nothing twice and goes on where it was broken off. dry_run=false does it; the answer says what was taken and what was not, and why.',
  effect: 'acts',
  examples: [
    'lightning-cli revenue-import /home/you/.lightning/revenue_ops.db',
    'lightning-cli revenue-import /home/you/.lightning/revenue_ops.db false',
    'lightning-cli revenue-import -k path=/home/you/.lightning/revenue_ops.db dry_run=false',
  ],
  params: {
    path: filePath('the database of the Python plugin, from / on'),
    dry_run: flag('only say what would be taken; true unless given').optional(),
  },
  answer: z.strictObject({
    status: z.enum(['would', 'imported', 'refused']),
    message: z.string(),
    layout: z.enum(['v1.4', 'v2.2']).optional(),
    bytes: z.int().optional(),
    forwards_before: unixSeconds
      .optional()
      .describe('forwards settled from then on are left to lightningd'),
    parts: z.array(partRow),
    so_far: z
      .strictObject({ costs: z.int(), rebalances: z.int(), fee_changes: z.int() })
      .optional()
      .describe('rows of all imports, kept as history'),
  }),
  handle: async ({ path, dry_run: dryRun = true }, { imports }, { check }) => {
    const result = await imports.run(path, dryRun || check).catch((error: unknown) => {
      if (error instanceof AncestorRefused) throw new BadRequest('path', error.message);
      throw error;
    });
    if (result.kind === 'refused')
      return { status: 'refused' as const, message: result.because, parts: [] };
    const { costs, rebalances, feeChanges } = result.soFar;
    return {
      status: result.kind,
      message: sentence(result),
      layout: result.schema,
      bytes: result.bytes,
      forwards_before: seconds(result.horizon),
      parts: result.parts.map(partRowOf),
      so_far: { costs, rebalances, fee_changes: feeChanges },
    };
  },
});
