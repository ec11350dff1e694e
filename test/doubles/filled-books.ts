/** Forty days of three open channels and a closed one: one earns, one loses, one is silent, one is over. */
import type { PeriodSums, UtcDay } from '../../src/core/books/period.ts';
import type { ChannelClass } from '../../src/core/books/types.ts';
import {
  type ChannelId,
  DAY_MS,
  fromSat,
  msat,
  type NodeId,
  type UnixMs,
  unixMs,
} from '../../src/core/units.ts';
import { BooksDouble, sumsOf } from './books-double.ts';

type Named = { readonly id: ChannelId; readonly name: string; readonly peer: NodeId };
export type BookNames = {
  readonly now: UnixMs;
  readonly earner: Named;
  readonly loser: Named;
  readonly silent: Named;
  readonly gone: Named;
};

const DAYS = 40;

/** Days before today are closed; yesterday's is one that the node tells otherwise. */
export function filledBooks(names: BookNames): BooksDouble {
  const books = new BooksDouble(() => names.now);
  const today = books.today();
  const ago = (days: number): UtcDay => today - days;
  books.closed = ago(1);
  books.kept = [
    kept(names.earner, 'PROFITABLE', { roi: 2.5, marginalRoi: 1, ageDays: 400.7 }),
    kept(names.loser, 'UNDERWATER', { roi: -0.4, marginalRoi: -0.6, openEstimate: fromSat(700) }),
    kept(names.silent, 'STAGNANT_CANDIDATE', { roi: 0, ageDays: undefined, openedByPeer: true }),
    kept(names.gone, undefined, { closed: true, ageDays: undefined }),
  ];
  books.rows = [
    ...Array.from({ length: DAYS }, (_, i) => row(ago(i), names.earner, earning(i))),
    row(ago(3), names.loser, losing),
    row(ago(39), names.gone, ending),
    { day: ago(5), channelId: undefined, sums: sumsOf({ costs: { onchain: msat(250_500n) } }) },
  ];
  books.facts = [
    {
      bookedOn: ago(3),
      belongsTo: ago(9),
      channelId: names.loser.id,
      revenue: msat(0n),
      assisted: msat(0n),
      costs: sumsOf({ costs: { open: msat(300_000n) } }).costs,
    },
  ];
  books.compared = [
    { day: ago(2), node: undefined, because: 'its moves do not reach back', ...ours(ago(2)) },
    {
      day: ago(1),
      because: undefined,
      node: { source: 'moves', routed: msat(1_000n), rebalances: msat(0n), other: msat(0n) },
      ...ours(ago(1)),
      unexplained: msat(-7n),
    },
  ];
  books.taken = [
    {
      day: ago(1),
      at: unixMs(names.now - DAY_MS),
      local: fromSat(400_000),
      remote: fromSat(2_600_000),
      onchain: msat(1_000_000_500n),
      capacity: fromSat(3_000_000),
      pendingCosts: msat(35_000n),
      lifetimeRevenue: msat(0n),
      lifetimeCost: msat(0n),
      channels: 3,
    },
  ];
  books.odd = [
    {
      txid: 'f'.repeat(64),
      at: unixMs(names.now - DAY_MS),
      residual: msat(-5_000n),
      because: 'an output is not there',
    },
  ];
  return books;

  function ours(day: UtcDay) {
    const [sums] = books.days(day, day).map((one) => one.sums);
    const none = msat(0n);
    return { routed: sums?.revenue ?? none, rebalances: none, unexplained: undefined };
  }
}

type Told = Partial<
  Pick<
    BooksDouble['kept'][number],
    'roi' | 'marginalRoi' | 'ageDays' | 'openEstimate' | 'openedByPeer' | 'closed'
  >
>;
const kept = (
  { id, name, peer }: Named,
  is: ChannelClass | undefined,
  told: Told,
): BooksDouble['kept'][number] => ({
  channelId: id,
  peerId: peer,
  name,
  closed: false,
  openedByPeer: false,
  capacity: fromSat(1_000_000),
  ageDays: 90,
  openEstimate: undefined,
  roi: 0,
  marginalRoi: 0,
  lastSettled: undefined,
  ...told,
  class: is,
});

const row = (day: UtcDay, { id }: Named, sums: PeriodSums) => ({ day, channelId: id, sums });

/** A little more every day; a refill once a week. */
const earning = (age: number): PeriodSums =>
  sumsOf({
    inCount: 1,
    in: fromSat(5_000),
    assisted: msat(900n),
    outCount: 2,
    out: fromSat(10_000),
    revenue: msat(1_500_001n - BigInt(age)),
    costs: age % 7 === 0 ? { rebalance: msat(400_001n) } : {},
  });
/** Fees of one small forward, a refill far too dear, a shock, and a fee of its opening that was late. */
const losing = sumsOf({
  outCount: 1,
  out: fromSat(1_000),
  revenue: msat(999n),
  costs: {
    open: msat(300_000n),
    rebalance: msat(50_001n),
    diagnostic: msat(20_000n),
    hive: msat(1_500n),
  },
});
const ending = sumsOf({
  outCount: 3,
  out: fromSat(30_000),
  revenue: msat(9_000_000n),
  costs: { open: msat(200_000n), close: msat(450_000n), splice: msat(100_000n) },
});
