/**
 * The whole configuration at one moment: every key of the table, frozen, with the version that journal entries
 * name. A cycle takes one and never looks back at the live configuration (SPEC 3, 7.1).
 */
import type { ValueOf } from './option-rows.ts';
import { OPTIONS } from './options.ts';

export type OptionKey = keyof typeof OPTIONS;
export type ConfigValues = { readonly [Key in OptionKey]: ValueOf<(typeof OPTIONS)[Key]> };
/** `version` counts accepted changes; it only rises. */
export type ConfigSnapshot = ConfigValues & { readonly version: number };

export const OPTION_KEYS: readonly OptionKey[] = Object.keys(OPTIONS).filter(isOptionKey);

/** Own keys only: `constructor` and the like are nobody's setting. */
export function isOptionKey(name: string): name is OptionKey {
  return Object.hasOwn(OPTIONS, name);
}
