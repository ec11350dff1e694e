/** SPEC 6.3 over the real memory: days close in order, once, and whatever becomes known later is booked where it can be. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { totalCost } from '../../../src/core/books/period.ts';
import { DAY_MS, laterBy, msat, type UnixMs, unixMs } from '../../../src/core/units.ts';
import { type Store, StoreFailed } from '../../../src/ports/store.ts';
import {
  noon,
  opening,
  paidForward,
  round,
  routed,
} from '../../../src/sqlite/book-world.testing.ts';
import { Database } from '../../../src/sqlite/database.ts';
import { channelId, scid } from '../../../src/sqlite/forward-world.testing.ts';
import { migrate } from '../../../src/sqlite/migrate.ts';
import { SqliteStore } from '../../../src/sqlite/sqlite-store.ts';
import { BooksWorld, TODAY } from '../../doubles/books-world.ts';

const [FIRST, YESTERDAY] = [TODAY - 4, TODAY - 1];
/** Just before the end of a day, and just after it. */
const endOf = (day: number): UnixMs => unixMs((day + 1) * DAY_MS - 1);
const dayAfter = (day: number): UnixMs => unixMs((day + 1) * DAY_MS + 1);

/** What happened, as it comes to us and as the node writes it down: apart, where a test wants them apart. */
class Life {
  readonly db = new DatabaseSync(':memory:');
  readonly store: Store;
  readonly w: BooksWorld;
  #id = 0;
  #index = 0;

  constructor() {
    migrate(this.db);
    const opened = { file: ':memory:', release: () => undefined, tryOpen: () => undefined };
    this.store = new SqliteStore(new Database(this.db), opened, () => undefined);
    const channel = (n: number) => ({
      channelId: channelId(n),
      peerId: undefined,
      names: [scid(n)],
      capacity: msat(10_000_000_000n),
      openedByPeer: false,
      openedAt: undefined,
      closed: false,
    });
    this.store.channels.learn([channel(1), channel(2)], [], noon(FIRST));
    this.w = new BooksWorld(this.store.books);
    // The node kept moves before the first day that is looked at.
    this.recorded(noon(FIRST - 1), 0);
    this.store.spending.setMovesComplete();
  }

