/** What each day cost, by channel and kind. Writes are within the caller's transaction. */
import { COST_KINDS, type CostKind, utcDay } from '../core/books/period.ts';
import type { UnixMs } from '../core/units.ts';
import { COST_COLUMNS } from './book-columns.ts';
import type { Database, Statement } from './database.ts';
import { adding } from './forward-tally.ts';

/** The key of what belongs to no channel. */
export const NO_CHANNEL = 0;

export class CostDays {
  readonly #add: Statement;

  constructor(db: Database) {
    this.#add = db.prepare(
      `INSERT INTO cost_day (day, key, ${COST_COLUMNS.join(', ')})
       VALUES (?, ?, ${COST_COLUMNS.map(() => '?').join(', ')})
       ON CONFLICT DO UPDATE SET ${adding(COST_COLUMNS)}`,
    );
  }

  /** `amount` in msat; a negative one takes back. */
  post(at: UnixMs, key: number, kind: CostKind, amount: bigint): void {
    this.postOn(utcDay(at), key, kind, amount);
  }
  postOn(day: number, key: number, kind: CostKind, amount: bigint): void {
    if (amount === 0n) return;
    this.#add.run(day, key, ...COST_KINDS.map((one) => (one === kind ? amount : 0n)));
  }
}
