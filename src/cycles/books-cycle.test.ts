import { describe, expect, it, test } from 'vitest';
import { at, BooksWorld, TODAY } from '../../test/doubles/books-world.ts';
import { MemoryBooks } from '../../test/doubles/memory-books.ts';
import { channelId, peerChannel } from '../../test/doubles/peer-channel.ts';
import { DAY_MS, fromSat, HOUR_MS, msat } from '../core/units.ts';
import { StoreFailed } from '../ports/store.ts';

const ONE = channelId(1);
const [YESTERDAY, BEFORE] = [TODAY - 1, TODAY - 2];
const earned = (amount: bigint) => ({
  outCount: 1,
  out: msat(amount * 1000n),
  revenue: msat(amount),
});

function world() {
  const books = new MemoryBooks();
  books.book(BEFORE, ONE, earned(5n));
  return { books, w: new BooksWorld(books) };
}
/** The node has of each day what is told here. */
const recorded = (books: MemoryBooks, days: Readonly<Record<number, bigint>>) => {
  for (const [day, routed] of Object.entries(days))
    books.ledgers.set(Number(day), {
      source: 'moves',
      routed: msat(routed),
      rebalances: msat(0n),
      other: msat(0n),
    });
};

describe('days close', () => {
  it('all that are over, in order, from the first with anything in it', async () => {
    const { books, w } = world();
    recorded(books, { [BEFORE]: 5n });
    expect(await w.turn()).toEqual([BEFORE, YESTERDAY]);
    expect(books.reconciliations(0, TODAY)).toMatchObject([
      { day: BEFORE, routed: 5n, unexplained: 0n, because: undefined },
      { day: YESTERDAY, unexplained: undefined, because: expect.stringContaining('reach back') },
    ]);
    expect(w.cycle.behind()).toBeUndefined();
  });

  it('a quarter of an hour after their end, not before', async () => {
    const { w } = world();
    w.clock.move(-HOUR_MS / 4 - 1);
    expect(await w.turn()).toEqual([BEFORE, BEFORE]);
    expect(w.cycle.behind()).toContain('15 minutes after its end');
    w.clock.pass(1);
    expect(await w.turn()).toEqual([BEFORE, YESTERDAY]);
  });

  test.each([
    ['forwards', 'forwardsReadAsOf'],
    ['records of our own payments', 'paymentsReadAsOf'],
  ] as const)('only as far as %s are read', async (what, part) => {
    const { w } = world();
    w[part] = undefined;
    expect(await w.turn()).toBeUndefined();
    w[part] = at(YESTERDAY, 0.1);
    expect(await w.turn()).toEqual([BEFORE, BEFORE]);
    expect(w.cycle.behind()).toContain(what);
    w[part] = 'now';
    expect(await w.turn()).toEqual([BEFORE, YESTERDAY]);
  });

  it('not while the payments of before us are still being read', async () => {
    const { w } = world();
    w.complete = false;
    expect(await w.turn()).toBeUndefined();
  });

  it('not before a start without any history has a day behind it', async () => {
    const w = new BooksWorld(new MemoryBooks());
    expect(await w.turn()).toBeUndefined();
    expect(w.cycle.behind()).toBeUndefined();
    await w.hours(24);
    expect(w.books.closed()).toEqual({ first: TODAY, last: TODAY });
  });

  it('ten years at the first start, in slices, and are compared only as far back as the node has records', async () => {
    const books = new MemoryBooks();
    books.book(TODAY - 3650, ONE, earned(1n));
    recorded(books, { [YESTERDAY]: 0n });
    const w = new BooksWorld(books);
    expect(await w.turn()).toEqual([TODAY - 3650, YESTERDAY]);
    expect(books.reconciliations(0, TODAY).filter(({ node }) => node)).toHaveLength(1);
    expect(w.pacer.pauses.length).toBeGreaterThan(0);
  });
});

