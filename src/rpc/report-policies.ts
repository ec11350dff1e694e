/** How many policies say what. */
import { z } from 'zod';
import { modeUnder } from '../core/policy/policy.ts';
import type { RpcContext } from './context.ts';
import { type Report, sheetOf } from './report-sheet.ts';

const counts = z.record(z.string(), z.int());
export const policyCountFields = {
  total: z.int().describe('policies of peers, channels, tags and defaults'),
  by_strategy: counts,
  by_rebalance_mode: counts.describe('what rebalancing may really do'),
};
export const policiesAnswer = z.strictObject({
  type: z.literal('policies'),
  ...policyCountFields,
  by_tag: counts,
});

export function policyCounts({
  policies,
}: RpcContext): z.input<z.ZodObject<typeof policyCountFields>> {
  const held = policies.list().map(({ layer }) => layer.policy);
  return {
    total: held.length,
    by_strategy: countOf(held.map(({ strategy }) => strategy)),
    by_rebalance_mode: countOf(held.map(modeUnder)),
  };
}

export function policiesReport(context: RpcContext): Report<z.input<typeof policiesAnswer>> {
  const tags = context.policies.list().flatMap(({ layer }) => layer.policy.tags);
  const answer = { type: 'policies' as const, ...policyCounts(context), by_tag: countOf(tags) };
  const { by_strategy, by_rebalance_mode, by_tag } = answer;
  const rows = Object.entries({ by_strategy, by_rebalance_mode, by_tag }).flatMap(([by, counted]) =>
    Object.entries(counted).map(([value, count]) => ({ by, value, count })),
  );
  const sheet = sheetOf<(typeof rows)[number]>(
    [
      { csv: 'by', title: 'by', of: (row) => row.by.replace('by_', '') },
      { csv: 'value', title: 'value', of: (row) => row.value },
      { csv: 'policies', title: 'policies', of: (row) => row.count },
    ],
    rows,
    [`${answer.total} policies`],
  );
  return { answer, sheet };
}

/** In the order of the words, so that the answer does not depend on who came first. */
const countOf = (words: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...Map.groupBy(words, (word) => word)]
      .map(([word, all]) => [word, all.length] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
