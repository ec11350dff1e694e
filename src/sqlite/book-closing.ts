/** Closes the books of a day: what is booked on it is written down and does not change any more (SPEC 6.3). */
import type { UtcDay } from '../core/books/period.ts';
import type { NodeLedgerDay, Reconciliation } from '../core/books/reconciliation.ts';
import { type Msat, msat } from '../core/units.ts';
import { Bug } from '../ports/errors.ts';
import { BOOK_COLUMNS, summed } from './book-columns.ts';
import { BOOKED_ROWS, type BookedDays } from './booked-days.ts';
import { big, type Database, nullable, num, numOr, type Row, textOr } from './database.ts';
import { word } from './money-columns.ts';

/**
 * Sums by channel are kept every so many days: no period needs more than twice so many days read one by one, and the
 * sums of 1000 channels grow by some 6 MB a year. Summing up more days would keep others waiting for more than 10 ms.
 */
const SUM_EVERY_DAYS = 8;
const SOURCES: readonly NodeLedgerDay['source'][] = ['moves', 'income'];

export class BookClosing {
  readonly #db: Database;
  readonly #days: BookedDays;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: Database, days: BookedDays) {
    this.#db = db;
    this.#days = days;
    this.#sql = prepare(db);
  }

  /** Throws Bug for any day but the one that is due. */
  close(result: Reconciliation): void {
    this.#db.transaction(() => {
      const { day } = result;
      const closed = this.#days.closed();
      const due = closed ? closed.last + 1 : (this.#days.oldest() ?? day);
      if (day !== due) throw new Bug(`day ${day} cannot be closed, day ${due} is due`);
      // Summed while it is open: from here on its rows may change.
      this.#sql.finish.run(day, day, this.#days.lateOn(day));
      this.#sql.setClosed.run(day);
      this.#write(result);
      if ((day + 1) % SUM_EVERY_DAYS === 0) this.#keepSums(closed?.first ?? day, day);
    });
  }

  reconciliations(from: UtcDay, to: UtcDay): readonly Reconciliation[] {
    return this.#sql.reconciliations.all(from, to).map(reconciliation);
  }

  #write({ day, node, because, routed, rebalances, unexplained }: Reconciliation): void {
    const theirs = [node?.routed, node?.rebalances, node?.other].map((one) =>
      nullable<bigint>(one),
    );
    this.#sql.reconcile.run(
      ...([day, nullable<string>(node?.source), ...theirs, nullable(because)] as const),
      ...([routed, rebalances, nullable<bigint>(unexplained)] as const),
    );
  }

  /** From the sums kept last, else from the first day of the books. */
  #keepSums(first: UtcDay, day: UtcDay): void {
    const last = numOr(this.#sql.lastSum.get()?.day);
    this.#sql.keepSums.run(last === undefined ? first : last + 1, day, nullable(last));
  }
}

function reconciliation(row: Row): Reconciliation {
  return {
    day: num(row.day),
    node:
      row.source === null
        ? undefined
        : {
            source: word(SOURCES, row.source, 'a reconciliation'),
            routed: msat(big(row.node_routed)),
            rebalances: msat(big(row.node_rebalances)),
            other: msat(big(row.node_other)),
          },
    because: textOr(row.because),
    routed: msat(big(row.routed_msat)),
    rebalances: msat(big(row.rebalances_msat)),
    unexplained: amountOr(row.unexplained_msat),
  };
}
const amountOr = (value: Row[string] | undefined): Msat | undefined =>
  value === null ? undefined : msat(big(value));

const prepare = (db: Database) => ({
  finish: db.prepare(
    `INSERT INTO book_day SELECT ?1, ${summed(BOOK_COLUMNS)}, ?3 FROM (${BOOKED_ROWS})`,
  ),
  setClosed: db.prepare(
    'INSERT INTO book VALUES (1, ?1, ?1) ON CONFLICT DO UPDATE SET closed_day = excluded.closed_day',
  ),
  reconcile: db.prepare('INSERT INTO reconciliation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
  reconciliations: db.prepare(
    'SELECT * FROM reconciliation WHERE day BETWEEN ? AND ? ORDER BY day',
    'money',
  ),
  lastSum: db.prepare('SELECT max(day) AS day FROM book_sum'),
  keepSums: db.prepare(
    `INSERT INTO book_sum SELECT ?2, key, ${summed(BOOK_COLUMNS)} FROM
       (SELECT day, key, ${BOOK_COLUMNS.join(', ')} FROM book_sum WHERE day = ?3 UNION ALL ${BOOKED_ROWS})
     GROUP BY key`,
  ),
});
