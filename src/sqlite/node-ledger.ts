/**
 * The node's own channel moves by day (SPEC 6.3): sums of what was read, kept when the rows themselves are not. Writes
 * are within the transaction that moves the cursor on, so each row counts once.
 */
import { startOf, type UtcDay, utcDay } from '../core/books/period.ts';
import type { NodeLedgerDay } from '../core/books/reconciliation.ts';
import { type Msat, msat, type UnixMs } from '../core/units.ts';
import type { ChannelMove } from '../ports/payments.ts';
import { big, type Database, num, numOr, type Statement, text } from './database.ts';
import type { Facts } from './facts.ts';

/** Tags that say whose the money is: forwards, payments of ours (or to us), and what was paid for a channel. */
const EXPLAINED: ReadonlySet<string> = new Set(['routed', 'invoice', 'pushed', 'lease_fee']);
/** Not one of the node's: fees of payments that went round. */
const ROUND = 'invoice round';

type Sums = { day: UtcDay; tag: string; credit: bigint; debit: bigint; fees: bigint };
type Round = {
  readonly paymentHash: string;
  /** Of its last part, where our books have it too. */
  readonly at: UnixMs;
  readonly fees: Msat;
};

export class NodeLedger {
  readonly #facts: Facts;
  readonly #add: Statement;
  readonly #ofDay: Statement;
  readonly #first: Statement;
  readonly #forwardBefore: Statement;
  readonly #round: Statement;
  readonly #setRound: Statement;
  readonly #dropRounds: Statement;
  readonly #wipe: readonly Statement[];

  constructor(db: Database, facts: Facts) {
    this.#facts = facts;
    this.#add = db.prepare(
      `INSERT INTO move_day VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         credit_msat = credit_msat + excluded.credit_msat, debit_msat = debit_msat + excluded.debit_msat,
         fees_msat = fees_msat + excluded.fees_msat`,
    );
    this.#ofDay = db.prepare('SELECT * FROM move_day WHERE day = ?', 'money');
    this.#first = db.prepare('SELECT min(day) AS day FROM move_day');
    this.#forwardBefore = db.prepare(
      'SELECT 1 FROM flow_day WHERE day < ? AND (in_count <> 0 OR out_count <> 0) LIMIT 1',
    );
    this.#round = db.prepare('SELECT * FROM circle_fee WHERE payment_hash = ?', 'money');
    this.#setRound = db.prepare(
      `INSERT INTO circle_fee VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET day = excluded.day,
         fees_msat = excluded.fees_msat, stored_ledger = excluded.stored_ledger`,
    );
    this.#dropRounds = db.prepare(
      `DELETE FROM circle_fee WHERE payment_hash IN
       (SELECT payment_hash FROM circle_fee WHERE stored_ledger < ? LIMIT ?)`,
    );
    this.#wipe = ['move_day', 'circle_fee'].map((table) => db.prepare(`DELETE FROM ${table}`));
  }

  /** Rows that were not read before. */
  add(rows: readonly ChannelMove[]): void {
    const sums = new Map<string, Sums>();
    for (const { at, tag, credit, debit, fees } of rows) {
      const day = utcDay(at);
      const cell = sums.get(`${day} ${tag}`) ?? { day, tag, credit: 0n, debit: 0n, fees: 0n };
      cell.credit += credit;
      cell.debit += debit;
      // Both halves of a forward name its fee.
      if (debit > 0n) cell.fees += fees;
      sums.set(`${day} ${tag}`, cell);
    }
    for (const { day, tag, credit, debit, fees } of sums.values())
      this.#add.run(day, tag, ...([credit, debit, fees] as const));
  }

  /** What is known now of a payment that went round; what was known of it before goes. */
  addRound({ paymentHash, at, fees }: Round, ledger: UnixMs): void {
    const day = utcDay(at);
    const before = this.#round.get(paymentHash);
    if (before && num(before.day) === day && big(before.fees_msat) === fees) return;
    if (before) this.#add.run(num(before.day), ROUND, 0, 0, -big(before.fees_msat));
    this.#add.run(day, ROUND, 0, 0, fees);
    this.#setRound.run(paymentHash, day, fees, ledger);
  }
  /** No part of these payments can come any more; at most `limit`. Rows dropped. */
  dropRounds(ledger: number, limit: number): number {
    return this.#dropRounds.run(ledger, limit);
  }

  /** Every row is read anew. */
  restart(): void {
    for (const table of this.#wipe) table.run();
    this.#facts.set('moves whole from', 0);
  }

  /** undefined: the moves do not reach back to it, or it was not wholly read yet. */
  day(day: UtcDay): NodeLedgerDay | undefined {
    if (!this.#reachesBackTo(day) || !this.#wasReadTo(startOf(day + 1))) return undefined;
    let [routed, rebalances, other] = [0n, 0n, 0n];
    for (const row of this.#ofDay.all(day)) {
      const tag = text(row.tag);
      if (tag === 'routed') routed += big(row.fees_msat);
      else if (tag === ROUND) rebalances += big(row.fees_msat);
      else if (!EXPLAINED.has(tag)) other += big(row.credit_msat) - big(row.debit_msat);
    }
    return {
      source: 'moves',
      routed: msat(routed),
      rebalances: msat(rebalances),
      other: msat(other),
    };
  }

  /** The day of the first move is whole only for a node that did not forward before it kept moves. */
  #reachesBackTo(day: UtcDay): boolean {
    const first = numOr(this.#first.get()?.day);
    if (first === undefined || day < first || day < (this.#facts.get('moves whole from') ?? 0))
      return false;
    return day > first || this.#forwardBefore.get(first) === undefined;
  }
  /** Once the end was reached, whoever reads knows how far he is. */
  #wasReadTo(moment: UnixMs): boolean {
    const read = this.#facts.get('moves cursor') ? this.#facts.get('moves cursor at') : undefined;
    return this.#facts.get('moves complete') === 1 || (read !== undefined && read >= moment);
  }
}
