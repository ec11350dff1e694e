/** SPEC 6: three years of a real node through the real books, and every month of them to the millisatoshi. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { movingCost, type PeriodSums, totalCost, utcDay } from '../../../src/core/books/period.ts';
import { type ChannelId, DAY_MS, fromSat, type UnixMs, unixMs } from '../../../src/core/units.ts';
import { textTable } from '../../../src/rpc/text-table.ts';
import { eachRow, readText } from '../../../src/sim/replay/csv.ts';
import { readHistory } from '../../../src/sim/replay/history.ts';
import { BookedLife } from '../../doubles/booked-life.ts';
import { idOf } from '../../doubles/recorded-node.ts';

const DATA = resolve(import.meta.dirname, '../../../../shared/data/forwards');
const FORWARDS = join(DATA, 'cln_node_forwards_to_2025-12.csv.gz');
const REBALANCES = join(DATA, 'cln_node_rebalances_to_2025-12.csv.gz');
const ONCHAIN = join(DATA, 'cln_node_onchain_fees.csv.gz');
const absent = ![FORWARDS, REBALANCES, ONCHAIN].every((file) => existsSync(file));
if (absent) console.warn(`NOT TESTED on a real node's books: ${DATA} is missing`);

/** One line of a file; channels are numbers (c016 is 16), undefined: the wallet. */
type Fact = { readonly at: UnixMs } & (
  | {
      readonly kind: 'forward';
      readonly in: number;
      readonly out: number;
      readonly amount: bigint;
      readonly fee: bigint;
    }
  | {
      readonly kind: 'rebalance';
      readonly in: number;
      readonly out: number;
      readonly amount: bigint;
      readonly fee: bigint;
    }
  | { readonly kind: 'onchain'; readonly channel: number | undefined; readonly fee: bigint }
);
const CAPACITY = fromSat(10_000_000);
/** A turn of every job each so many days. */
const TURN_DAYS = 10;
const KEEP_DAYS = 90;

const numberOf = (name: string): number => Number(name.slice(1));
const seconds = (t: number): UnixMs => unixMs(t * 1000);

function readFacts(): readonly Fact[] {
  const facts: Fact[] = [...readHistory(FORWARDS)].map((row) => ({
    kind: 'forward',
    at: seconds(row.t),
    in: numberOf(row.inChan),
    out: numberOf(row.outChan),
    amount: BigInt(row.outMsat),
    fee: BigInt(row.inMsat - row.outMsat),
  }));
  eachRow(readText(REBALANCES), ['t', 'from_chan', 'to_chan', 'amount_msat', 'fee_msat'], (row) =>
    facts.push({
      kind: 'rebalance',
      at: seconds(row.whole('t')),
      out: numberOf(row.text('from_chan')),
      in: numberOf(row.text('to_chan')),
      amount: BigInt(row.whole('amount_msat')),
      fee: BigInt(row.whole('fee_msat')),
    }),
  );
  // A blank channel is the wallet.
  eachRow(readText(ONCHAIN).replaceAll(',,', ',c0,'), ['t', 'chan_or_blank', 'fee_msat'], (row) =>
    facts.push({
      kind: 'onchain',
      at: seconds(row.whole('t')),
      channel: numberOf(row.text('chan_or_blank')) || undefined,
      fee: BigInt(row.whole('fee_msat')),
    }),
  );
  return facts.toSorted((one, other) => one.at - other.at);
}

/** The first fee of a channel opened it, each further one spliced it: the file does not say what they were for. */
function happen({ node }: BookedLife, fact: Fact, opened: Set<number>): void {
  switch (fact.kind) {
    case 'forward':
      node.passed(fact);
      return;
    case 'rebalance':
      node.circled(fact, 'rebalance');
      return;
    case 'onchain': {
      const { channel, fee, at } = fact;
      if (channel === undefined) node.chain.consolidate(fee, at);
      else if (opened.has(channel)) node.chain.splice(channel, CAPACITY, CAPACITY, 0n, fee, at);
      else node.chain.openBatch([{ number: channel, capacity: CAPACITY }], fee, at).lockIn(at);
      if (channel !== undefined) opened.add(channel);
    }
  }
}

