/** What a node recorded of its on-chain money; it can fall silent, hang, answer another history, and lie. */

import type { UnixMs } from '../../src/core/units.ts';
import type { ChainMove, ChainRecords, IncomeRow } from '../../src/ports/chain-records.ts';
import { RetryLater } from '../../src/ports/errors.ts';

export class RecordedChain implements ChainRecords {
  moves: readonly ChainMove[] = [];
  incomes: readonly IncomeRow[] = [];
  hasMoves = true;
  bookkeeper = true;
  /** Calls that get no answer. */
  readonly silent = new Set<keyof ChainRecords>();
  /** What a page becomes before it is handed over: rows lost, doubled, out of order. */
  lie: (rows: readonly ChainMove[]) => readonly ChainMove[] = (rows) => rows;
  /** Awaited before every answer: a node that hangs until a test lets it go. */
  stall: Promise<void> = Promise.resolve();
  readonly asked: string[] = [];

  /** Adds rows as the node would: in order, numbered from where it is. */
  record(...rows: readonly ChainMove[]): void {
    const next = (this.moves.at(-1)?.index ?? 0) + 1;
    this.moves = [...this.moves, ...rows.map((row, i) => ({ ...row, index: next + i }))];
  }
  /** A node from a backup: the rows up to `index`, then others. */
  drift(index: number, ...rows: readonly ChainMove[]): void {
    this.moves = this.moves.filter((row) => row.index <= index);
    this.record(...rows);
  }

  async hasChainMoves(): Promise<boolean> {
    await this.#hear('hasChainMoves');
    return this.hasMoves;
  }
  async chainMoves(start: number, limit: number): Promise<readonly ChainMove[]> {
    await this.#hear('chainMoves', start, limit);
    return this.lie(this.moves.filter(({ index }) => index >= start).slice(0, limit));
  }
  async hasIncome(): Promise<boolean> {
    await this.#hear('hasIncome');
    return this.bookkeeper;
  }
  async income(from: UnixMs, to: UnixMs): Promise<readonly IncomeRow[]> {
    await this.#hear('income', from, to);
    return this.incomes.filter(({ at }) => at >= from && at < to);
  }

  async #hear(name: keyof ChainRecords, ...about: readonly number[]): Promise<void> {
    this.asked.push([name, ...about].join(' '));
    await this.stall;
    if (this.silent.has(name)) throw new RetryLater(`${name}: no answer`);
  }
}