  /** We hear of a forward. */
  heard(at: UnixMs, fee: number): void {
    const day = Math.floor(at / DAY_MS);
    const row = paidForward(++this.#id, { day, from: 2, to: 1, fee });
    this.store.forwards.storeEvents([{ ...row, receivedAt: laterBy(at, -1), resolvedAt: at }], at);
  }
  /** The node writes it down. */
  recorded(at: UnixMs, fee: number): void {
    const rows = routed(this.#index + 1, at, fee);
    this.#index += rows.length;
    this.store.spending.storeMoves(rows, this.#index, at);
  }
  forward(at: UnixMs, fee: number): void {
    this.heard(at, fee);
    this.recorded(at, fee);
  }
  /** A rebalance, which both of us know from the node's moves. */
  wentRound(at: UnixMs, fee: number): void {
    const rows = round(this.#index + 1, { at, from: 1, to: 2, fee });
    this.#index += rows.length;
    this.store.spending.storeMoves(rows, this.#index, at);
  }

  get unexplained(): readonly (bigint | undefined)[] {
    return this.store.books.reconciliations(FIRST, TODAY + 9).map((one) => one.unexplained);
  }
  /** The whole of what is shown of the days up to `day`. */
  pages(day: number) {
    const { books } = this.store;
    return [
      books.nodeDays(FIRST, day),
      books.channels(FIRST, day),
      books.late(FIRST, day),
      books.reconciliations(FIRST, day),
    ];
  }
}

/** Four days of forwards, a rebalance in the middle. */
function quietLife(): Life {
  const life = new Life();
  for (let day = FIRST; day < TODAY; day += 1) life.forward(noon(day), 1000 + day);
  life.wentRound(noon(FIRST + 1), 90);
  return life;
}

test('days that agree with the node close one after the other, with nothing unexplained', async () => {
  const life = quietLife();
  expect(await life.w.turn()).toEqual([FIRST, YESTERDAY]);
  expect(life.unexplained).toEqual([0n, 0n, 0n, 0n]);
  expect(life.store.books.reconciliations(FIRST + 1, FIRST + 1)).toMatchObject([
    { rebalances: 90n, node: { source: 'moves', rebalances: 90n } },
  ]);
});

describe('a late fact', () => {
  test('changes no page of a closed day, and is on the first open one', async () => {
    const life = quietLife();
    await life.w.turn();
    const pages = life.pages(YESTERDAY);
    life.heard(noon(FIRST), 77);
    await life.w.hours(24);
    expect(life.pages(YESTERDAY)).toEqual(pages);
    expect(life.store.books.late(TODAY, TODAY)).toMatchObject([
      { bookedOn: TODAY, belongsTo: FIRST, revenue: 77n, channelId: channelId(1) },
      { bookedOn: TODAY, belongsTo: FIRST, assisted: 77n, channelId: channelId(2) },
    ]);
  });

  test('that the node had all along takes back what it had left unexplained', async () => {
    const life = quietLife();
    life.recorded(noon(YESTERDAY), 5_000_000);
    await life.w.turn();
    expect(life.unexplained.at(-1)).toBe(5_000_000n);
    life.heard(noon(YESTERDAY), 5_000_000);
    await life.w.hours(24);
    expect(life.unexplained.slice(-2)).toEqual([5_000_000n, -5_000_000n]);
    expect(life.w.cycle.unexplained()).toBe(0n);
  });

  test('an on-chain fee is a cost of the day on which it became known', async () => {
    const life = quietLife();
    await life.w.turn();
    const rows = opening(1, { txid: 'ab', at: noon(FIRST), channel: channelId(1), fee: 4000 });
    life.store.books.storeChainMoves(rows, 3);
    await life.w.hours(24);
    expect(life.store.books.node(FIRST, YESTERDAY).costs.open).toBe(0n);
    expect(life.store.books.node(TODAY, TODAY).costs.open).toBe(4000n);
  });
});

describe('forwards at midnight', () => {
  test('that lie on two days in two ledgers cancel', async () => {
    const life = quietLife();
    life.heard(endOf(FIRST), 3_000_000);
    life.recorded(dayAfter(FIRST), 3_000_000);
    await life.w.turn();
    expect(life.unexplained).toEqual([-3_000_000n, 3_000_000n, 0n, 0n]);
    expect(life.w.cycle.unexplained()).toBe(0n);
  });

  test('also where the second half is not closed yet', async () => {
    const life = quietLife();
    life.recorded(endOf(YESTERDAY), 3_000_000);
    life.heard(dayAfter(YESTERDAY), 3_000_000);
    await life.w.turn();
    expect(life.unexplained.at(-1)).toBe(3_000_000n);
    expect(life.w.cycle.unexplained()).toBe(0n);
    await life.w.hours(24);
    expect(life.w.cycle.unexplained()).toBe(0n);
  });

  test('what lasts is something else', async () => {
    const life = quietLife();
    life.recorded(noon(FIRST), 3_000_000);
    await life.w.turn();
    expect(life.w.cycle.unexplained()).toBe(3_000_000n);
  });
});

describe('whatever breaks in the middle', () => {
  /** The disk takes no more than so many closings. */
  function failing(life: Life, most: number) {
    life.db.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON reconciliation
      WHEN (SELECT count(*) FROM reconciliation) >= ${most} BEGIN SELECT RAISE(ABORT, 'disk is full'); END`);
  }

  test.each([0, 1, 2, 3])(
    'a disk that fails after %i days leaves whole days, and the next start goes on',
    async (most) => {
      const whole = quietLife();
      await whole.w.turn();
      const life = quietLife();
      failing(life, most);
      await expect(life.w.turn()).rejects.toThrow(StoreFailed);
      expect(life.store.books.reconciliations(FIRST, TODAY)).toHaveLength(most);
      expect(life.store.books.closed()).toEqual(
        most === 0 ? undefined : { first: FIRST, last: FIRST + most - 1 },
      );
      life.db.exec('DROP TRIGGER full');
      life.w.restart();
      await life.w.turn();
      expect(life.pages(YESTERDAY)).toEqual(whole.pages(YESTERDAY));
    },
  );

  test('a fact that came between two lives is on the day that was open then', async () => {
    const life = quietLife();
    failing(life, 2);
    await expect(life.w.turn()).rejects.toThrow(StoreFailed);
    life.heard(noon(FIRST), 5);
    life.db.exec('DROP TRIGGER full');
    life.w.restart();
    await life.w.turn();
    expect(life.store.books.late(FIRST, TODAY)).toMatchObject([
      { bookedOn: FIRST + 2, belongsTo: FIRST, revenue: 5n },
      { bookedOn: FIRST + 2, belongsTo: FIRST, assisted: 5n },
    ]);
  });

  test('a node that was restored and is read anew changes nothing that is closed, and books nothing twice', async () => {
    const life = quietLife();
    const rows = opening(1, { txid: 'ab', at: noon(FIRST), channel: channelId(1), fee: 4000 });
    life.store.books.storeChainMoves(rows, 3);
    await life.w.turn();
    const pages = life.pages(TODAY);
    life.store.books.restartChainMoves();
    life.store.books.storeChainMoves(rows, 3);
    expect(life.pages(TODAY)).toEqual(pages);
  });
});

test('what only bookkeeper knows of a day is a cost of that day, and compared with it', async () => {
  const life = quietLife();
  Object.assign(life.w, { hasMoves: false, chainRead: 'none' });
  await life.w.turn();
  life.heard(noon(TODAY), 500);
  const row = (tag: string, credit: bigint, debit: bigint) => ({
    account: { kind: 'channel' as const, channelId: channelId(1) },
    ...{ tag, credit: msat(credit), debit: msat(debit), at: noon(TODAY) },
    ...{ txid: tag === 'onchain_fee' ? 'ab' : undefined, paymentHash: undefined },
  });
  const rows = [row('routed', 800n, 0n), row('onchain_fee', 0n, 40_000n)];
  life.w.income = new Map([[TODAY, rows]]);
  await life.w.hours(24);
  expect(totalCost(life.store.books.node(TODAY, TODAY).costs)).toBe(40_000n);
  expect(life.store.books.late(FIRST, TODAY + 1)).toEqual([]);
  expect(life.unexplained).toEqual([undefined, undefined, undefined, undefined, 300n]);
});

describe('a clock that jumps', () => {
  test('ahead and back closes no day that is not over', async () => {
    const life = quietLife();
    await life.w.turn();
    life.w.clock.move(30 * DAY_MS);
    await life.w.turn();
    life.w.clock.move(-30 * DAY_MS);
    life.forward(noon(TODAY), 50);
    await life.w.hours(24);
    expect(life.store.books.closed()?.last).toBe(TODAY);
    expect(life.unexplained.at(-1)).toBe(0n);
    expect(life.store.books.late(FIRST, TODAY)).toEqual([]);
  });

  test('back for good: what happens then is booked, once, and nothing that is closed changes', async () => {
    const life = quietLife();
    await life.w.turn();
    const pages = life.pages(YESTERDAY);
    life.w.clock.move(-2 * DAY_MS);
    life.heard(noon(TODAY - 2), 60);
    await life.w.turn();
    expect(life.pages(YESTERDAY)).toEqual(pages);
    expect(life.store.books.node(TODAY, TODAY).revenue).toBe(60n);
    expect(life.w.cycle.behind()).toContain('set back');
  });
});
