/**
 * JSON without losing a digit. lightningd writes amounts as plain integers up to 2^64 − 1 (it really sends
 * 18446744073709551615 for "no limit"); a double keeps 53 bits of that.
 */

type Source = { readonly source?: string };
type Reviver = (key: string, value: unknown, context: Source) => unknown;
/** What V8 has and the compiler's library does not know yet. */
type SourceJson = {
  parse(text: string, reviver?: Reviver): unknown;
  rawJSON(text: string): object;
  stringify(value: object, replacer: (key: string, value: unknown) => unknown): string;
};
const json = JSON as unknown as SourceJson;

/** Every unsafe integer has at least 16 digits: without such a run nothing can be lost. */
const MAY_BE_UNSAFE = /\d{16}/;
const INTEGER = /^-?\d+$/;
const isAmount = (key: string): boolean => key.endsWith('_msat');

/**
 * Parses JSON text. A number under a key ending in `_msat` is a bigint; any other integer is a number when it
 * is safe (at most 2^53 − 1), else a bigint. Fractions are numbers. Throws SyntaxError.
 */
export function parseLossless(text: string): unknown {
  if (MAY_BE_UNSAFE.test(text)) return json.parse(text, exactly);
  // Five times faster than a reviver, and a page of forwards has no long number.
  const value = json.parse(text);
  if (typeof value === 'object' && value !== null) amountsToBigint(value);
  return value;
}

const exactly: Reviver = (key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value;
  if (isAmount(key)) return amount(value, source);
  if (Number.isSafeInteger(value) || !INTEGER.test(source)) return value;
  return BigInt(source);
};

/** A fraction under an amount's key stays a number: its reader refuses it. */
function amount(value: number, source: string): bigint | number {
  if (INTEGER.test(source)) return BigInt(source);
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

function amountsToBigint(value: object): void {
  if (Array.isArray(value)) {
    for (const part of value) if (typeof part === 'object' && part !== null) amountsToBigint(part);
    return;
  }
  const members = value as Record<string, unknown>;
  for (const key in members) {
    const part = members[key];
    if (typeof part === 'number') {
      if (isAmount(key) && Number.isSafeInteger(part)) members[key] = BigInt(part);
    } else if (typeof part === 'object' && part !== null) amountsToBigint(part);
  }
}

/** JSON text of an object or array; bigints become plain integers with every digit. */
export const writeLossless = (value: object): string =>
  json.stringify(value, (_, part) =>
    typeof part === 'bigint' ? json.rawJSON(part.toString()) : part,
  );
