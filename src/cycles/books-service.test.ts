import { describe, expect, it, test } from 'vitest';
import { channelId } from '../../test/doubles/peer-channel.ts';
import { RebalanceWorld, sized } from '../../test/doubles/rebalance-world.ts';
import { sumOf, utcDay } from '../core/books/period.ts';
import { DAY_MS, fromSat, type Msat, msat, unixMs } from '../core/units.ts';
import type { PeerChannel } from '../ports/node.ts';
import { BooksFromMemory } from './books-service.ts';

const ONE = channelId(1);
const ESTIMATE = fromSat(5000);

/** The four channels of the rebalance world, of which 1 sold for ten days, with books over its real memory. */
function books(seen?: readonly PeerChannel[] | 'not yet') {
  const world = new RebalanceWorld();
  const cycle: { onchain: Msat | undefined; behind: () => string | undefined } = {
    onchain: fromSat(1000),
    behind: () => 'forwards are read',
  };
  const look = { leftOut: false };
  const service = new BooksFromMemory({
    store: world.store,
    cycle,
    picture: () => (seen === 'not yet' ? undefined : (seen ?? world.node.channels)),
    whole: () => (seen === 'not yet' || look.leftOut ? undefined : (seen ?? world.node.channels)),
    clock: world.clock,
    openEstimate: () => ESTIMATE,
  });
  return { world, service, cycle, look, today: utcDay(world.clock.now()) };
}
type Books = ReturnType<typeof books>;
const unlooked = (day: number) => ({
  day,
  node: undefined,
  because: 'nobody looked',
  routed: msat(0n),
  rebalances: msat(0n),
  unexplained: undefined,
});
function closeTo({ world }: Books, day: number): void {
  const { books: stored } = world.store;
  for (let next = stored.closed()?.last ?? (stored.oldest() ?? day) - 1; next < day; )
    stored.close(unlooked(++next));
}

describe('a period', () => {
  it('is final when all of its days are closed', () => {
    const b = books();
    closeTo(b, b.today - 1);
    expect(b.service.period(b.today - 5, b.today - 1).final).toBe(true);
    expect(b.service.window(5)).toMatchObject({ from: b.today - 4, to: b.today, final: false });
  });

  it('is not final where facts turned up before the first day of the books', () => {
    const b = books();
    closeTo(b, b.today - 1);
    const first = b.world.store.books.closed()?.first ?? 0;
    expect(b.service.period(first - 90, b.today - 1).final).toBe(true);
    b.world.sells(1, 1, 2 * (b.today - first + 30));
    expect(b.service.period(first - 90, b.today - 1).final).toBe(false);
    expect(b.service.period(first, b.today - 1).final).toBe(true);
  });

  it('adds up: what it earned, less what it cost, and days that were not compared are told', () => {
    const b = books();
    closeTo(b, b.today - 1);
    const life = b.service.lifetime();
    expect(life.sums.revenue).toBeGreaterThan(0n);
    expect(life).toMatchObject({ net: life.sums.revenue, margin: 1, reconciledDays: 0 });
    expect(life.unreconciledDays).toBe(b.today - life.from);
    expect(life.unexplained).toBe(0n);
  });

  it('original 4.16 (0 % or −100 %): without revenue the margin is unknown', () => {
    const { service, today } = books();
    expect(service.period(today + 1, today + 2).margin).toBeUndefined();
  });

  it('of the whole life has what a clock that was set back put behind today', () => {
    const b = books();
    closeTo(b, b.today + 3);
    b.world.sells(1, 1);
    const { sums } = b.service.lifetime();
    expect(sums.revenue).toBe(b.world.store.forwards.nodeTotals().fees);
  });
});

