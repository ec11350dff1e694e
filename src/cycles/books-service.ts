/** What the books say (SPEC 6), worked out anew at every question: from the store, the last look and the config. */
import { daysSince } from '../core/books/age.ts';
import { NO_SUMS, netOf, type PeriodSums, type UtcDay, utcDay } from '../core/books/period.ts';
import { marginalReturn, returnOn } from '../core/books/roi.ts';
import {
  isBleeder,
  MONTH_DAYS,
  netWorthOf,
  returnOnCapital,
  statementOf,
} from '../core/books/statement.ts';
import { type ChannelId, type Msat, msat } from '../core/units.ts';
import type { BookStore } from '../ports/books.ts';
import type { Clock } from '../ports/clock.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { SpendStore } from '../ports/spending.ts';
import type { KnownChannel } from '../ports/store.ts';
import type { BooksCycle } from './books-cycle.ts';
import type {
  BooksService,
  ChannelStatement,
  NetWorth,
  PeriodStatement,
} from './books-services.ts';
import { bookEntries } from './channel-books.ts';
import { type JudgeMemory, type JudgeStore, judge, recallJudgement } from './judgement.ts';
import { standingOf } from './standing.ts';

export type BooksServiceParts = {
  readonly store: JudgeStore & {
    readonly books: BookStore;
    readonly spending: Pick<SpendStore, 'account'>;
  };
  readonly cycle: Pick<BooksCycle, 'behind' | 'onchain'>;
  /** The open channels as last seen; undefined: not looked yet. */
  readonly picture: () => readonly PeerChannel[] | undefined;
  /** The same, undefined also where some of them could not be read: what is missing is not 0. */
  readonly whole: () => readonly PeerChannel[] | undefined;
  readonly clock: Pick<Clock, 'now'>;
  /** msat; stands in for a cost of opening that is not known (`estimated-open-cost-sats`). */
  readonly openEstimate: () => Msat;
};

export class BooksFromMemory implements BooksService {
  readonly #parts: BooksServiceParts;

  constructor(parts: BooksServiceParts) {
    this.#parts = parts;
  }

  today(): UtcDay {
    return utcDay(this.#parts.clock.now());
  }

  period(from: UtcDay, to: UtcDay): PeriodStatement {
    const { books } = this.#parts.store;
    const sums = books.node(from, to);
    const compared = books.reconciliations(from, to);
    return {
      from,
      to,
      final: this.#isFinal(from, to),
      ...statementOf(sums, compared),
    };
  }

  window(days: number): PeriodStatement {
    const today = this.today();
    return this.period(today - days + 1, today);
  }

  /** From the first day with anything in it. */
  lifetime(): PeriodStatement {
    const today = this.today();
    const { books } = this.#parts.store;
    return this.period(Math.min(books.oldest() ?? today, today), this.#newest(today));
  }

  channels(): readonly ChannelStatement[] {
    const { store, clock, picture, openEstimate } = this.#parts;
    const memory = recallJudgement(store, clock.now());
    const estimate = openEstimate();
    const open = picture() ?? [];
    const isOpen = new Set(open.map(({ channelId }) => channelId));
    return [
      ...open.map((channel) => ofOpen(channel, memory, estimate)),
      ...[...memory.known.values()]
        .filter(({ channelId }) => !isOpen.has(channelId))
        .map((known) => ofKnown(known, memory, estimate)),
    ];
  }

  channelsOver(from: UtcDay, to: UtcDay) {
    return this.#parts.store.books.channels(from, to);
  }
  days(from: UtcDay, to: UtcDay) {
    return this.#parts.store.books.nodeDays(from, to);
  }
  channelDays(from: UtcDay, to: UtcDay, limit: number) {
    return this.#parts.store.books.channelDays(from, to, limit);
  }
  late(from: UtcDay, to: UtcDay) {
    return this.#parts.store.books.late(from, to);
  }
  reconciliations(from: UtcDay, to: UtcDay) {
    return this.#parts.store.books.reconciliations(from, to);
  }

  snapshots(from: UtcDay, to: UtcDay) {
    const taken = this.#parts.store.books.snapshots(from, to);
    const byDay = new Map(taken.map((snapshot) => [snapshot.day, snapshot]));
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({
      day: from + i,
      snapshot: byDay.get(from + i),
    }));
  }

  netWorth(): NetWorth {
    const { store, cycle, whole } = this.#parts;
    const seen = whole();
    const standing = seen && standingOf(seen);
    const { holds } = store.spending.account();
    const pendingCosts = msat(holds.reduce((sum, { amount }) => sum + amount, 0n));
    const { onchain } = cycle;
    return {
      total: netWorthOf(onchain, standing?.local, pendingCosts),
      onchain,
      local: standing?.local,
      remote: standing?.remote,
      capacity: standing?.capacity,
      pendingCosts,
      activeChannels: standing?.active,
    };
  }

  returnOnCapital(): number | undefined {
    const { capacity } = standingOf(this.#parts.whole() ?? []);
    return returnOnCapital(this.window(MONTH_DAYS).net, capacity);
  }

  oddTransactions() {
    return this.#parts.store.books.oddTransactions();
  }
  behind(): string | undefined {
    return this.#parts.cycle.behind();
  }

  /** Before the first day of the books there is nothing; what an import brought there later is not closed. */
  #isFinal(from: UtcDay, to: UtcDay): boolean {
    const { books } = this.#parts.store;
    const closed = books.closed();
    if (closed === undefined || to > closed.last) return false;
    return from >= closed.first || (books.oldest() ?? closed.first) >= closed.first;
  }

  /** A clock that was set back must not cut off what is booked on the first open day. */
  #newest(today: UtcDay): UtcDay {
    const last = this.#parts.store.books.closed()?.last;
    return last === undefined ? today : Math.max(today, last + 1);
  }
}

