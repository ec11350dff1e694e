/** From what the manifest declares and what the operator gives to what init carries. */
import { type OptionValue, PluginFault, type PluginOption } from './manifest.ts';

export type GivenOptions = Readonly<Record<string, OptionValue | readonly OptionValue[]>>;

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A value as lightningd reads it from the command line or from `plugin start`. */
export function typedOption(option: PluginOption, value: OptionValue): OptionValue {
  switch (option.type) {
    case 'string':
      return String(value);
    case 'int': {
      const digits = String(value);
      if (!/^-?\d+$/.test(digits)) throw new PluginFault(`'${digits}' is not a number`);
      return BigInt(digits);
    }
    case 'bool':
    case 'flag': {
      const known = BOOLEANS.get(String(value));
      if (known === undefined) throw new PluginFault(`'${String(value)}' is not a boolean`);
      return known;
    }
  }
}

/** The `options` of init: given values, else defaults; without either the option is absent. */
export function initOptions(
  declared: readonly PluginOption[],
  given: GivenOptions,
): Record<string, OptionValue | readonly OptionValue[]> {
  for (const name of Object.keys(given)) {
    if (!declared.some((option) => option.name === name)) {
      throw new PluginFault(`unknown parameter ${name}`);
    }
  }
  const options: Record<string, OptionValue | readonly OptionValue[]> = {};
  for (const option of declared) {
    const value = given[option.name];
    if (value !== undefined) {
      const values = typeof value === 'object' ? value : [value];
      const read = values.map((one) => typedOption(option, one));
      const [first] = read;
      if (option.multi) options[option.name] = read;
      else if (first !== undefined) options[option.name] = first;
    } else if (option.default !== undefined) {
      options[option.name] = option.multi ? [option.default] : option.default;
    }
  }
  return options;
}
