/**
 * The newest part of `listsendpays`: what was sent since the oldest job that is not settled. The list is only ordered
 * by its index, so the place where it begins is searched for; later looks begin where everything before was done.
 */
import { type UnixMs, unixMs } from '../../core/units.ts';
import { RetryLater } from '../../ports/errors.ts';
import type { PaymentRecords, SendPay } from '../../ports/payments.ts';
import { checked } from './money-ingest.ts';

const PAGE_ROWS = 1000;
/** A job tries about once a second for two hours at most: five of them are far below this. */
const MOST_PAGES = 200;
/** Asked for whole minutes, so that two clocks a millisecond apart do not make it search again. */
const STEP_MS = 60_000;

type Place = { readonly index: number; readonly since: UnixMs };

export class PaymentTail {
  readonly #payments: Pick<PaymentRecords, 'sendPays'>;
  /** No row before `index` that was made at or after `since` needs another look. */
  #place: Place | undefined;

  constructor(payments: Pick<PaymentRecords, 'sendPays'>) {
    this.#payments = payments;
  }

  /** Rows made at or after `from` that are `isOpen`; what is not needs no second look, whoever asks. */
  async open(from: UnixMs, isOpen: (row: SendPay) => boolean): Promise<readonly SendPay[]> {
    const { since, index } = await this.#placeFor(unixMs(from - (from % STEP_MS)));
    let start = index;
    const found: SendPay[] = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const rows = checked(await this.#payments.sendPays(start, PAGE_ROWS), start, 'sendpays');
      found.push(...rows.filter(isOpen));
      start = (rows.at(-1)?.index ?? start - 1) + 1;
      if (rows.length < PAGE_ROWS) {
        this.#place = { index: found[0]?.index ?? start, since };
        return found;
      }
    }
    throw new RetryLater('more payments were sent than can be looked through');
  }

  /** Where the last look ended, if it looked at least as far back. */
  async #placeFor(since: UnixMs): Promise<Place> {
    const place = this.#place;
    return place && place.since <= since ? place : { index: await this.#firstSince(since), since };
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