describe('a late fact', () => {
  it('is booked on the day it becomes known, and takes back what was unexplained', async () => {
    const { books, w } = world();
    recorded(books, { [BEFORE]: 12n, [YESTERDAY]: 0n, [TODAY]: 3n });
    await w.turn();
    books.book(BEFORE, ONE, earned(7n));
    books.book(TODAY, ONE, earned(3n));
    const before = books.node(BEFORE, BEFORE);
    await w.hours(24);
    expect(books.node(BEFORE, BEFORE)).toEqual(before);
    expect(books.node(TODAY, TODAY).revenue).toBe(10n);
    expect(books.reconciliations(0, TODAY).map(({ unexplained }) => unexplained)).toEqual([
      7n,
      0n,
      -7n,
    ]);
    expect(w.cycle.unexplained()).toBe(0n);
  });

  it('of a day that was not compared explains nothing and leaves nothing unexplained', async () => {
    const { books, w } = world();
    recorded(books, { [TODAY]: 3n });
    await w.turn();
    books.book(BEFORE, ONE, earned(7n));
    books.book(TODAY, ONE, earned(3n));
    await w.hours(24);
    expect(books.reconciliations(TODAY, TODAY)).toMatchObject([{ routed: 3n, unexplained: 0n }]);
  });
});

describe('what lasts', () => {
  it('is told for the lock from the second day on, also after a restart', async () => {
    const { books, w } = world();
    recorded(books, { [BEFORE]: 5n, [YESTERDAY]: 2_000_000n, [TODAY]: 0n, [TODAY + 1]: 0n });
    await w.turn();
    expect(w.cycle.unexplained()).toBe(0n);
    await w.hours(24);
    expect(w.cycle.unexplained()).toBe(2_000_000n);
    expect(w.restart().unexplained()).toBe(2_000_000n);
  });

  it('a forward at midnight is not', async () => {
    const { books, w } = world();
    recorded(books, { [BEFORE]: 5_000_005n, [YESTERDAY]: 0n, [TODAY]: 0n });
    books.book(YESTERDAY, ONE, earned(5_000_000n));
    await w.turn();
    await w.hours(24);
    expect(w.cycle.unexplained()).toBe(0n);
  });
});

describe('nothing is half closed', () => {
  it('when the disk fails in the middle: what is closed stays, the rest follows', async () => {
    const { books, w } = world();
    let closed = 0;
    const close = books.close.bind(books);
    books.close = (told) => {
      closed += 1;
      if (closed === 2) throw new StoreFailed('disk is full');
      close(told);
    };
    await expect(w.turn()).rejects.toThrow(StoreFailed);
    expect(books.closed()).toEqual({ first: BEFORE, last: BEFORE });
    expect(w.cycle.behind()).toContain('did not end');
    expect(await w.turn()).toEqual([BEFORE, YESTERDAY]);
  });

  it('by a restart, which goes on with the next day', async () => {
    const { books, w } = world();
    w.forwardsReadAsOf = at(YESTERDAY, 1);
    await w.turn();
    w.forwardsReadAsOf = 'now';
    w.restart();
    expect(await w.turn()).toEqual([BEFORE, YESTERDAY]);
    expect(books.reconciliations(0, TODAY)).toHaveLength(2);
  });

  it('when the plugin ends', async () => {
    const { books, w } = world();
    const close = books.close.bind(books);
    books.close = (told) => {
      close(told);
      w.cycle.stop();
    };
    await expect(w.turn()).rejects.toThrow('the plugin ends');
    expect(books.closed()).toEqual({ first: BEFORE, last: BEFORE });
  });
});

