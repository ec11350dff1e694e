/** A node with records, a memory and a clock around the books cycle; everything can fail or fall silent. */

import type { Hold } from '../../src/core/spending/types.ts';
import { DAY_MS, fromSat, HOUR_MS, laterBy, type UnixMs, unixMs } from '../../src/core/units.ts';
import { BooksCycle } from '../../src/cycles/books-cycle.ts';
import type { BookStore } from '../../src/ports/books.ts';
import type { IncomeRow } from '../../src/ports/chain-records.ts';
import { RetryLater } from '../../src/ports/errors.ts';
import type { PeerChannel } from '../../src/ports/node.ts';
import { InstantPacer, SplitClock } from './manual-clock.ts';
import { peerChannel } from './peer-channel.ts';

/** A day, half past midnight: yesterday can be closed. */
export const TODAY = 20_000;
const MORNING = unixMs(TODAY * DAY_MS + HOUR_MS / 2);

export class BooksWorld {
  readonly clock = new SplitClock(MORNING);
  readonly pacer = new InstantPacer();
  readonly lines: string[] = [];
  readonly asked: string[] = [];
  /** Calls that get no answer. */
  readonly silent = new Set<'chain' | 'income' | 'wallet'>();
  hasMoves = true;
  hasIncome = true;
  chainRead: 'complete' | 'partly' | 'none' = 'complete';
  complete = true;
  holds: readonly Hold[] = [];
  channels: readonly PeerChannel[] | undefined = [peerChannel(1), peerChannel(2)];
  income: ReadonlyMap<number, readonly IncomeRow[]> = new Map();
  /** undefined: read up to now, whenever that is. */
  forwardsReadAsOf: UnixMs | undefined | 'now' = 'now';
  paymentsReadAsOf: UnixMs | undefined | 'now' = 'now';
  readonly books: BookStore;
  cycle: BooksCycle;

  constructor(books: BookStore) {
    this.books = books;
    this.cycle = this.restart();
  }

  /** A new process over the same memory and the same node. */
  restart(books: BookStore = this.books): BooksCycle {
    const { clock, pacer } = this;
    const readAsOf = (at: UnixMs | undefined | 'now') => (at === 'now' ? clock.now() : at);
    this.cycle = new BooksCycle({
      store: {
        books,
        spending: {
          account: () => ({ holds: this.holds, spends: [] }),
          cursors: () => ({ moves: 1, sendPays: 1, complete: this.complete }),
        },
      },
      chain: {
        turn: async () => {
          this.asked.push('chain');
          return this.silent.has('chain')
            ? { kind: 'failed', because: 'chain: no answer' }
            : { kind: this.chainRead };
        },
      },
      records: {
        hasChainMoves: async () => this.hasMoves,
        hasIncome: async () => this.hasIncome,
        income: async (from, to) => {
          this.#hear('income', `${from / DAY_MS}–${to / DAY_MS}`);
          return this.income.get(from / DAY_MS) ?? [];
        },
      },
      payments: {
        wallet: async () => {
          this.#hear('wallet');
          return { confirmed: fromSat(700) };
        },
      },
      forwardsReadAsOf: () => readAsOf(this.forwardsReadAsOf),
      paymentsReadAsOf: () => readAsOf(this.paymentsReadAsOf),
      picture: () => this.channels,
      clock,
      pacer,
      log: (_, text) => void this.lines.push(text),
    });
    return this.cycle;
  }

  /** One turn, and the days closed by then: first and last. */
  async turn(): Promise<readonly [number, number] | undefined> {
    await this.cycle.run();
    const closed = this.books.closed();
    return closed && [closed.first, closed.last];
  }

  /** So many turns, an hour apart. */
  async hours(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      this.clock.pass(HOUR_MS);
      await this.cycle.run();
    }
  }

  #hear(name: 'income' | 'wallet', what = ''): void {
    this.asked.push(`${name} ${what}`.trim());
    if (this.silent.has(name)) throw new RetryLater(`${name}: no answer`);
  }
}

/** Moments of a day. */
export const at = (day: number, hours = 12): UnixMs =>
  laterBy(unixMs(day * DAY_MS), hours * HOUR_MS);
