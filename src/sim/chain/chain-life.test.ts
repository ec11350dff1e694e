import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type ChainShare, chainCosts } from '../../core/books/chain-costs.ts';
import { DAY_MS, fromSat, unixMs } from '../../core/units.ts';
import { DOUBLE_START, doubleChannel, MarketDouble } from '../embedded-node/market-double.ts';
import { SimulatedMarket } from '../market/simulated-market.ts';
import type { ChainLife } from './chain-life.ts';
import { chainOf } from './opened-channels.ts';

const aged = (index: number, days: number, changes = {}) =>
  doubleChannel(index, { openedAt: unixMs(DOUBLE_START - days * DAY_MS), ...changes });
const OURS = aged(0, 50);
const THEIRS = aged(1, 40);
const NEW = doubleChannel(8, { capacity: 1_000_000_000 });

/** A life over channels that were opened before; 5 sat/vB. */
const lifeOf = (...channels: readonly ReturnType<typeof doubleChannel>[]) =>
  chainOf(new MarketDouble(channels));

/** What the rule makes of the rows of each transaction. */
function reckoned(life: ChainLife): ReadonlyMap<string, ReturnType<typeof chainCosts>> {
  const txids = new Set(life.rows.map((row) => row.spendingTxid ?? row.outpoint.txid));
  const of = (txid: string) =>
    life.rows.filter(
      (row) =>
        row.spendingTxid === txid || (row.spendingTxid === undefined && row.outpoint.txid === txid),
    );
  return new Map([...txids].map((txid) => [txid, chainCosts(of(txid))]));
}
const named = ({ channelId, amount }: Omit<ChainShare, 'kind'>): string => `${channelId} ${amount}`;
const booked = (life: ChainLife): readonly string[] =>
  [...reckoned(life)].flatMap(([txid, costs]) =>
    'shares' in costs
      ? costs.shares.filter(({ amount }) => amount > 0n).map((one) => `${txid} ${named(one)}`)
      : [],
  );
const charged = (life: ChainLife): readonly string[] =>
  life.fees.map((fee) => `${fee.txid} ${named(fee)}`);
const newest = (life: ChainLife): readonly ChainShare[] => {
  const costs = [...reckoned(life).values()].at(-1);
  return costs && 'shares' in costs ? costs.shares : [];
};

describe('what was there before', () => {
  test('a channel we opened cost 140 vB, one the peer opened nothing; the wallet is what it was', () => {
    const life = lifeOf(OURS, THEIRS);
    expect([...reckoned(life).values()]).toEqual([
      { shares: [] },
      { shares: [{ channelId: OURS.channelId, kind: 'open', amount: fromSat(700) }] },
      { shares: [{ channelId: THEIRS.channelId, kind: 'open', amount: 0n }] },
    ]);
    expect(life.coins.list()).toMatchObject([{ amount: fromSat(5_000_000) }]);
    expect(life.rows.map(({ at }) => (DOUBLE_START - at) / DAY_MS)).toEqual([51, 50, 50, 50, 40]);
  });

  test('what was opened within a week was opened together, three at most', () => {
    const life = lifeOf(...[30, 29, 28, 27, 5].map((days, i) => aged(2 * i, days)));
    expect(life.fees.map(({ amount }) => amount)).toEqual([
      376_667n,
      376_667n,
      376_666n,
      700_000n,
      700_000n,
    ]);
    expect(booked(life)).toEqual(charged(life));
  });

  test('a market’s life books what it cost, its rows in order of time', () => {
    const market = new SimulatedMarket({ seed: 7, start: DOUBLE_START, channels: 60 });
    const life = chainOf(market);
    expect(life.fees.length).toBeGreaterThan(20);
    expect(booked(life).toSorted()).toEqual(charged(life).toSorted());
    expect(life.rows.map(({ index }) => index)).toEqual(life.rows.map((_, i) => i + 1));
    const times = life.rows.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const together = life.rows.filter(
      ({ outpoint, tag }) => tag === 'channel_open' && outpoint.vout,
    );
    expect(together.length).toBeGreaterThan(0);
  });

  test('the same life twice is the same to the last transaction', () => {
    expect(lifeOf(OURS, THEIRS).rows).toEqual(lifeOf(OURS, THEIRS).rows);
  });
});