describe('a clock that jumps', () => {
  it('ahead closes nothing until it has stood for two hours', async () => {
    const { w } = world();
    await w.turn();
    w.clock.move(10 * DAY_MS);
    await w.turn();
    expect(w.cycle.behind()).toContain('leapt ahead');
    w.clock.move(-10 * DAY_MS);
    await w.hours(3);
    expect(w.books.closed()).toEqual({ first: BEFORE, last: YESTERDAY });
    expect(w.books.snapshots(0, TODAY + 20)).toHaveLength(1);
  });

  it('ahead and stays there is believed in the end', async () => {
    const { w } = world();
    await w.turn();
    w.clock.move(10 * DAY_MS);
    await w.turn();
    await w.hours(2);
    expect(w.books.closed()?.last).toBe(YESTERDAY + 10);
  });

  it('ahead while nobody was here closes nothing either until it has stood for two hours', async () => {
    const { w } = world();
    await w.turn();
    w.clock.move(10 * DAY_MS);
    w.restart();
    expect(await w.turn()).toEqual([BEFORE, YESTERDAY]);
    expect(w.cycle.behind()).toContain('nobody was here for days');
    expect(w.books.snapshots(0, TODAY + 20)).toHaveLength(1);
    expect(w.cycle.onchain).toBe(fromSat(700));
    await w.hours(1);
    expect(w.books.closed()?.last).toBe(YESTERDAY);
    await w.hours(1);
    expect(w.books.closed()?.last).toBe(YESTERDAY + 10);
  });

  it('is believed at once after a night away, and where the first start was broken off', async () => {
    const { books, w } = world();
    books.book(TODAY - 400, ONE, earned(9n));
    const close = books.close.bind(books);
    books.close = (told) => {
      close(told);
      w.cycle.stop();
    };
    await expect(w.turn()).rejects.toThrow('the plugin ends');
    books.close = close;
    w.clock.move(DAY_MS / 2);
    w.restart();
    expect((await w.turn())?.[1]).toBe(YESTERDAY);
  });

  it('back opens nothing again, and goes on when the time has come', async () => {
    const { books, w } = world();
    await w.turn();
    w.clock.move(-5 * DAY_MS);
    books.book(TODAY - 5, ONE, earned(9n));
    expect(await w.turn()).toEqual([BEFORE, YESTERDAY]);
    expect(w.cycle.behind()).toContain('set back');
    expect(books.node(TODAY, TODAY).revenue).toBe(9n);
    await w.hours(6 * 24);
    expect(books.closed()?.last).toBe(TODAY);
  });
});

describe('the node’s on-chain records', () => {
  it('are read before a day closes', async () => {
    const { w } = world();
    w.chainRead = 'partly';
    expect(await w.turn()).toBeUndefined();
    expect(w.cycle.behind()).toContain('being read');
  });

  it('are waited for two days, with a warning; then days close without, and what comes later is late', async () => {
    const { w } = world();
    w.silent.add('chain');
    expect(await w.turn()).toBeUndefined();
    expect(w.cycle.problems()).toEqual([expect.stringContaining('on-chain records')]);
    await w.hours(47);
    expect(w.books.closed()).toBeUndefined();
    await w.hours(1);
    expect(w.books.closed()?.last).toBe(TODAY + 1);
    w.silent.clear();
    await w.hours(1);
    expect(w.cycle.problems()).toEqual([]);
  });
});