describe('channels', () => {
  it('are judged as prices and rebalancing judge them', async () => {
    const { world, service } = books();
    world.sells(1, 60);
    const look = await world.looker.look('glance');
    const statements = new Map(service.channels().map((one) => [one.channelId, one]));
    expect(look.channels.length).toBe(4);
    for (const seen of look.channels)
      expect(statements.get(seen.channelId)).toMatchObject({
        class: seen.class,
        marginalRoi: seen.marginalRoi,
        ageDays: seen.ageDays,
      });
    expect(new Set(look.channels.map((one) => one.class)).size).toBeGreaterThan(1);
  });

  it('original §7 (sum over channels was twice the revenue): all of them together are the node', () => {
    const { service } = books();
    const together = sumOf(service.channels().map(({ life }) => life));
    const node = service.lifetime().sums;
    expect(together.revenue).toBe(node.revenue);
    expect(together.outCount).toBe(node.outCount);
  });

  it('original 4.12 (5000 sat stood for what was not known): an estimated opening is said, and in no sum', () => {
    const { world, service, today } = books();
    const one = () => service.channels().find(({ channelId: id }) => id === ONE);
    const net = one()?.net ?? msat(0n);
    expect(one()).toMatchObject({ openEstimate: ESTIMATE, net: one()?.life.revenue });
    openedFor(world, today - 2, 3000);
    expect(one()).toMatchObject({ openEstimate: undefined, net: net - 3_000_000n });
    expect(one()?.life.costs.open).toBe(3_000_000n);
  });

  it('one that is gone has no class, and keeps its books and its name', () => {
    const { service } = books([sized(2, 8_000_000)]);
    const gone = service.channels().find(({ channelId: id }) => id === ONE);
    expect(gone).toMatchObject({ class: undefined, name: sized(1, 0).scid });
    expect(gone?.life.revenue).toBeGreaterThan(0n);
    expect(service.channels()).toHaveLength(4);
  });

  it('a month in which it lost money and was used makes a bleeder', () => {
    const { world, service, today } = books();
    const bleeders = () => service.channels().flatMap((one) => (one.bleeder ? one.channelId : []));
    expect(bleeders()).toEqual([]);
    openedFor(world, today - 2, 40_000);
    expect(bleeders()).toEqual([ONE]);
  });
});

/** The node recorded what channel 1 cost to open. */
function openedFor(world: RebalanceWorld, day: number, sats: number): void {
  const wallet = { kind: 'wallet' as const };
  const move = {
    index: 1,
    account: wallet,
    origin: undefined,
    credit: msat(0n),
    debit: msat(0n),
    at: unixMs((day + 0.5) * DAY_MS),
    tag: 'withdrawal',
    extraTags: [],
    outpoint: { txid: 'spent', vout: 0 },
    spendingTxid: 'ab',
    output: msat(0n),
    outputCount: 1,
    height: 800_000,
  };
  const made = fromSat(10_000_000);
  const spent = msat(made + fromSat(sats));
  world.store.books.storeChainMoves(
    [
      { ...move, debit: spent, output: spent },
      {
        ...move,
        index: 2,
        account: { kind: 'channel', channelId: ONE },
        credit: made,
        output: made,
        tag: 'channel_open',
        extraTags: ['opener'],
        outpoint: { txid: 'ab', vout: 0 },
        spendingTxid: undefined,
      },
    ],
    2,
  );
}

describe('net worth', () => {
  it('is what is on the chain and in channels, less what is promised', () => {
    const { service, world } = books();
    const local = world.node.channels.reduce((sum, { toUs }) => sum + toUs, 0n);
    expect(service.netWorth()).toMatchObject({
      total: local + 1_000_000n,
      onchain: fromSat(1000),
      local,
      pendingCosts: 0n,
      activeChannels: 4,
    });
  });

  test.each(['the wallet', 'the channels'])('is not known before %s was looked at', (what) => {
    const b = books(what === 'the channels' ? 'not yet' : undefined);
    if (what === 'the wallet') b.cycle.onchain = undefined;
    expect(b.service.netWorth().total).toBeUndefined();
  });

  it('is not known, nor what it grows by, where a channel could not be read: what is missing is not 0', () => {
    const { service, look } = books();
    look.leftOut = true;
    expect(service.netWorth()).toMatchObject({
      total: undefined,
      local: undefined,
      remote: undefined,
      capacity: undefined,
      activeChannels: undefined,
    });
    expect(service.returnOnCapital()).toBeUndefined();
    expect(service.channels()).toHaveLength(4);
  });

  it('grows by the year as its last 30 days did; without capacity nobody knows', () => {
    const { service, world } = books();
    const capacity = world.node.channels.reduce((sum, one) => sum + one.capacity, 0n);
    const net = Number(service.window(30).net);
    expect(service.returnOnCapital()).toBeCloseTo((net / Number(capacity)) * (365 / 30), 12);
    expect(books([]).service.returnOnCapital()).toBeUndefined();
  });
});

it('days without a snapshot are shown without one', () => {
  const { world, service, today } = books();
  const zero = msat(0n);
  const snapshot = {
    ...{ day: today, at: world.clock.now(), local: fromSat(1), remote: zero, onchain: zero },
    ...{ capacity: fromSat(2), pendingCosts: zero, lifetimeRevenue: zero, lifetimeCost: zero },
    channels: 1,
  };
  world.store.books.snapshot(snapshot);
  expect(service.snapshots(today - 1, today)).toEqual([
    { day: today - 1, snapshot: undefined },
    { day: today, snapshot },
  ]);
});

it('why the newest days are open is what the cycle says', () => {
  expect(books().service.behind()).toBe('forwards are read');
});
