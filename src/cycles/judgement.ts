/**
 * How a channel is judged: one function for prices, rebalancing, reports and the planner, so that all of them speak of
 * the same class and the same return (SPEC 6.1, 6.2). Memory is read in bulk.
 */
import { daysSince } from '../core/books/age.ts';
import type { Attempt } from '../core/books/diagnosis.ts';
import { utcDay } from '../core/books/period.ts';
import { MONTH_DAYS } from '../core/books/statement.ts';
import type { ChannelFeeState } from '../core/fees/types.ts';
import { type ChannelId, DAY_MS, laterBy, type Msat, type UnixMs } from '../core/units.ts';
import type { BookStore } from '../ports/books.ts';
import type { PeerChannel } from '../ports/node.ts';
import type { SpendStore } from '../ports/spending.ts';
import type {
  ChannelDirectory,
  FeeStore,
  ForwardStore,
  KnownChannel,
  PeerStore,
} from '../ports/store.ts';
import { attemptsOn, type BooksView, channelBooks } from './channel-books.ts';
import { type OpeningBooks, openingOfChannel } from './channel-opening.ts';
import { type Connections, connectionsOf, watchedUptimes } from './peer-uptimes.ts';

/** SPEC 4.9: stagnation looks back 7 days. */
export const WEEK_MS = 7 * DAY_MS;

/** The part of memory this reads. */
export type JudgeStore = {
  readonly channels: Pick<ChannelDirectory, 'all'>;
  readonly fees: Pick<FeeStore, 'states'>;
  readonly peers: Pick<PeerStore, 'connections' | 'downtime'>;
  readonly forwards: Pick<ForwardStore, 'lastSettled'>;
  readonly spending: Pick<SpendStore, 'shocks'>;
  readonly books: Pick<BookStore, 'channels' | 'channelLives'> & OpeningBooks;
};
/** What a cycle has read already. */
type Read = {
  readonly states: ReadonlyMap<ChannelId, ChannelFeeState>;
  /** Of the last week at least. */
  readonly connections: Connections;
};

export type Judgement = {
  readonly ageDays: number | undefined;
  readonly idleDays: number | undefined;
  /** Last settled forward in or out; undefined: never. */
  readonly lastSettled: UnixMs | undefined;
  /** Probes that sold nothing and shocks, any order (SPEC 4.9). */
  readonly attempts: readonly Attempt[];
  readonly books: BooksView;
};

export type JudgeMemory = ReturnType<typeof recallJudgement>;

export function recallJudgement(store: JudgeStore, now: UnixMs, read: Partial<Read> = {}) {
  const weekAgo = laterBy(now, -WEEK_MS);
  const connections = read.connections ?? connectionsOf(store, weekAgo, now);
  const today = utcDay(now);
  return {
    now,
    known: new Map(store.channels.all().map((channel) => [channel.channelId, channel])),
    states: read.states ?? store.fees.states(),
    lastSettled: store.forwards.lastSettled(),
    shocks: store.spending.shocks(),
    week: watchedUptimes(connections, weekAgo, now),
    lives: store.books.channelLives(),
    months: store.books.channels(today - MONTH_DAYS + 1, today),
    books: store.books,
  };
}

/** `openEstimate` stands in for a cost of opening that is not known. */
export function judge(channel: PeerChannel, memory: JudgeMemory, openEstimate: Msat): Judgement {
  const { channelId, peerId } = channel;
  const { now, lives, months } = memory;
  const known = memory.known.get(channelId);
  const lastSettled = memory.lastSettled.get(channelId);
  const opened = openingOfChannel(channel, known, memory.books);
  const ageDays = daysSince(opened, now);
  const idleDays = daysSince(lastSettled ?? opened, now);
  const attempts = attemptsOn(
    memory.states.get(channelId)?.probesEnded ?? [],
    memory.shocks.get(channelId) ?? [],
  );
  const books = channelBooks(
    { life: lives.get(channelId), month: months.get(channelId), attempts },
    {
      openedByPeer: paidByPeer(channel, known),
      openEstimate,
      ageDays,
      idleDays,
      lastSettled,
      uptime7d: memory.week.get(peerId),
      at: now,
    },
  );
  return { ageDays, idleDays, lastSettled, attempts, books };
}

const paidByPeer = (channel: PeerChannel, known: KnownChannel | undefined): boolean =>
  known?.openedByPeer ?? channel.opener === 'remote';
