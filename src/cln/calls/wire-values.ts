/** The values lightningd writes, as zod schemas that yield our units. Nothing is guessed: a wrong type is an issue. */
import { z } from 'zod';
import {
  type Msat,
  msat,
  type Ppm,
  parseChannelId,
  parseNodeId,
  parseScid,
  ppm,
  type UnixMs,
  unixMs,
} from '../../core/units.ts';

const MAX_U64 = 2n ** 64n - 1n;
const MAX_U32 = 2 ** 32 - 1;
/** 32 bytes as text; the examples in the official schemas have other letters than hex. */
const HASH = /^[0-9a-z]{64}$/;
const LEGACY_MSAT = /^(\d{1,20})msat$/;

/** A schema from a reader that says undefined to what it does not understand. */
const wire = <T>(expected: string, read: (value: unknown) => T | undefined) =>
  z.any().transform((value: unknown, context): T => {
    const known = read(value);
    if (known !== undefined) return known;
    context.issues.push({ code: 'custom', message: `expected ${expected}`, input: value });
    return z.NEVER;
  });

/** lightningd leaves out what it does not know; deprecated members are null instead. */
export const ifKnown = <T>(schema: z.ZodType<T>) =>
  schema.nullish().transform((value): T | undefined => value ?? undefined);

const toBigint = (value: unknown): bigint | undefined => {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
};
const u64 = (value: unknown): bigint | undefined => {
  const whole = toBigint(value);
  return whole !== undefined && whole >= 0n && whole <= MAX_U64 ? whole : undefined;
};
const amount = (value: unknown): Msat | undefined => {
  const legacy = typeof value === 'string' ? LEGACY_MSAT.exec(value)?.[1] : undefined;
  const whole = u64(legacy === undefined ? value : BigInt(legacy));
  return whole === undefined ? undefined : msat(whole);
};
const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
const rate = (value: unknown): Ppm | undefined => {
  const whole = count(value);
  return whole !== undefined && whole <= MAX_U32 ? ppm(whole) : undefined;
};
/** Nine decimals come; a double keeps seven of them, so whole microseconds are exact and the rest is not looked at. */
const seconds = (value: unknown): UnixMs | undefined => {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 0) || number > MAX_U32) return undefined;
  return unixMs(Math.floor(Math.round(number * 1e6) / 1000));
};
const iso = (value: unknown): UnixMs | undefined => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : unixMs(at);
};
const text =
  <T>(parse: (text: string) => T | undefined) =>
  (value: unknown): T | undefined =>
    typeof value === 'string' ? parse(value) : undefined;

/** Plain integers, and "123msat" as lightningd wrote before v23.08. */
export const wireMsat = wire('an amount in msat', amount);
export const wireU64 = wire('an unsigned 64-bit integer', u64);
/** A safe integer ≥ 0. */
export const wireCount = wire('an integer from 0', count);
export const wirePpm = wire('parts per million', rate);
/** Seconds with fraction → integer milliseconds. */
export const wireSeconds = wire('seconds since 1970', seconds);
/** ISO 8601 → integer milliseconds. */
export const wireTime = wire('an ISO time', iso);
export const wireNodeId = wire('a node id', text(parseNodeId));
export const wireChannelId = wire('a channel id', text(parseChannelId));
export const wireScid = wire('a short channel id', text(parseScid));
/** Payments are told apart by it: a text that is none would make two of one, or one of two. */
export const wireHash = wire(
  'a payment hash',
  text((hash) => (HASH.test(hash) ? hash : undefined)),
);
export const wireSide = z.enum(['local', 'remote']);
