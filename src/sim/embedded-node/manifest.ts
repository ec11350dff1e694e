/** The answer to getmanifest, checked as strictly as lightningd does, and a little louder. */
import { asRecord } from './json-text.ts';

/** The plugin did what lightningd kills it for. */
export class PluginFault extends Error {
  override readonly name = 'PluginFault';
}

const OPTION_TYPES = ['string', 'int', 'bool', 'flag'] as const;
type OptionType = (typeof OPTION_TYPES)[number];
export type OptionValue = string | number | bigint | boolean;

export type PluginOption = {
  readonly name: string;
  readonly type: OptionType;
  readonly default: OptionValue | undefined;
  readonly multi: boolean;
  readonly dynamic: boolean;
};

export type PluginMethod = {
  readonly name: string;
  readonly usage: string;
  readonly description: string;
  /** Refused where deprecated APIs are not allowed. */
  readonly deprecated: boolean;
};

export type Manifest = {
  readonly options: readonly PluginOption[];
  readonly methods: readonly PluginMethod[];
  readonly subscriptions: readonly string[];
  /** A hook delays payments: recorded so that a test can insist on none. */
  readonly hooks: readonly string[];
  readonly notifications: readonly string[];
  readonly dynamic: boolean;
  readonly nonNumericIds: boolean;
  readonly canCheck: boolean;
  /** The plugin wants not to run, and why. */
  readonly disable: string | undefined;
};

function text(part: Record<string, unknown>, name: string, where: string): string {
  const value = part[name];
  if (typeof value !== 'string') throw new PluginFault(`${where} has no "${name}" text`);
  return value;
}

function list(part: Record<string, unknown>, name: string): readonly unknown[] {
  const value = part[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new PluginFault(`"${name}" in the manifest is no array`);
  return value;
}

function flag(part: Record<string, unknown>, name: string, absent: boolean): boolean {
  const value = part[name];
  if (value === undefined) return absent;
  if (typeof value !== 'boolean') throw new PluginFault(`"${name}" in the manifest is no boolean`);
  return value;
}

const JS_TYPES: Record<OptionType, readonly string[]> = {
  string: ['string'],
  int: ['number', 'bigint'],
  bool: ['boolean'],
  flag: ['boolean'],
};

function isOptionValue(value: unknown, type: OptionType): value is OptionValue {
  return JS_TYPES[type].includes(typeof value);
}

function optionOf(raw: unknown): PluginOption {
  const part = asRecord(raw);
  if (part === undefined) throw new PluginFault('an option in the manifest is no object');
  const name = text(part, 'name', 'an option');
  text(part, 'description', `option ${name}`);
  const type = OPTION_TYPES.find((known) => known === part.type);
  if (type === undefined) {
    throw new PluginFault(`option ${name}: only "string", "int", "bool" and "flag" are supported`);
  }
  const standard = part.default;
  if (standard !== undefined && standard !== null && !isOptionValue(standard, type)) {
    throw new PluginFault(`option ${name}: default ${String(standard)} is no ${type}`);
  }
  return {
    name,
    type,
    default: isOptionValue(standard, type) ? standard : undefined,
    multi: flag(part, 'multi', false),
    dynamic: flag(part, 'dynamic', false),
  };
}

function methodOf(raw: unknown): PluginMethod {
  const part = asRecord(raw);
  if (part === undefined) throw new PluginFault('a method in the manifest is no object');
  const name = text(part, 'name', 'a method');
  return {
    name,
    usage: text(part, 'usage', `method ${name}`),
    description: typeof part.description === 'string' ? part.description : '',
    deprecated: isDeprecated(part.deprecated, name),
  };
}

/** `true`, or the versions in which the deprecation began and ends: taken as begun. */
function isDeprecated(value: unknown, method: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  if (Array.isArray(value) && (value.length === 1 || value.length === 2))
    if (value.every((version) => /^v\d+\.\d+/.test(String(version)))) return true;
  throw new PluginFault(
    `method ${method}: "deprecated" is neither a boolean nor one or two versions`,
  );
}

const named = (raw: unknown, member: string, what: string): string => {
  const name = typeof raw === 'string' ? raw : asRecord(raw)?.[member];
  if (typeof name !== 'string') throw new PluginFault(`${what} in the manifest has no name`);
  return name;
};

/** Throws PluginFault at the second of two equal names, or at one that is taken. */
export function refuseTwice(
  names: readonly string[],
  taken: ReadonlySet<string>,
  what: string,
): void {
  const seen = new Set(taken);
  for (const name of names) {
    if (seen.has(name)) throw new PluginFault(`${what} "${name}" is already registered`);
    seen.add(name);
  }
}

/** Reads and checks the result of getmanifest. Throws PluginFault. */
export function parseManifest(result: unknown): Manifest {
  const part = asRecord(result);
  if (part === undefined) throw new PluginFault('the answer to getmanifest has no result object');
  const options = list(part, 'options').map(optionOf);
  const methods = list(part, 'rpcmethods').map(methodOf);
  refuseTwice(
    options.map(({ name }) => name),
    new Set(),
    'option',
  );
  refuseTwice(
    methods.map(({ name }) => name),
    new Set(),
    'method',
  );
  return {
    options,
    methods,
    subscriptions: list(part, 'subscriptions').map((raw) => named(raw, 'method', 'a subscription')),
    hooks: list(part, 'hooks').map((raw) => named(raw, 'name', 'a hook')),
    notifications: list(part, 'notifications').map((raw) => named(raw, 'method', 'a notification')),
    dynamic: flag(part, 'dynamic', true),
    nonNumericIds: flag(part, 'nonnumericids', false),
    canCheck: flag(part, 'cancheck', false),
    disable: typeof part.disable === 'string' ? part.disable : undefined,
  };
}
