/** Reading what operators type: texts, numbers and switches, or a sentence saying what would have been right. */
import { z } from 'zod';
import type { OptionRow, OptionValue } from './option-rows.ts';

const INTEGER_TEXT = /^[+-]?\d{1,16}$/;
const DECIMAL_TEXT = /^[+-]?(\d{1,16}(\.\d{0,16})?|\.\d{1,16})(e[+-]?\d{1,3})?$/i;
/** Longer than any value that means something. */
const MAX_PATH = 4096;
const SHOWN = 60;

const trimmed = z.string().trim();
const whole = z
  .union([
    trimmed.regex(INTEGER_TEXT).transform(Number),
    z.number(),
    z.bigint().transform((value) => Number(value)),
  ])
  .pipe(z.int());
const decimal = z
  .union([
    trimmed.regex(DECIMAL_TEXT).transform(Number),
    z.number(),
    z.bigint().transform((value) => Number(value)),
  ])
  .pipe(z.number());
const truth = z.union([
  z.boolean(),
  z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] }),
  z.union([z.literal(1), z.literal(0), z.literal(1n), z.literal(0n)]).transform(Boolean),
]);
/** NUL and line breaks have no business in a file name. */
const fileName = z
  .string()
  .min(1)
  .max(MAX_PATH)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  .regex(/^[^\u0000-\u001f]+$/);

/** A whole number, from JSON or as text; undefined: it is none, or too long to be exact. */
export const readInteger = (raw: unknown): number | undefined => whole.safeParse(raw).data;
/** A finite number, from JSON or as text. */
const readNumber = (raw: unknown): number | undefined => decimal.safeParse(raw).data;
/** true/false/1/0/yes/no/on/off; undefined: anything else. */
export const readBoolean = (raw: unknown): boolean | undefined => {
  const read = truth.safeParse(typeof raw === 'string' ? raw.trim() : raw);
  return read.success ? read.data : undefined;
};

/** How a value is shown in a refusal: short, on one line. */
export function shown(raw: unknown): string {
  const text =
    typeof raw === 'string'
      ? `'${raw}'`
      : typeof raw === 'object' && raw !== null
        ? Array.isArray(raw)
          ? 'a list'
          : 'an object'
        : String(raw);
  const line = text.replace(/\s+/g, ' ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** What a row admits, in words: 'a whole number from 60 to 604800 s'. */
function expected(row: OptionRow): string {
  switch (row.type) {
    case 'int':
      return `a whole number from ${row.min} to ${row.max}${unit(row)}`;
    case 'float':
      return `a number from ${row.min} to ${row.max}${unit(row)}`;
    case 'bool':
      return 'true or false (or 1/0, yes/no, on/off)';
    case 'enum':
      return `one of ${row.values.join(', ')}`;
    case 'path':
      return 'the name of a file';
  }
}
const unit = (row: OptionRow): string => (row.unit === '' ? '' : ` ${row.unit}`);

export type Read = { readonly value: OptionValue } | { readonly problem: string };

/** The value of one row, or the sentence why it is refused. */
export function readValue(row: OptionRow, raw: unknown): Read {
  const value = accepted(row, raw);
  return value === undefined
    ? { problem: `must be ${expected(row)}, not ${shown(raw)}` }
    : { value };
}

function accepted(row: OptionRow, raw: unknown): OptionValue | undefined {
  switch (row.type) {
    case 'int':
      return inRange(readInteger(raw), row);
    case 'float':
      return inRange(readNumber(raw), row);
    case 'bool':
      return readBoolean(raw);
    case 'enum': {
      const word = typeof raw === 'boolean' ? String(raw) : raw;
      return typeof word === 'string'
        ? row.values.find((value) => value === word.trim().toLowerCase())
        : undefined;
    }
    case 'path':
      return fileName.safeParse(raw).data;
  }
}

/** −0 is 0: two spellings of one value must not look like a change. */
const inRange = (
  value: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined =>
  value !== undefined && value >= min && value <= max ? value + 0 : undefined;
