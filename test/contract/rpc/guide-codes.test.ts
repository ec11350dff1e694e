/** The operators' guide against the rules: every reason that can be shown has its row, and no other. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROTECTIONS } from '../../../src/core/protections/trigger.ts';
import type { DestinationCode } from '../../../src/core/rebalance/types.ts';
import type { CapName } from '../../../src/core/spending/types.ts';
import type { JobOutcome } from '../../../src/ports/spending.ts';

/** The compiler keeps these complete: a code that is added or dropped is an error here. */
const CODES: Readonly<Record<DestinationCode, true>> = {
  not_eligible: true,
  busy: true,
  policy: true,
  congested: true,
  futility: true,
  back_off: true,
  cool_down: true,
  uptime: true,
  sink: true,
  zombie: true,
  underwater: true,
  scarcity_guard: true,
  no_evidence: true,
  no_other_peer: true,
  at_target: true,
  no_source: true,
  negative_ev: true,
  too_dear: true,
  kelly: true,
  too_small: true,
  unknown: true,
};
const CAPS: Readonly<Record<CapName, true>> = {
  unknown: true,
  unknown_outcome: true,
  busy: true,
  wallet_reserve: true,
  onchain_reserve: true,
  daily: true,
  weekly: true,
  destination: true,
  diagnostic: true,
  hive_weekly: true,
};
const OUTCOMES: Readonly<Record<JobOutcome, true>> = {
  moved: true,
  'nothing moved': true,
  'not tried': true,
  strayed: true,
};

const guide = readFileSync(new URL('../../../docs/guide.md', import.meta.url), 'utf8');

/** First cells of the table whose first heading is `title`, without their marks. */
function rowsOf(title: string): readonly string[] {
  const [, table = ''] = guide.split(`\n| ${title} |`);
  const [body = ''] = table.split('\n\n');
  return body
    .split('\n')
    .slice(2)
    .map((line) => line.split('|')[1]?.trim().replaceAll('`', '') ?? '');
}

describe("the operators' guide", () => {
  test.each([
    ['code', Object.keys(CODES)],
    ['cap', Object.keys(CAPS)],
    ['outcome', Object.keys(OUTCOMES)],
    ['reason', [...PROTECTIONS]],
  ])('has a row for every %s and no other', (title, known) =>
    expect(rowsOf(title).toSorted()).toEqual(known.toSorted()),
  );
});
