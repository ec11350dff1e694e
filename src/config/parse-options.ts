/** What lightningd hands over in `init`, checked against the table (SPEC 7.2). */

import type { OptionRow, OptionValue } from './option-rows.ts';
import { GROUPS, OPTIONS } from './options.ts';
import { readValue } from './read-value.ts';
import { OPTION_KEYS, type OptionKey } from './snapshot.ts';

export type ParsedOptions = {
  /** Only what differs from the default: lightningd sends defaults as if they had been typed. */
  readonly values: ReadonlyMap<OptionKey, OptionValue>;
  /** One sentence for each bad value, naming the option. Not empty: the plugin must not run. */
  readonly problems: readonly string[];
};

/** Options that are not ours, or absent, change nothing. */
export function parseOptions(options: ReadonlyMap<string, unknown>): ParsedOptions {
  const values = new Map<OptionKey, OptionValue>();
  const problems: string[] = [];
  for (const key of OPTION_KEYS) {
    const row: OptionRow = OPTIONS[key];
    if (row.option === undefined || !options.has(row.option)) continue;
    const read = readValue(row, options.get(row.option));
    if ('problem' in read) problems.push(`${row.option} ${read.problem}`);
    else if (read.value !== row.default) values.set(key, read.value);
  }
  return { values, problems };
}

/** The reason lightningd is given for not running; undefined: nothing is wrong. */
export const disableReason = ({ problems }: ParsedOptions): string | undefined =>
  problems.length === 0 ? undefined : `bad configuration: ${problems.join('; ')}`;

/** An option as `getmanifest` declares it. None is dynamic: `setconfig` would write a line that keeps lightningd from starting once we are gone. */
export type DeclaredOption = {
  readonly name: string;
  readonly type: 'string' | 'int';
  readonly default: string | number;
  readonly description: string;
};

export function manifestOptions(): readonly DeclaredOption[] {
  return Object.values(GROUPS).flatMap((rows) =>
    Object.values<OptionRow>(rows).flatMap((row) =>
      row.option === undefined ? [] : [declared(row.option, row)],
    ),
  );
}

function declared(name: string, row: OptionRow): DeclaredOption {
  const { description } = row;
  return row.type === 'int' && row.declaredInt
    ? { name, type: 'int', default: row.default, description }
    : { name, type: 'string', default: String(row.default), description };
}
