/**
 * The newest part of `listsendpays`: what was sent since the oldest job that is not settled. The list is only ordered
 * by its index, so the place where it begins is searched for. Every row is read once, and again only while it is open:
 * one payment that hangs for weeks must not make every look read weeks.
 */
import { type UnixMs, unixMs } from '../../core/units.ts';
import { RetryLater } from '../../ports/errors.ts';
import type { PaymentRecords, SendPay } from '../../ports/payments.ts';
import { checked } from './money-ingest.ts';

const PAGE_ROWS = 1000;
/** A job tries about once a second for two hours at most: five of them are far below this. A longer way is gone in parts. */
const MOST_PAGES = 200;
/** More open rows than this are not asked for one by one. */
const MOST_SINGLE = 50;
/** Asked for whole minutes, so that two clocks a millisecond apart do not make it search again. */
const STEP_MS = 60_000;

/** Of the rows made at or after `since` before `index`, only these are open. */
type Place = {
  readonly since: UnixMs;
  readonly index: number;
  readonly open: readonly number[];
};

export class PaymentTail {
  readonly #payments: Pick<PaymentRecords, 'sendPays'>;
  /** Where the last look ended. */
  #done: Place | undefined;
  /** How far a look came that goes further back and has not reached the end. */
  #partly: Place | undefined;

  constructor(payments: Pick<PaymentRecords, 'sendPays'>) {
    this.#payments = payments;
  }

  /** Rows made at or after `from` that are `isOpen`; what is not needs no second look, whoever asks. */
  async open(from: UnixMs, isOpen: (row: SendPay) => boolean): Promise<readonly SendPay[]> {
    const { since, index, open } = await this.#placeFor(unixMs(from - (from % STEP_MS)));
    const found = await this.#still(open, isOpen);
    let start = index;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const rows = checked(await this.#payments.sendPays(start, PAGE_ROWS), start, 'sendpays');
      found.push(...rows.filter(isOpen));
      start = (rows.at(-1)?.index ?? start - 1) + 1;
      if (rows.length < PAGE_ROWS) {
        this.#done = placeOf(since, start, found);
        if (this.#partly && since <= this.#partly.since) this.#partly = undefined;
        return found;
      }
    }
    this.#partly = placeOf(since, start, found);
    throw new RetryLater('so many payments were sent that looking through them takes a while');
  }

  /** Those that are open still; one that is not there any more was deleted, which only final ones can be. */
  async #still(open: readonly number[], isOpen: (row: SendPay) => boolean): Promise<SendPay[]> {
    const still: SendPay[] = [];
    for (const index of open) {
      const [row] = checked(await this.#payments.sendPays(index, 1), index, 'sendpays');
      if (row?.index === index && isOpen(row)) still.push(row);
    }
    return still;
  }

  /** Where the last look ended, if it looked at least as far back. */
  async #placeFor(since: UnixMs): Promise<Place> {
    for (const place of [this.#done, this.#partly]) if (place && place.since <= since) return place;
    return { index: await this.#firstSince(since), since, open: [] };
  }

  /** An index with no row made at or after `since` before it. */
  async #firstSince(since: UnixMs): Promise<number> {
    const before = async (index: number): Promise<SendPay | undefined> => {
      const [row] = checked(await this.#payments.sendPays(index, 1), index, 'sendpays');
      return row && row.createdAt < since ? row : undefined;
    };
    let low = 1;
    let high = 1;
    for (let row = await before(high); row; row = await before(high)) {
      low = row.index;
      high = 2 * low;
    }
    while (high - low > PAGE_ROWS) {
      const middle = Math.floor((low + high) / 2);
      const row = await before(middle);
      if (row) low = row.index;
      else high = middle;
    }
    return low;
  }
}

/** The open ones are read with everything after them where that is one page, or they are too many. */
function placeOf(since: UnixMs, end: number, open: readonly SendPay[]): Place {
  const [first] = open;
  const isNear = first !== undefined && end - first.index <= PAGE_ROWS;
  return first && (isNear || open.length > MOST_SINGLE)
    ? { since, index: first.index, open: [] }
    : { since, index: end, open: open.map(({ index }) => index) };
}