describe('a node without moves', () => {
  const row = (tag: string, credit: bigint) => ({
    account: { kind: 'channel' as const, channelId: ONE },
    tag,
    credit: msat(credit),
    debit: msat(0n),
    at: at(YESTERDAY),
    txid: undefined,
    paymentHash: undefined,
  });
  const old = () => {
    const made = world();
    made.w.hasMoves = false;
    made.w.chainRead = 'none';
    return made;
  };

  it('is asked for one day of income at a time, of days since our first start only', async () => {
    const { books, w } = old();
    await w.turn();
    expect(w.asked.filter((one) => one.startsWith('income'))).toEqual([]);
    expect(books.reconciliations(0, TODAY)[0]?.because).toContain('older than the first start');
    w.income = new Map([[TODAY, [row('routed', 8n)]]]);
    books.book(TODAY, ONE, earned(8n));
    w.restart();
    await w.hours(24);
    expect(w.asked.filter((one) => one.startsWith('income'))).toEqual([
      `income ${TODAY}–${TODAY + 1}`,
    ]);
    expect(books.reconciliations(TODAY, TODAY)).toMatchObject([
      { node: { source: 'income', routed: 8n }, unexplained: 0n },
    ]);
    expect(books.income.get(TODAY)).toHaveLength(1);
  });

  it('whose bookkeeper does not answer is waited for two days, with a warning', async () => {
    const { books, w } = old();
    await w.turn();
    w.silent.add('income');
    w.clock.pass(DAY_MS);
    await expect(w.turn()).rejects.toThrow('no answer');
    expect(w.cycle.problems()).toEqual([expect.stringContaining('bookkeeper')]);
    expect(books.closed()?.last).toBe(YESTERDAY);
    w.clock.pass(2 * DAY_MS);
    await w.turn();
    expect(books.closed()?.last).toBe(TODAY + 2);
    expect(books.reconciliations(TODAY, TODAY)[0]?.because).toContain('did not tell for two days');
  });

  it('without bookkeeper is not compared, and says so', async () => {
    const { books, w } = old();
    w.hasIncome = false;
    await w.hours(24);
    expect(books.reconciliations(TODAY, TODAY)[0]?.because).toContain('bookkeeper does not run');
  });
});

describe('a snapshot', () => {
  it('is taken once a UTC day, with everything that is ours and promised', async () => {
    const { books, w } = world();
    books.book(YESTERDAY, ONE, { costs: { open: msat(3n) } });
    w.holds = [
      { destination: ONE, kind: 'normal', amount: fromSat(90), since: at(TODAY), unknown: false },
    ];
    await w.turn();
    await w.hours(3);
    const [one, two] = [peerChannel(1), peerChannel(2)];
    expect(books.snapshots(0, TODAY)).toEqual([
      {
        day: TODAY,
        at: at(TODAY, 0.5),
        local: one.toUs + two.toUs,
        remote: one.capacity + two.capacity - one.toUs - two.toUs,
        capacity: one.capacity + two.capacity,
        onchain: fromSat(700),
        pendingCosts: fromSat(90),
        lifetimeRevenue: 5n,
        lifetimeCost: 3n,
        channels: 2,
      },
    ]);
    await w.hours(24);
    expect(books.snapshots(0, TODAY + 9).map(({ day }) => day)).toEqual([TODAY, TODAY + 1]);
  });

  it('original 4.16 (every snapshot stored 0): with anything unknown there is none, and the next turn tries again', async () => {
    const { books, w } = world();
    w.channels = undefined;
    await w.turn();
    w.channels = [peerChannel(1)];
    w.silent.add('wallet');
    await w.turn();
    expect(books.snapshots(0, TODAY)).toEqual([]);
    expect(books.closed()?.last).toBe(YESTERDAY);
    w.silent.clear();
    await w.turn();
    expect(books.snapshots(0, TODAY)).toHaveLength(1);
  });

  it('forgets the wallet when it falls silent: what went into a channel since would count twice', async () => {
    const { w } = world();
    await w.turn();
    expect(w.cycle.onchain).toBe(fromSat(700));
    w.silent.add('wallet');
    await w.turn();
    expect(w.cycle.onchain).toBeUndefined();
  });

  it('original 4.16 (one per restart too): a second start on the same day takes none', async () => {
    const { books, w } = world();
    await w.turn();
    w.restart();
    w.channels = [];
    await w.turn();
    expect(books.snapshots(0, TODAY)).toMatchObject([{ channels: 2 }]);
  });

  it('counts a channel that closes as long as the chain has not settled it', async () => {
    const { books, w } = world();
    w.channels = [
      peerChannel(1, { state: 'CLOSINGD_COMPLETE' }),
      peerChannel(2, { state: 'ONCHAIN' }),
      peerChannel(3, { state: 'OPENINGD' }),
    ];
    await w.turn();
    expect(books.snapshots(0, TODAY)).toMatchObject([
      { local: peerChannel(1).toUs, capacity: peerChannel(1).capacity, channels: 0 },
    ]);
  });
});
