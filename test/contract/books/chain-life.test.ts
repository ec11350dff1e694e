/** The on-chain life of a node, read by cursor into the real books: what was charged is booked, once, on its channel. */
import { expect, test } from 'vitest';
import { utcDay } from '../../../src/core/books/period.ts';
import { type ChannelId, DAY_MS, fromSat, laterBy, unixMs } from '../../../src/core/units.ts';
import { ChainIngest } from '../../../src/cycles/chain-ingest.ts';
import { DOUBLE_START } from '../../../src/sim/embedded-node/market-double.ts';
import { SimulatedMarket } from '../../../src/sim/market/simulated-market.ts';
import { MarketChain } from '../../../src/sim/market-chain.ts';
import { openStore } from '../../../src/sqlite/open-store.ts';
import { RecordedChain } from '../../doubles/chain-records.ts';
import { InstantPacer } from '../../doubles/manual-clock.ts';

const CHANNELS = 12;

function world() {
  const market = new SimulatedMarket({ seed: 3, start: DOUBLE_START, channels: CHANNELS });
  const { life } = new MarketChain(market);
  const records = new RecordedChain();
  const store = openStore(':memory:', {
    onProblem: (problem) => {
      throw new Error(problem);
    },
  });
  const alerts: string[] = [];
  const ingest = new ChainIngest({
    records,
    books: store.books,
    pacer: new InstantPacer(),
    alert: (text) => void alerts.push(text),
  });
  /** All on-chain costs in the books, by channel. */
  const booked = (): ReadonlyMap<ChannelId | undefined, bigint> =>
    new Map(
      [...store.books.channelLives()].flatMap(([id, { costs }]) => {
        const sum = costs.open + costs.close + costs.splice + costs.onchain;
        return sum > 0n ? [[id, sum] as const] : [];
      }),
    );
  const charged = (): ReadonlyMap<ChannelId | undefined, bigint> => {
    const sums = new Map<ChannelId | undefined, bigint>();
    for (const { channelId, amount } of life.fees)
      sums.set(channelId, (sums.get(channelId) ?? 0n) + amount);
    return sums;
  };
  let first = 1;
  const read = async (): Promise<unknown> => {
    records.moves = life.rows.map((row) => ({ ...row, index: row.index + first - 1 }));
    return ingest.turn();
  };
  const numberFrom = (index: number): void => {
    first = index;
  };
  return { market, life, records, store, alerts, booked, charged, read, numberFrom };
}
const sorted = (sums: ReadonlyMap<ChannelId | undefined, bigint>) =>
  [...sums].map(([id, sum]) => `${id} ${sum}`).sort();

/** A week in which everything happens once; the delayed output of the close is swept last. */
function week(w: ReturnType<typeof world>): void {
  const [first, second, third, fourth] = w.market.channels();
  if (!first || !second || !third || !fourth) throw new RangeError('twelve channels');
  const day = (n: number) => ({
    at: laterBy(unixMs(w.market.now()), n * DAY_MS),
    height: w.market.blockHeight() + 144 * n,
    satPerVbyte: 7,
  });
  w.life.splice(first, fromSat(50_000), day(1));
  w.life.withdraw(fromSat(100_000), undefined, day(2));
  w.life.closeMutually(second, day(3));
  w.life.closeUnilaterally(third, 'us', day(4));
  w.life.closeUnilaterally(fourth, 'them', day(5));
  w.life.sweep(third, day(6));
}

test('what was charged is booked on its channel, whenever the rows are read', async () => {
  const [whole, steps] = [world(), world()];
  week(whole);
  expect(await whole.read()).toEqual({ kind: 'complete' });
  expect(whole.charged().size).toBeGreaterThan(CHANNELS / 3);
  expect(sorted(whole.booked())).toEqual(sorted(whole.charged()));

  week(steps);
  const rows = steps.life.rows;
  for (let known = 1; known <= rows.length; known += 1) {
    steps.records.lie = (page) => page.filter(({ index }) => index <= known);
    await steps.read();
    // Before the rest is there, nothing may be in the books that was not charged.
    const [sum, limit] = [steps.booked(), steps.charged()];
    for (const [id, cost] of sum)
      expect(cost, `after row ${known}`).toBeLessThanOrEqual(limit.get(id) ?? 0n);
  }
  expect(sorted(steps.booked())).toEqual(sorted(steps.charged()));
  expect(whole.store.books.oddTransactions()).toEqual([]);
  expect(steps.store.books.oddTransactions()).toEqual([]);
});

test('a restored node is read anew and everything stays booked once', async () => {
  const w = world();
  week(w);
  await w.read();
  const before = sorted(w.booked());
  // The same life under other numbers.
  w.numberFrom(4);
  expect(await w.read()).toEqual({ kind: 'complete' });
  expect(w.alerts).toHaveLength(1);
  expect(sorted(w.booked())).toEqual(before);
});

test('openings are known from the chain, on their day', async () => {
  const w = world();
  await w.read();
  const ours = w.market.channels().filter(({ opener }) => opener === 'local');
  for (const { channelId } of ours) {
    const opened = w.store.books.recordedOpening(channelId);
    const paid = w.life.rows.find(
      (row) =>
        row.tag === 'channel_open' &&
        row.account.kind === 'channel' &&
        row.account.channelId === channelId,
    );
    expect(opened).toBe(paid?.at);
    const on = utcDay(paid?.at ?? unixMs(0));
    expect(w.store.books.node(on, on).costs.open).toBeGreaterThan(0n);
  }
});
