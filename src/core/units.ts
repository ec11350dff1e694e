/**
 * Money, rates, time and names. The brands make mixing them a compile error; they cost nothing at run time.
 * Msat is the only money inside (SPEC: "All money is integer msat inside; sats appear only at the edges").
 */
declare const unit: unique symbol;
type Unit<T, Name extends string> = T & { readonly [unit]: Name };

/** Thousandths of a satoshi, an integer; may be negative only as a difference. */
export type Msat = Unit<bigint, 'msat'>;
/** Parts per million of the forwarded amount: a non-negative integer once it is sent to the node. */
export type Ppm = Unit<number, 'ppm'>;
/** A fraction, 0 … 1. */
export type Share = Unit<number, 'share'>;
/** Milliseconds since 1970-01-01 UTC, an integer. */
export type UnixMs = Unit<number, 'unix-ms'>;
/** 64 lower-case hex digits: the identity of a channel. */
export type ChannelId = Unit<string, 'channel-id'>;
/** `blockxtxxoutput`: a name of a channel (short channel id or alias), never its identity. */
export type Scid = Unit<string, 'scid'>;
/** 66 lower-case hex digits, first byte 02 or 03. */
export type NodeId = Unit<string, 'node-id'>;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

export const msat = (amount: bigint): Msat => amount as Msat;
export const ppm = (rate: number): Ppm => Math.round(rate) as Ppm;
export const share = (fraction: number): Share => Math.min(1, Math.max(0, fraction)) as Share;
export const unixMs = (at: number): UnixMs => Math.floor(at) as UnixMs;
export const laterBy = (at: UnixMs, ms: number): UnixMs => unixMs(at + ms);

const CHANNEL_ID = /^[0-9a-f]{64}$/;
const NODE_ID = /^0[23][0-9a-f]{64}$/;
const SCID = /^(\d{1,8})x(\d{1,8})x(\d{1,5})$/;
const [MAX_BLOCK, MAX_TX, MAX_OUTPUT] = [0xffffff, 0xffffff, 0xffff];

/** `undefined` when the text is no channel id. */
export const parseChannelId = (text: string): ChannelId | undefined =>
  CHANNEL_ID.test(text) ? (text as ChannelId) : undefined;
/** `undefined` when the text is no compressed public key (BOLT 7 `point`). */
export const parseNodeId = (text: string): NodeId | undefined =>
  NODE_ID.test(text) ? (text as NodeId) : undefined;
/** `undefined` when the text is no `blockxtxxoutput` that fits 24, 24 and 16 bits (BOLT 7). */
export function parseScid(text: string): Scid | undefined {
  const parts = SCID.exec(text);
  if (!parts) return undefined;
  const fits = [MAX_BLOCK, MAX_TX, MAX_OUTPUT].every((max, i) => Number(parts[i + 1]) <= max);
  return fits ? (text as Scid) : undefined;
}

/** Whole satoshi, rounded down: for revenue and balances. */
export const satFloor = (amount: Msat): number => Number(amount / 1000n);
export const fromSat = (sat: number | bigint): Msat => msat(BigInt(sat) * 1000n);

/** A closed interval of prices. */
export type Band = { readonly floor: Ppm; readonly ceiling: Ppm };
/** The ceiling wins over the floor (SPEC 3.2). */
export const within = (rate: number, { floor, ceiling }: Band): Ppm =>
  ppm(Math.min(ceiling, Math.max(floor, rate)));
