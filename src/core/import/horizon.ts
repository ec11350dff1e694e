/**
 * Which of the ancestor's forwards may be taken (docs/decisions/009). Its rows carry no htlc id, so none can be told
 * to be one of ours. But what lightningd still had when we read its history begins at one day; whatever was settled
 * before that day is not among ours. Only that is taken, and only whole days, each older than every day in the books.
 */
import { DAY_MS, type UnixMs, unixMs } from '../units.ts';

/** An HTLC lives two weeks at most: so long after its receipt a forward may have been settled. */
export const HTLC_LIFE_DAYS = 14;

export type Horizon = {
  /** First UTC day that is left to what is in the books from the node. */
  readonly day: number;
  /** First UTC day in the books, earlier imports included; undefined: none. Taken is only what is before it. */
  readonly booksFrom: number | undefined;
};

type Books = {
  readonly now: UnixMs;
  /** First UTC day in the books; undefined: none. */
  readonly firstDay: number | undefined;
  /** The newest import that wrote: its file, and the horizon it had. */
  readonly last: { readonly fingerprint: string; readonly horizonDay: number } | undefined;
  readonly fingerprint: string;
};

export const dayOf = (at: number): number => Math.floor(at / DAY_MS);
export const dayStart = (day: number): UnixMs => unixMs(day * DAY_MS);

export function horizonOf({ now, firstDay, last, fingerprint }: Books): Horizon {
  // Yesterday is never taken: an event of the last hour may not be in the books yet.
  const node = Math.min(firstDay ?? Number.MAX_SAFE_INTEGER, dayOf(now) - 1);
  if (!last) return { day: node, booksFrom: firstDay };
  // The same file again goes on where it was broken off. Another file may date the same forward up to an HTLC's
  // life differently, so it keeps that far away from everything that is in the books.
  if (last.fingerprint === fingerprint) return { day: last.horizonDay, booksFrom: firstDay };
  return { day: Math.min(node, last.horizonDay) - HTLC_LIFE_DAYS - 1, booksFrom: firstDay };
}