type ChannelMoney = {
  readonly revenue: bigint;
  readonly assisted: bigint;
  readonly cost: bigint;
};
type Whose = ChannelId | undefined;

/** Straight from the lines, too. */
function byChannel(facts: readonly Fact[]): ReadonlyMap<Whose, ChannelMoney> {
  const sums = new Map<Whose, ChannelMoney>();
  const add = (number: number | undefined, what: keyof ChannelMoney, amount: bigint): void => {
    const id = number === undefined ? undefined : idOf(number);
    const sum = sums.get(id) ?? { revenue: 0n, assisted: 0n, cost: 0n };
    sums.set(id, { ...sum, [what]: sum[what] + amount });
  };
  for (const fact of facts)
    switch (fact.kind) {
      case 'forward':
        add(fact.out, 'revenue', fact.fee);
        add(fact.in, 'assisted', fact.fee);
        break;
      case 'rebalance':
        add(fact.in, 'cost', fact.fee);
        break;
      case 'onchain':
        add(fact.channel, 'cost', fact.fee);
    }
  return sums;
}
/** Without those of whom there is nothing to say. */
const busyOnes = (rows: readonly (readonly [Whose, ChannelMoney])[]) =>
  new Map(rows.filter(([, one]) => one.revenue + one.assisted + one.cost > 0n));

type Money = { revenue: bigint; rebalances: bigint; onchain: bigint; forwards: number };
const nothing = (): Money => ({ revenue: 0n, rebalances: 0n, onchain: 0n, forwards: 0 });

/** Straight from the lines of the files. */
function directSum(facts: readonly Fact[]): Money {
  const sum = nothing();
  for (const fact of facts)
    switch (fact.kind) {
      case 'forward':
        sum.revenue += fact.fee;
        sum.forwards += 1;
        break;
      case 'rebalance':
        sum.rebalances += fact.fee;
        break;
      case 'onchain':
        sum.onchain += fact.fee;
    }
  return sum;
}
const moneyOf = ({ revenue, costs, outCount }: PeriodSums): Money => ({
  revenue,
  rebalances: movingCost(costs),
  onchain: totalCost(costs) - movingCost(costs),
  forwards: outCount,
});

const monthOf = (at: number): string => new Date(at).toISOString().slice(0, 7);
const daysOf = (month: string): readonly [number, number] => {
  const [year = 0, of = 1] = month.split('-').map(Number);
  return [utcDay(unixMs(Date.UTC(year, of - 1, 1))), utcDay(unixMs(Date.UTC(year, of, 1))) - 1];
};

/** For the notes of a release: `BOOKS_TABLE=1 npx vitest run …`. */
function monthlyTable({ parts }: BookedLife, months: readonly string[]): string {
  const titles = ['month', 'forwards', 'fees sat', 'rebalances sat', 'on-chain sat', 'net sat'];
  const rows = months.map((month) => {
    const { sums, net } = parts.books.service.period(...daysOf(month));
    const { forwards, revenue, rebalances, onchain } = moneyOf(sums);
    const sats = [revenue, rebalances, onchain, net].map((amount) => Number(amount) / 1000);
    return [month, forwards, ...sats];
  });
  return textTable(titles, rows);
}