type Lever = (life: ChainLife) => void;
test.each<[string, Lever, readonly object[]]>([
  ['an opening', (life) => life.open([NEW]), [{ kind: 'open', amount: fromSat(700) }]],
  ['the peer opens', (life) => life.openedByPeer(NEW), [{ kind: 'open', amount: 0n }]],
  [
    'a mutual close of ours',
    (life) => life.closeMutually(OURS),
    [{ kind: 'close', amount: fromSat(1_000) }],
  ],
  [
    'a mutual close of theirs',
    (life) => life.closeMutually(THEIRS),
    [{ kind: 'close', amount: 0n }],
  ],
  [
    'their unilateral close of what we opened',
    (life) => life.closeUnilaterally(OURS, 'them'),
    [{ kind: 'close', amount: fromSat(2_065) }],
  ],
  ['our unilateral close before the sweep', (life) => life.closeUnilaterally(OURS, 'us'), []],
  [
    'the sweep',
    (life) => {
      life.closeUnilaterally(THEIRS, 'us');
      life.sweep(THEIRS);
    },
    [{ kind: 'close', amount: fromSat(670) }],
  ],
  [
    'a splice in',
    (life) => life.splice(OURS, fromSat(500_000)),
    [{ kind: 'splice', amount: fromSat(1_500) }],
  ],
  [
    'a splice out',
    (life) => life.splice(OURS, fromSat(-500_000)),
    [{ kind: 'splice', amount: fromSat(1_500) }],
  ],
  [
    'a withdrawal',
    (life) => life.withdraw(fromSat(100_000)),
    [{ kind: 'onchain', amount: fromSat(770) }],
  ],
  ['a deposit', (life) => life.deposit(fromSat(100_000)), []],
])('%s is booked for what it cost', (_, act, shares) => {
  const life = lifeOf(OURS, THEIRS);
  act(life);
  expect(newest(life)).toEqual(shares.map((one) => expect.objectContaining(one)));
});

test('a closed channel that we had nothing in, and one that was all ours', () => {
  for (const [toUs, change] of [
    [0, 0n],
    [2_000_000_000, 2_000_000_000n - 1_000_000n],
  ] as const) {
    const life = lifeOf({ ...OURS, toUs });
    const before = life.coins.total;
    life.closeMutually({ ...OURS, toUs });
    expect(life.coins.total - before).toBe(change);
    expect(booked(life)).toEqual(charged(life));
  }
});

const levers = fc.array(
  fc.constantFrom<Lever>(
    (life) => life.open([NEW]),
    (life) => life.splice(OURS, fromSat(10_000)),
    (life) => life.splice(OURS, fromSat(-10_000)),
    (life) => life.withdraw(fromSat(50_000)),
    (life) => life.deposit(fromSat(20_000)),
    (life) => life.closeUnilaterally(THEIRS, 'us'),
    (life) => life.sweep(THEIRS),
    (life) => life.closeUnilaterally(THEIRS, 'them'),
    (life) => life.closeMutually(OURS),
  ),
  { maxLength: 3 },
);

it('whatever happens: the rule books what was charged, and the wallet is what its rows say', () => {
  fc.assert(
    fc.property(levers, (acts) => {
      const life = lifeOf(OURS, THEIRS);
      for (const act of new Set(acts)) act(life);
      const known = [...reckoned(life)].filter(([, costs]) => 'shares' in costs);
      const due = charged(life).filter((one) => known.some(([txid]) => one.startsWith(txid)));
      expect(booked(life).toSorted()).toEqual(due.toSorted());
      const rows = life.rows.filter(({ account }) => account.kind === 'wallet');
      expect(rows.reduce((sum, { credit, debit }) => sum + credit - debit, 0n)).toBe(
        life.coins.total,
      );
    }),
  );
});