/** What is said of every channel by its sums alone. */
function money(channelId: ChannelId, { lives, months, lastSettled }: JudgeMemory) {
  const [life, month]: [PeriodSums, PeriodSums] = [
    lives.get(channelId) ?? NO_SUMS,
    months.get(channelId) ?? NO_SUMS,
  ];
  return {
    channelId,
    life,
    month,
    net: netOf(life),
    net30d: netOf(month),
    bleeder: isBleeder(month),
    lastSettled: lastSettled.get(channelId),
  };
}

function ofOpen(channel: PeerChannel, memory: JudgeMemory, estimate: Msat): ChannelStatement {
  const { channelId, peerId, scid, aliasLocal, capacity, opener } = channel;
  const known = memory.known.get(channelId);
  const { ageDays, books } = judge(channel, memory, estimate);
  return {
    ...money(channelId, memory),
    peerId,
    name: scid ?? aliasLocal ?? known?.names.at(-1),
    closed: false,
    openedByPeer: known?.openedByPeer ?? opener === 'remote',
    capacity,
    ageDays,
    openEstimate: books.estimated ? estimate : undefined,
    roi: books.roi,
    marginalRoi: books.marginalRoi,
    class: books.class,
  };
}

/** Closed, or not in the last look. It is judged by its returns; a class is for what can still be used. */
function ofKnown(known: KnownChannel, memory: JudgeMemory, estimate: Msat): ChannelStatement {
  const { channelId, peerId, names, capacity, openedByPeer, closed, openedAt } = known;
  const sums = money(channelId, memory);
  const entries = bookEntries(sums, openedByPeer === true);
  const { roi, estimated } = returnOn(entries, estimate);
  const opened = openedAt ?? memory.books.recordedOpening(channelId);
  return {
    ...sums,
    peerId,
    name: newestName(names),
    closed,
    openedByPeer,
    capacity,
    ageDays: daysSince(opened, memory.now),
    openEstimate: estimated ? estimate : undefined,
    roi,
    marginalRoi: marginalReturn(entries),
    class: undefined,
  };
}

/** Aliases stand behind any block there is (facts: CLN draws them at random from all numbers). */
const FIRST_ALIAS_BLOCK = 10_000_000;
const newestName = (names: readonly string[]): string | undefined =>
  names.findLast((name) => Number(name.split('x', 1)[0]) < FIRST_ALIAS_BLOCK) ?? names.at(-1);
