/** Kinds of parameters. Each takes what lightning-cli or a program sends and refuses the rest with a sentence. */
import { z } from 'zod';
import { readBoolean, readInteger, shown } from '../config/read-value.ts';
import { DAY_MS, HOUR_MS } from '../core/units.ts';

/** Longer than any name, key or word that means something. */
const MAX_TEXT = 200;

/** A kind of parameter: `read` gives undefined for what it does not take. */
export const kind = <Value>(
  read: (raw: unknown) => Value | undefined,
  expects: string,
  description: string,
) =>
  z
    .unknown()
    .transform((raw, ctx): Value => {
      const value = raw === undefined ? undefined : read(raw);
      if (value !== undefined) return value;
      const message =
        raw === undefined ? `is missing: ${expects}` : `must be ${expects}, not ${shown(raw)}`;
      ctx.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .describe(description);

/** A whole number, as JSON or text, within the bounds. */
export const wholeNumber = (min: number, max: number, description: string) =>
  kind(
    (raw) => {
      const value = readInteger(raw);
      return value !== undefined && value >= min && value <= max ? value : undefined;
    },
    `a whole number from ${min} to ${max}`,
    description,
  );

/** true or false, as JSON or one of the usual words. */
export const flag = (description: string) => kind(readBoolean, 'true or false', description);

/** One of a few words; case does not matter. */
export const word = <const Words extends readonly string[]>(words: Words, description: string) =>
  kind(
    (raw): Words[number] | undefined => {
      const written = typeof raw === 'boolean' ? String(raw) : raw;
      return typeof written === 'string'
        ? words.find((one) => one === written.trim().toLowerCase())
        : undefined;
    },
    `one of ${words.join(', ')}`,
    description,
  );

/** A short text; numbers and switches are taken as they are written. */
export const text = (description: string) =>
  kind(
    (raw) => {
      if (typeof raw === 'object') return undefined;
      const written = String(raw).trim();
      return written.length > 0 && written.length <= MAX_TEXT ? written : undefined;
    },
    `a text of 1 to ${MAX_TEXT} characters`,
    description,
  );

/** As long as Linux lets a path be. */
const MAX_PATH = 4096;
/** The name of a file, from the root on. */
export const filePath = (description: string) =>
  kind(
    (raw) =>
      typeof raw === 'string' &&
      raw.startsWith('/') &&
      raw.length <= MAX_PATH &&
      !/\p{Cc}/u.test(raw)
        ? raw
        : undefined,
    'the absolute path of a file, from / on',
    description,
  );

/** Whatever a setting may hold: its own row checks it. */
export const settingValue = (description: string) =>
  kind(
    (raw) =>
      typeof raw === 'string' ||
      typeof raw === 'number' ||
      typeof raw === 'bigint' ||
      typeof raw === 'boolean'
        ? raw
        : undefined,
    'a number, a text, true or false',
    description,
  );

/** A moment in unix ms, or how long ago in ms. */
export type Moment = { readonly at: number } | { readonly agoMs: number };

const AGO = /^(\d{1,5})\s*(m|h|d)$/;
const UNIT_MS = { m: 60_000, h: HOUR_MS, d: DAY_MS } as const;
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/;
/** 1970 … 2100, in seconds. */
const MAX_SECONDS = 4_102_444_800;

export function readMoment(raw: unknown): Moment | undefined {
  const seconds = readInteger(raw);
  if (seconds !== undefined)
    return seconds >= 0 && seconds <= MAX_SECONDS ? { at: seconds * 1000 } : undefined;
  if (typeof raw !== 'string') return undefined;
  const ago = AGO.exec(raw.trim());
  if (ago) {
    const unit = ago[2] === 'm' || ago[2] === 'h' ? ago[2] : 'd';
    return { agoMs: Number(ago[1]) * UNIT_MS[unit] };
  }
  const at = ISO.test(raw.trim()) ? Date.parse(raw.trim()) : Number.NaN;
  return Number.isNaN(at) ? undefined : { at };
}

/** Unix seconds, `2026-01-31T12:00Z`, or how long ago: `90m`, `6h`, `2d`. */
export const moment = (description: string) =>
  kind(readMoment, 'unix seconds, a time like 2026-01-31T12:00Z, or 90m, 6h, 2d ago', description);
