/**
 * The live configuration. A change is validated, then written and read back in a transaction, and only then
 * swapped in as one frozen object: a failing or lying disk leaves memory and version as they were (SPEC 7.1).
 */
import { refusal } from '../config/cross-field.ts';
import type { OptionRow, OptionValue } from '../config/option-rows.ts';
import { OPTIONS } from '../config/options.ts';
import { readValue, shown } from '../config/read-value.ts';
import { type Resolved, resolve, type Source, valueText } from '../config/resolve.ts';
import {
  type ConfigSnapshot,
  isOptionKey,
  OPTION_KEYS,
  type OptionKey,
} from '../config/snapshot.ts';
import type { Clock } from '../ports/clock.ts';
import { BadRequest } from '../ports/errors.ts';
import { type SettingStore, StoreFailed } from '../ports/store.ts';

/** One key as it stands: its row of the table, its value and where that is from. */
export type Setting = {
  readonly key: OptionKey;
  readonly value: OptionValue;
  readonly source: Source;
  readonly row: OptionRow;
};
export type SettingChange = {
  readonly key: OptionKey;
  readonly from: OptionValue;
  readonly to: OptionValue;
  readonly version: number;
};
/** Told after the swap. Must not throw: the change stands. */
export type ConfigListener = (change: SettingChange, snapshot: ConfigSnapshot) => void;

export class ConfigService {
  readonly #settings: SettingStore;
  readonly #options: ReadonlyMap<OptionKey, OptionValue>;
  readonly #clock: Clock;
  readonly #listeners: ConfigListener[] = [];
  /** As in the database, also what `resolve` ignores. */
  #stored: ReadonlyMap<string, string>;
  #resolved: Resolved;

  /** `options`: `parseOptions(init.options).values`. Reads the stored overrides once. */
  constructor(settings: SettingStore, options: ReadonlyMap<OptionKey, OptionValue>, clock: Clock) {
    this.#settings = settings;
    this.#options = options;
    this.#clock = clock;
    const stored = settings.overrides();
    this.#stored = stored.values;
    this.#resolved = resolve(options, stored);
  }

  /** The frozen configuration of now; keep the object for as long as one decision lasts. */
  readonly snapshot = (): ConfigSnapshot => this.#resolved.snapshot;

  /** Shadowed options, ignored overrides, values that gave way at start. */
  warnings(): readonly string[] {
    return this.#resolved.warnings;
  }

  /** All keys in the table's order. */
  list(): readonly Setting[] {
    return OPTION_KEYS.map((key) => this.#setting(key));
  }

  /** Throws BadRequest for a name that is no key. */
  get(key: string): Setting {
    return this.#setting(known(key));
  }

  /** Keys whose value is not the default. */
  diff(): readonly Setting[] {
    return this.list().filter(({ value, row }) => value !== row.default);
  }

  /** Changes one key at once, without restart. Throws BadRequest (nothing changed) or StoreFailed (same). */
  set(key: string, raw: unknown): SettingChange {
    const change = this.#acceptable(key, raw);
    return this.#commit(change.key, valueText(change.value));
  }

  /** Validates `set` fully, without doing it. */
  checkSet(key: string, raw: unknown): void {
    this.#acceptable(key, raw);
  }

  /** Takes an override away: the option or the default counts again, at once. undefined: there was none. */
  reset(key: string): SettingChange | undefined {
    const found = this.#resettable(key);
    return found === undefined ? undefined : this.#commit(found, undefined);
  }

  /** Validates `reset` fully, without doing it. */
  checkReset(key: string): void {
    this.#resettable(key);
  }

  onChange(listener: ConfigListener): void {
    this.#listeners.push(listener);
  }

  #setting(key: OptionKey): Setting {
    return {
      key,
      value: this.#resolved.snapshot[key],
      source: this.#resolved.sources.get(key) ?? 'default',
      row: OPTIONS[key],
    };
  }

  #acceptable(name: string, raw: unknown): { key: OptionKey; value: OptionValue } {
    const key = mutable(known(name));
    const read = readValue(OPTIONS[key], raw);
    if ('problem' in read) throw new BadRequest('value', `${key} ${read.problem}`);
    this.#refuseBroken(key, read.value);
    return { key, value: read.value };
  }

  #resettable(name: string): OptionKey | undefined {
    const key = mutable(known(name));
    if (!this.#stored.has(key)) return undefined;
    this.#refuseBroken(key, this.#options.get(key) ?? OPTIONS[key].default);
    return key;
  }

  #refuseBroken(key: OptionKey, value: OptionValue): void {
    const because = refusal({ ...this.#resolved.snapshot, [key]: value });
    if (because !== undefined) throw new BadRequest('value', because);
  }

  #commit(key: OptionKey, text: string | undefined): SettingChange {
    const before = this.#resolved.snapshot;
    const version = this.#settings.put(new Map([[key, text]]), this.#clock.now());
    if (!(version > before.version))
      throw new StoreFailed(
        `the database answered version ${version} after version ${before.version}: the change is not taken over`,
      );
    const values = new Map(this.#stored);
    if (text === undefined) values.delete(key);
    else values.set(key, text);
    this.#stored = values;
    this.#resolved = resolve(this.#options, { version, values });
    const { snapshot } = this.#resolved;
    const change = { key, from: before[key], to: snapshot[key], version };
    for (const listener of this.#listeners) listener(change, snapshot);
    return change;
  }
}

function known(name: string): OptionKey {
  if (isOptionKey(name)) return name;
  throw new BadRequest('key', `there is no key ${shown(name)}; revenue-config list shows all`);
}

function mutable(key: OptionKey): OptionKey {
  const row: OptionRow = OPTIONS[key];
  if (row.mutable) return key;
  throw new BadRequest(
    'key',
    `${key} cannot be changed at runtime: set ${row.option} in lightningd's config and start the plugin again`,
  );
}
