/** What each day cost, by channel and kind. Writes are within the caller's transaction. */
import { COST_KINDS, type CostKind, utcDay } from '../core/books/period.ts';
import type { UnixMs } from '../core/units.ts';
import { costColumn } from './book-columns.ts';
import type { Database, Statement } from './database.ts';

/** The key of what belongs to no channel. */
export const NO_CHANNEL = 0;

export class CostDays {
  readonly #add: ReadonlyMap<CostKind, Statement>;

  constructor(db: Database) {
    this.#add = new Map(
      COST_KINDS.map((kind) => {
        const column = costColumn(kind);
        const sql = `INSERT INTO cost_day (day, key, ${column}) VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET ${column} = ${column} + excluded.${column}`;
        return [kind, db.prepare(sql)];
      }),
    );
  }

  /** `amount` in msat; a negative one takes back. */
  post(at: UnixMs, key: number, kind: CostKind, amount: bigint): void {
    this.postOn(utcDay(at), key, kind, amount);
  }
  postOn(day: number, key: number, kind: CostKind, amount: bigint): void {
    if (amount !== 0n) this.#add.get(kind)?.run(day, key, amount);
  }
}
