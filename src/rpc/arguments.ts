/**
 * From what lightning-cli sends (a list, an object, or `name=value` words in a list) to typed parameters. Anything
 * wrong is a BadRequest that names the field.
 */
import type { z } from 'zod';
import { shown } from '../config/read-value.ts';
import { BadRequest } from '../ports/errors.ts';

/** `fee_ppm=100` in a list: lightning-cli passes it as a word unless the first parameter has a `=`. */
const NAMED = /^([a-z_]{1,40})=(.*)$/s;

/** The names that words without one take, in order, when `first` is the first word of the list. */
export type Positions = (first: unknown) => readonly string[];

/** Parses and checks against the schema, whose key order is the positional order unless `positions` says another. */
export function readArguments<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<Shape>,
  params: unknown,
  positions?: Positions,
): z.output<z.ZodObject<Shape>> {
  const names = Object.keys(schema.shape);
  const given = byName(positions ?? (() => names), params);
  for (const name of given.keys())
    if (!names.includes(name)) throw new BadRequest(fieldName(name), unknownBecause(names));
  const read = schema.safeParse(Object.fromEntries(given));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new BadRequest(
    fieldName(String(issue?.path[0] ?? 'params')),
    issue?.message ?? 'is not understood',
  );
}

const unknownBecause = (names: readonly string[]): string =>
  names.length === 0
    ? 'this method takes no parameters'
    : `there is no such parameter; there is ${names.join(', ')}`;

/** A name from outside, fit for an error: short and never empty. */
const fieldName = (name: string): string =>
  name.length > 40 ? `${name.slice(0, 40)}…` : name === '' ? "''" : name;

/** A parameter given as null counts as not given: lightning-cli passes null for one that is skipped. */
function byName(positions: Positions, params: unknown): ReadonlyMap<string, unknown> {
  if (params === undefined || params === null) return new Map();
  if (Array.isArray(params)) return fromList(positions(params[0]), params);
  if (typeof params !== 'object')
    throw new BadRequest('params', `must be a list or an object, not ${shown(params)}`);
  return new Map(Object.entries(params).filter(([, value]) => isGiven(value)));
}

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

function fromList(
  names: readonly string[],
  params: readonly unknown[],
): ReadonlyMap<string, unknown> {
  const given = new Map<string, unknown>();
  let position = 0;
  for (const value of params) {
    const named = typeof value === 'string' ? NAMED.exec(value) : null;
    const name = named?.[1] ?? names[position++];
    if (name === undefined)
      throw new BadRequest('params', `too many: at most ${names.length} (${names.join(', ')})`);
    if (!isGiven(value)) continue;
    if (given.has(name)) throw new BadRequest(name, 'is given twice');
    given.set(name, named ? named[2] : value);
  }
  return given;
}
