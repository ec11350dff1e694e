/** Single forwards and daily sums of the ancestor's, judged one by one. Which are taken: horizon.ts. */
import { DAY_MS, type Msat, type UnixMs, unixMs } from '../units.ts';
import {
  amountMsat,
  type Cells,
  channelName,
  pastMoment,
  real,
  shownCell,
  whole,
} from './cells.ts';
import { dayOf, dayStart, type Horizon, HTLC_LIFE_DAYS } from './horizon.ts';
import { SeenKeys } from './seen-keys.ts';
import { skip, type Verdict } from './verdict.ts';

export type PastForward = {
  readonly in: string;
  readonly out: string;
  readonly inAmount: Msat;
  readonly outAmount: Msat;
  readonly fee: Msat;
  /** When it was settled, as far as is known. */
  readonly at: UnixMs;
  /** When the ancestor wrote that it was; and how long it was held, seconds; undefined: not known. */
  readonly stamp: UnixMs;
  readonly heldSeconds: number | undefined;
};
/** What left by a channel on a day. Where it came in by was not kept. */
export type PastDaySum = {
  readonly out: string;
  readonly day: number;
  readonly count: number;
  readonly inAmount: Msat;
  readonly outAmount: Msat;
  readonly fee: Msat;
};

export const COVERED = "not older than lightningd's own history, which is in the books";
export const IMPORTED = 'imported before';
const UNREADABLE = 'a channel, an amount or a time cannot be read';
const NOTHING = 'its amounts are 0: early versions stored forwards without them';
const FALSE_FEE = 'the fee is not what came in less what went out';
const TWICE = 'the same forward twice';
const MOST_COUNT = 10_000_000n;
const LIFE_MS = HTLC_LIFE_DAYS * DAY_MS;
/** What is stored in whole seconds is up to one later. */
const SECOND_MS = 1000;

export function judgeForward(row: Cells, horizon: Horizon, now: UnixMs): Verdict<PastForward> {
  const name = `${shownCell(row.in_channel)} → ${shownCell(row.out_channel)} at ${shownCell(row.timestamp)}`;
  const money = moneyOf(row, 'in_msat', 'out_msat', 'fee_msat');
  const [came, went] = [channelName(row.in_channel), channelName(row.out_channel)];
  const stamp = pastMoment(row.timestamp, now);
  if (!money || came === undefined || went === undefined || stamp === undefined)
    return skip(UNREADABLE, name);
  const wrong = senseless(money);
  if (wrong !== undefined) return skip(wrong, name);
  const held = heldSeconds(row);
  const resolved = pastMoment(row.resolved_time, now);
  // Some rows are stamped with the receipt, others with the end: the later of both readings is meant.
  const at = resolved ?? unixMs(Math.min(now, stamp + (held ?? 0) * 1000));
  const atLatest = resolved === undefined && held === undefined ? stamp + LIFE_MS : at + SECOND_MS;
  if (atLatest >= dayStart(horizon.day)) return skip(COVERED, name);
  if (isInBooks(dayOf(at), horizon)) return skip(IMPORTED, name);
  return { take: { in: came, out: went, ...money, at, stamp, heldSeconds: held } };
}

export function judgeDaySum(row: Cells, horizon: Horizon, now: UnixMs): Verdict<PastDaySum> {
  const name = `${shownCell(row.channel_id)} on ${shownCell(row.date)}`;
  const money = moneyOf(row, 'total_in_msat', 'total_out_msat', 'total_fee_msat');
  const out = channelName(row.channel_id);
  const date = pastMoment(row.date, now);
  const count = whole(row.forward_count, 1n, MOST_COUNT);
  if (!money || out === undefined || date === undefined || count === undefined)
    return skip(UNREADABLE, name);
  if (date % DAY_MS !== 0) return skip('its date is no midnight (UTC)', name);
  const wrong = senseless(money);
  if (wrong !== undefined) return skip(wrong, name);
  const day = dayOf(date);
  if (day + 1 + HTLC_LIFE_DAYS > horizon.day) {
    const reason = `less than ${HTLC_LIFE_DAYS} days older than lightningd's own history: some of it may be in there`;
    return skip(day >= horizon.day ? COVERED : reason, name);
  }
  if (isInBooks(day, horizon)) return skip(IMPORTED, name);
  return { take: { out, day, count: Number(count), ...money } };
}

const isInBooks = (day: number, { booksFrom }: Horizon): boolean =>
  booksFrom !== undefined && day >= booksFrom;

type Money = { readonly inAmount: Msat; readonly outAmount: Msat; readonly fee: Msat };

function moneyOf(row: Cells, came: string, went: string, kept: string): Money | undefined {
  const [inAmount, outAmount, fee] = [row[came], row[went], row[kept]].map(amountMsat);
  return inAmount === undefined || outAmount === undefined || fee === undefined
    ? undefined
    : { inAmount, outAmount, fee };
}

function senseless({ inAmount, outAmount, fee }: Money): string | undefined {
  if (inAmount === 0n || outAmount === 0n) return NOTHING;
  return inAmount - outAmount === fee ? undefined : FALSE_FEE;
}

/** 0 stands for not known, too: no HTLC is settled in no time. */
function heldSeconds(row: Cells): number | undefined {
  const seconds = real(row.resolution_time);
  return seconds !== undefined && seconds > 0 && seconds * 1000 <= LIFE_MS ? seconds : undefined;
}

/**
 * Finds rows of one forward: the old plugin read the node's list again at every start and stored rows twice. They are
 * equal to the fraction of a second for which they were held, and stamped with the receipt or the end. Where that is
 * not known, rows equal in everything are taken for one: rather a part of a payment too few than a forward twice.
 */
export class Repeats {
  readonly #seen = new SeenKeys<UnixMs>();

  /** undefined: it is new. */
  judge(one: PastForward): string | undefined {
    const held = one.heldSeconds;
    const before = this.#seen.put(
      `${one.in}>${one.out} ${one.inAmount} ${one.fee} ${held ?? `at ${one.stamp}`}`,
      one.stamp,
    );
    if (before === undefined) return undefined;
    const apart = Math.abs(one.stamp - before);
    return apart <= (held ?? 0) * 1000 + 2 * SECOND_MS ? TWICE : undefined;
  }
  get size(): number {
    return this.#seen.size;
  }
}