describe.skipIf(absent)('the books of a real node', () => {
  const facts = absent ? [] : readFacts();
  const first = facts[0]?.at ?? unixMs(0);
  const end = unixMs((facts.at(-1)?.at ?? 0) + 3 * DAY_MS);
  const byMonth = Map.groupBy(facts, ({ at }) => monthOf(at));
  const months: readonly string[] = [...byMonth.keys()].toSorted();
  /** The plugin was there all the time. */
  const lived = new BookedLife(first, new Map([['keep_forwards_days', KEEP_DAYS]]));
  /** It came at the end, and read what the node still had. */
  const late = new BookedLife(end, new Map([['keep_forwards_days', 3650]]));

  beforeAll(async () => {
    const channels = new Set(
      facts.flatMap((fact) =>
        fact.kind === 'onchain' ? (fact.channel ?? []) : [fact.in, fact.out],
      ),
    );
    for (const life of [lived, late])
      for (const number of channels) life.node.opened(number, CAPACITY, 'local', first);
    const [mine, theirs] = [new Set<number>(), new Set<number>()];
    let turnAt = first;
    for (const fact of facts) {
      while (fact.at >= turnAt) {
        lived.clock.move(turnAt - lived.clock.now());
        await lived.turn();
        turnAt = unixMs(turnAt + TURN_DAYS * DAY_MS);
      }
      happen(lived, fact, mine);
      happen(late, fact, theirs);
    }
    lived.clock.move(end - lived.clock.now());
    for (const life of [lived, late]) await life.turn();
  });
  afterAll(() => {
    if (process.env.BOOKS_TABLE !== undefined) console.log(monthlyTable(lived, months));
    for (const life of [lived, late]) life.store.close();
  });
  const lives = [
    ['lived through', lived],
    ['read afterwards', late],
  ] as const;

  test.each(lives)('%s: every month to the millisatoshi, and every day of it closed', (_, life) => {
    const { service } = life.parts.books;
    for (const month of months) {
      const statement = service.period(...daysOf(month));
      expect([month, moneyOf(statement.sums)]).toEqual([
        month,
        directSum(byMonth.get(month) ?? []),
      ]);
      expect(statement.final || month === months.at(-1)).toBe(true);
    }
  });

  test.each(lives)('%s: lifetime is the sum of all lines, each forward once', (_, life) => {
    expect(moneyOf(life.parts.books.service.lifetime().sums)).toEqual(directSum(facts));
  });

  test.each(lives)('%s: nothing is unexplained on any day', (_, life) => {
    const { service } = life.parts.books;
    const told = service.reconciliations(utcDay(first), utcDay(end));
    expect(told.length).toBeGreaterThan(1000);
    expect(told.filter(({ unexplained }) => unexplained !== 0n)).toEqual([]);
  });

  test.each(lives)(
    '%s: each channel has what its lines say, and no other has anything',
    (_, life) => {
      const booked = [...life.store.books.channelLives()].map(
        ([id, { revenue, assisted, costs }]) =>
          [id, { revenue, assisted, cost: totalCost(costs) }] as const,
      );
      expect(busyOnes(booked)).toEqual(busyOnes([...byChannel(facts)]));
    },
  );

  test('what was lived through and what was read afterwards are the same books, channel by channel', () => {
    const [from, to] = [utcDay(first), utcDay(end) - 1];
    expect(lived.store.books.channels(from, to)).toEqual(late.store.books.channels(from, to));
  });

  test('30, 90, 365 days and lifetime do not change when rows become sums and go', async () => {
    const { service } = late.parts.books;
    const last = utcDay(facts.findLast(({ kind }) => kind === 'forward')?.at ?? end);
    const figures = () =>
      [30, 90, 365]
        .map((days) => service.period(last - days + 1, last))
        .concat(service.lifetime(), service.window(365));
    const before = figures();
    const rows = late.store.forwards.counts().settledRows;
    late.parts.config.set('keep_forwards_days', 8);
    await late.turn();
    expect(rows).toBe(9687);
    // The newest is kept: readers know by it how far they are.
    expect(late.store.forwards.counts().settledRows).toBe(1);
    expect(before.every(({ sums }) => sums.revenue > 0n)).toBe(true);
    expect(figures()).toEqual(before);
  });
});
