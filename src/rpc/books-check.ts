/** How far the books are (SPEC 6.3): the part of revenue-status, and what revenue-doctor says of it. */
import { z } from 'zod';
import { utcDay } from '../core/books/period.ts';
import { fromSat, type Msat } from '../core/units.ts';
import type { BooksStatus } from '../cycles/services.ts';
import type { RpcContext } from './context.ts';
import { attention, type HealthCheck, ok } from './health-check.ts';
import { dayName } from './report-period.ts';

/** As much as the lock tolerates (SPEC 7.6). */
const TOLERATED = fromSat(1000);
/** A day closes within an hour or so of its end. */
const LATE_DAYS = 2;

export const booksAnswer = z.strictObject({
  closed_until: z.string().optional().describe('the last closed UTC day; absent: none yet'),
  behind: z.string().optional().describe('why yesterday is not closed yet'),
  unexplained_sats: z
    .int()
    .optional()
    .describe(
      "what lasts of the differences to the node's own records, above 0: the node has more; absent: not compared for two days yet",
    ),
  odd_transactions: z
    .int()
    .describe('on-chain transactions whose fee cannot be believed, or is not known after a week'),
});

export const booksAnswerOf = (books: BooksStatus): z.input<typeof booksAnswer> => ({
  closed_until: books.closedUntil === undefined ? undefined : dayName(books.closedUntil),
  behind: books.behind,
  unexplained_sats: books.unexplained === undefined ? undefined : awayFromZero(books.unexplained),
  odd_transactions: books.oddTransactions,
});

/** One line for each thing that is wrong with them, else one that nothing is. */
export function booksChecks({ board, clock }: RpcContext): readonly HealthCheck[] {
  const { closedUntil, behind, unexplained, oddTransactions } = board.books();
  const wrong = [
    ...(isLate(closedUntil, behind, utcDay(clock.now()))
      ? [
          attention(
            'books',
            `days are closed to ${told(closedUntil)}: ${behind}`,
            'the job books in revenue-status says what failed',
          ),
        ]
      : []),
    ...(unexplained !== undefined && magnitude(unexplained) > TOLERATED
      ? [
          attention(
            'books',
            `${awayFromZero(unexplained)} sat between our books and the node's own records over the last days`,
            'revenue-report period shows the days; rebalancing is locked meanwhile',
          ),
        ]
      : []),
    ...(oddTransactions > 0
      ? [
          attention(
            'books',
            `${oddTransactions} on-chain transactions are in no sum: their fee cannot be believed, or is not known after a week`,
            'revenue-report costs lists them',
          ),
        ]
      : []),
  ];
  const fine =
    closedUntil === undefined && behind !== undefined
      ? `no day is closed yet: ${behind}`
      : `days are closed to ${told(closedUntil)}`;
  return wrong.length > 0 ? wrong : [ok('books', fine)];
}

/** Yesterday may be open for an hour; the first turn waits for the history. */
const isLate = (closed: number | undefined, behind: string | undefined, today: number): boolean =>
  behind !== undefined && closed !== undefined && (today - closed > LATE_DAYS || closed >= today);

const told = (day: number | undefined): string => (day === undefined ? 'none yet' : dayName(day));
const magnitude = (amount: Msat): bigint => (amount < 0n ? -amount : amount);
/** Whole satoshi, never less than it is. */
const awayFromZero = (amount: Msat): number => {
  const sats = Number((magnitude(amount) + 999n) / 1000n);
  return amount < 0n ? -sats : sats;
};
