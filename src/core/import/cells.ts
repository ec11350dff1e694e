/**
 * Reading what another program stored, cell by cell. Whatever is not exactly what it should be is undefined; nothing
 * becomes 0, and no text becomes a number.
 */
import {
  fromSat,
  type Msat,
  msat,
  type NodeId,
  type Ppm,
  parseChannelId,
  parseNodeId,
  parseScid,
  ppm,
  type UnixMs,
  unixMs,
} from '../units.ts';

/** A value of SQLite, a blob left out. */
export type Cell = bigint | number | string | null | undefined;
export type Cells = Readonly<Record<string, Cell>>;

/** No forward carries more than 10 000 BTC. */
const MOST_MSAT = 1_000_000_000_000_000n;
const MOST_SAT = MOST_MSAT / 1000n;
/** Before this there was no Lightning. */
const FIRST_SECOND = 1_420_070_400;

/** An integer within the bounds. */
export const whole = (cell: Cell, min: bigint, max: bigint): bigint | undefined =>
  typeof cell === 'bigint' && cell >= min && cell <= max ? cell : undefined;

/** msat, never negative. */
export function amountMsat(cell: Cell): Msat | undefined {
  const value = whole(cell, 0n, MOST_MSAT);
  return value === undefined ? undefined : msat(value);
}
/** Whole satoshi, never negative. */
export function amountSat(cell: Cell): Msat | undefined {
  const value = whole(cell, 0n, MOST_SAT);
  return value === undefined ? undefined : fromSat(value);
}
/** ppm up to a whole (1 000 000). */
export function ratePpm(cell: Cell, max = 1_000_000n): Ppm | undefined {
  const value = whole(cell, 0n, max);
  return value === undefined ? undefined : ppm(Number(value));
}

/** Finite; an integer or a real number. */
export function real(cell: Cell): number | undefined {
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return undefined;
  const value = Number(cell);
  return Number.isFinite(value) ? value : undefined;
}

/** Unix seconds, not later than `now`. */
export function pastMoment(cell: Cell, now: UnixMs): UnixMs | undefined {
  const seconds = real(cell);
  if (seconds === undefined || seconds < FIRST_SECOND || seconds * 1000 > now) return undefined;
  return unixMs(seconds * 1000);
}

/** A short channel id (with either separator) or a channel id, as our own directory knows names. */
export function channelName(cell: Cell): string | undefined {
  if (typeof cell !== 'string') return undefined;
  return parseScid(cell.replaceAll(':', 'x')) ?? parseChannelId(cell);
}
export const nodeId = (cell: Cell): NodeId | undefined =>
  typeof cell === 'string' ? parseNodeId(cell) : undefined;

/** A node id fits. */
const SHOWN = 70;
/** A cell as a report shows it: short and on one line. */
export function shownCell(cell: Cell): string {
  if (cell === undefined) return 'nothing readable';
  const line = String(cell)
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
