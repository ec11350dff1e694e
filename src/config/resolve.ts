/** Defaults, lightningd's options and stored overrides become one snapshot that says where each value is from. */
import { repaired } from './cross-field.ts';
import type { OptionRow, OptionValue } from './option-rows.ts';
import { OPTIONS } from './options.ts';
import { readValue } from './read-value.ts';
import {
  type ConfigSnapshot,
  type ConfigValues,
  isOptionKey,
  OPTION_KEYS,
  type OptionKey,
} from './snapshot.ts';

export type Source = 'default' | 'option' | 'override';
export type Overrides = {
  readonly version: number;
  /** As stored, key → text. */
  readonly values: ReadonlyMap<string, string>;
};
export type Resolved = {
  readonly snapshot: ConfigSnapshot;
  readonly sources: ReadonlyMap<OptionKey, Source>;
  /** For the operator: shadowed options, ignored overrides, values that had to give way. */
  readonly warnings: readonly string[];
};

/** How a value is stored. */
export const valueText = (value: OptionValue): string => String(value);

/** An override that does not fit (older version, imported) is ignored and said, never half applied. */
export function resolve(options: ReadonlyMap<OptionKey, OptionValue>, stored: Overrides): Resolved {
  const { accepted, warnings } = readOverrides(stored.values);
  const sources = new Map<OptionKey, Source>();
  const chosen = OPTION_KEYS.map((key) => {
    const { value, source } = choose(key, options, accepted);
    sources.set(key, source);
    return [key, value] as const;
  });
  const whole = repaired(complete(Object.fromEntries(chosen)));
  return {
    snapshot: Object.freeze({ ...whole.values, version: stored.version }),
    sources,
    warnings: [...warnings, ...shadows(options, accepted), ...whole.warnings],
  };
}

function choose(
  key: OptionKey,
  options: ReadonlyMap<OptionKey, OptionValue>,
  overrides: ReadonlyMap<OptionKey, OptionValue>,
): { readonly value: OptionValue; readonly source: Source } {
  const override = overrides.get(key);
  if (override !== undefined) return { value: override, source: 'override' };
  const option = options.get(key);
  if (option !== undefined) return { value: option, source: 'option' };
  return { value: OPTIONS[key].default, source: 'default' };
}

/**
 * Every key of the table is there and each value passed its row: what `chosen` is made of. The compiler cannot
 * follow a loop over heterogeneous keys, so this is the one place that says so.
 */
const complete = (chosen: Readonly<Record<string, OptionValue>>): ConfigValues =>
  chosen as unknown as ConfigValues;

function readOverrides(stored: ReadonlyMap<string, string>): {
  readonly accepted: ReadonlyMap<OptionKey, OptionValue>;
  readonly warnings: readonly string[];
} {
  const accepted = new Map<OptionKey, OptionValue>();
  const warnings: string[] = [];
  for (const [key, text] of stored) {
    if (!isOptionKey(key)) {
      warnings.push(`the stored override of ${key} is ignored: there is no such key`);
      continue;
    }
    const row: OptionRow = OPTIONS[key];
    const read = readValue(row, text);
    if ('problem' in read)
      warnings.push(`the stored override of ${key} is ignored: it ${read.problem}`);
    else if (!row.mutable)
      warnings.push(`the stored override of ${key} is ignored: it is fixed at start`);
    else accepted.set(key, read.value);
  }
  return { accepted, warnings };
}

function shadows(
  options: ReadonlyMap<OptionKey, OptionValue>,
  overrides: ReadonlyMap<OptionKey, OptionValue>,
): readonly string[] {
  return [...overrides].flatMap(([key, value]) => {
    const typed = options.get(key);
    if (typed === undefined || typed === value) return [];
    return [
      `${key}=${value} was set with revenue-config and shadows ${OPTIONS[key].option}=${typed}; revenue-config reset ${key} lets the option count again`,
    ];
  });
}
