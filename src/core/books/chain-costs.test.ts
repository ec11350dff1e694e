import { describe, expect, test } from 'vitest';
import {
  ANCHORS,
  accountId,
  change,
  channel,
  close,
  DELAYED,
  external,
  input,
  made,
  OF_WALLET,
  open,
  spent,
  spliced,
  WALLET,
} from '../../../test/doubles/chain-moves.ts';
import { fromSat, msat } from '../units.ts';
import { type ChainShare, chainCosts } from './chain-costs.ts';
import type { ChainMove } from './chain-move.ts';

const share = (kind: ChainShare['kind'], number: number | undefined, sat: number): ChainShare => ({
  channelId: number === undefined ? undefined : accountId(number),
  kind,
  amount: fromSat(sat),
});
type Case = readonly [string, readonly ChainMove[], readonly ChainShare[]];

describe('recorded on v26.06.6, as bookkeeper counts them', () => {
  test.each<Case>([
    [
      'an opening of 2,000,000 sat: 328 sat',
      [input(5_000_000), change(1, 2_999_672), open(0, 1, 2_000_000)],
      [share('open', 1, 328)],
    ],
    [
      'an opening of 300,000 sat: 328 sat',
      [input(5_000_000, 3), change(1, 4_699_672), open(0, 1, 300_000)],
      [share('open', 1, 328)],
    ],
    [
      'a mutual close of what we opened: 386 sat',
      [change(1, 199_614), close(200_000, 300_000), external(0, 100_000)],
      [share('close', 1, 386)],
    ],
    [
      'our unilateral close of what the peer opened: nothing',
      [close(850_000, 2_000_000), ...ANCHORS, external(3, 1_147_930), DELAYED],
      [share('close', 1, 0)],
    ],
    [
      'its sweep: 134 sat',
      [spent('tx', ['commitment', 2], channel(1), 850_000, 'to_wallet'), change(0, 849_866)],
      [share('close', 1, 134)],
    ],
    ['a channel the peer opened', [open(0, 1, 0, { output: 2_000_000 })], [share('open', 1, 0)]],
    ['a deposit', [made('tx', 0, WALLET, 5_000_000, 'deposit')], []],
  ])('%s', (_, moves, shares) => {
    expect(chainCosts(moves)).toEqual({ shares });
  });
});

describe('openings', () => {
  const opening = [input(1_000_000), change(1, 399_000), open(0, 1, 600_000)];

  test.each<Case>([
    ['one', opening, [share('open', 1, 1_000)]],
    [
      'all of the wallet, without change',
      [input(600_500), open(0, 1, 600_000)],
      [share('open', 1, 500)],
    ],
    [
      'dual-funded: our part of the fee, the peer’s change is nowhere',
      [
        input(1_000_000),
        change(2, 399_700),
        open(1, 1, 600_000, { extraTags: ['opener'], output: 1_100_000 }),
      ],
      [share('open', 1, 300)],
    ],
    [
      'dual-funded: its outputs are more than the node records, and not waited for',
      [
        { ...input(1_000_000), outputCount: 3 },
        change(2, 399_700),
        open(1, 1, 600_000, { extraTags: ['opener'], output: 1_100_000 }),
      ],
      [share('open', 1, 300)],
    ],
    [
      'the peer’s beside a splice of ours: the splice pays',
      [spliced(1_000_000), open(0, 1, 999_000), open(1, 2, 0, { output: 500_000 })],
      [share('splice', 1, 1_000), share('open', 2, 0)],
    ],
    [
      'the peer’s beside a payment of ours: the wallet pays',
      [
        input(10_000),
        external(2, 9_000, 'deposit', OF_WALLET),
        open(0, 1, 0, { output: 500_000 }),
        change(1, 500),
      ],
      [share('open', 1, 0), share('onchain', undefined, 500)],
    ],
    ['at 500 sat/vB', [input(1_000_000), open(0, 1, 939_000)], [share('open', 1, 61_000)]],
    [
      'we add to what the peer opens',
      [input(500_000), change(1, 299_900), open(3, 1, 200_000, { output: 900_000 })],
      [share('open', 1, 100)],
    ],
    [
      'a batch of three shares equally, the first by output takes what is left over',
      [
        input(5_000_000),
        open(2, 3, 1_000_000),
        open(0, 9, 500_000),
        change(3, 2_499_000),
        { ...open(1, 5, 1_000_000), credit: msat(999_999_999n) },
      ],
      [
        { ...share('open', 9, 0), amount: msat(333_334n) },
        { ...share('open', 5, 0), amount: msat(333_334n) },
        { ...share('open', 3, 0), amount: msat(333_333n) },
      ],
    ],
    [
      'a payment in the same transaction is no fee',
      [
        input(1_000_000),
        open(0, 1, 600_000),
        change(1, 99_000),
        external(2, 300_000, 'deposit', OF_WALLET),
      ],
      [share('open', 1, 1_000)],
    ],
    [
      'recorded twice after a reorganisation counts once',
      [...opening, change(1, 399_000), input(1_000_000), open(0, 1, 600_000)],
      [share('open', 1, 1_000)],
    ],
    [
      'what later spent its outputs says nothing of it',
      [...opening, spent('later', ['tx', 1], WALLET, 399_000, 'withdrawal')],
      [share('open', 1, 1_000)],
    ],
  ])('%s', (_, moves, shares) => {
    expect(chainCosts(moves)).toEqual({ shares });
  });
});

describe('splices', () => {
  test.each<Case>([
    [
      'in',
      [spliced(1_000_000), input(600_000), open(0, 1, 1_500_000), change(1, 99_000)],
      [share('splice', 1, 1_000)],
    ],
    [
      'out to our wallet',
      [spliced(1_000_000), open(1, 1, 700_000), change(0, 299_200)],
      [share('splice', 1, 800)],
    ],
    [
      'out to a stranger',
      [spliced(1_000_000), open(1, 1, 700_000), external(0, 299_200, 'withdrawal')],
      [share('splice', 1, 800)],
    ],
    [
      'without the tag, but the same account on both sides',
      [close(1_000_000, 1_000_000), input(600_000), open(0, 1, 1_500_000), change(1, 99_000)],
      [share('splice', 1, 1_000)],
    ],
    [
      'the peer’s: it costs us nothing and its outputs are nowhere',
      [spliced(400_000, 1_000_000), open(2, 1, 400_000, { output: 2_000_000 })],
      [share('splice', 1, 0)],
    ],
    [
      'out of one channel into a new one',
      [spliced(1_000_000), open(0, 1, 400_000), open(1, 2, 599_000)],
      [share('splice', 1, 500), share('open', 2, 500)],
    ],
  ])('%s', (_, moves, shares) => {
    expect(chainCosts(moves)).toEqual({ shares });
  });
});

describe('closes', () => {
  test.each<Case>([
    [
      'mutual, the peer opened it',
      [close(500_000, 1_000_000, 2), change(0, 500_000), external(1, 499_700)],
      [share('close', 1, 0)],
    ],
    [
      'the peer’s unilateral',
      [close(500_000, 1_000_000, 4), change(2, 500_000), ...ANCHORS, external(3, 498_000)],
      [share('close', 1, 0)],
    ],
    [
      'our unilateral of what we opened: the anchors are part of the price',
      [
        close(850_000, 1_000_000, 4),
        ...ANCHORS,
        external(3, 150_000),
        { ...DELAYED, credit: fromSat(848_000) },
      ],
      [share('close', 1, 2_000)],
    ],
    [
      'we have nothing in it',
      [close(0, 1_000_000, 1), external(0, 999_800)],
      [share('close', 1, 0)],
    ],
    [
      'we have nothing in it, and it is not known how many outputs it has',
      [close(0, 1_000_000), external(0, 999_800)],
      [share('close', 1, 0)],
    ],
    [
      'at a price that a wallet alone would not be believed',
      [close(2_000_000, 2_000_000, 1), { ...DELAYED, credit: fromSat(1_700_000) }],
      [share('close', 1, 300_000)],
    ],
    [
      'the same with a coin of the wallet',
      [close(2_000_000, 2_000_000, 1), input(10_000), { ...DELAYED, credit: fromSat(1_710_000) }],
      [share('close', 1, 300_000)],
    ],
    [
      'at 1 000 000 sat, the most there is',
      [close(9_000_000, 9_000_000, 1), { ...DELAYED, credit: fromSat(8_000_000) }],
      [share('close', 1, 1_000_000)],
    ],
    [
      'our part was dust',
      [close(300, 1_000_000, 1), external(0, 999_800)],
      [share('close', 1, 300)],
    ],
    [
      'a payment that the peer claims on the chain was ours, and is no fee',
      [
        close(600_000, 1_000_000, 3),
        external(0, 100_000, 'htlc_fulfill'),
        { ...DELAYED, credit: fromSat(499_000) },
        external(1, 400_000),
      ],
      [share('close', 1, 1_000)],
    ],
    [
      'one that we claim was not in the balance yet',
      [
        close(500_000, 1_000_000, 3),
        made('tx', 0, channel(1), 100_000, 'htlc_fulfill'),
        { ...DELAYED, credit: fromSat(499_000) },
        external(1, 400_000),
      ],
      [share('close', 1, 1_000)],
    ],
    [
      'its second stage, paid for by the wallet',
      [
        spent('tx', ['commitment', 1], channel(1), 100_000, 'htlc_timeout'),
        input(50_000, 7),
        made('tx', 0, channel(1), 100_000, 'htlc_tx'),
        change(1, 49_200),
      ],
      [share('close', 1, 800)],
    ],
    [
      'a sweep of crumbs',
      [spent('tx', ['commitment', 2], channel(1), 2_000, 'to_wallet'), change(0, 500)],
      [share('close', 1, 1_500)],
    ],
    [
      'a sweep of 15,000 sat for 10,000: of crumbs, any part',
      [spent('tx', ['commitment', 2], channel(1), 15_000, 'to_wallet'), change(0, 5_000)],
      [share('close', 1, 10_000)],
    ],
    [
      'a sweep for exactly half of it',
      [spent('tx', ['commitment', 2], channel(1), 40_000, 'to_wallet'), change(0, 20_000)],
      [share('close', 1, 20_000)],
    ],
  ])('%s', (_, moves, shares) => {
    expect(chainCosts(moves)).toEqual({ shares });
  });
});

describe('the wallet alone', () => {
  test.each<Case>([
    ['nothing', [], []],
    [
      'a child that pays for a close of 281 vB at 300 sat/vB',
      [input(1_000_000), change(0, 856_000)],
      [share('onchain', undefined, 144_000)],
    ],
    [
      'a child at 1500 sat/vB',
      [input(1_000_000), change(0, 817_000)],
      [share('onchain', undefined, 183_000)],
    ],
    [
      'all money there is, to ourselves',
      [input(2_100_000_000_000_000), change(0, 2_099_999_999_999_000)],
      [share('onchain', undefined, 1_000)],
    ],
    [
      'two outputs become one',
      [input(60_000), input(40_000, 1), change(0, 99_500)],
      [share('onchain', undefined, 500)],
    ],
    [
      'to a stranger',
      [input(1_000_000), change(1, 399_000), external(0, 600_000, 'deposit', OF_WALLET)],
      [share('onchain', undefined, 1_000)],
    ],
    [
      'everything to a stranger',
      [input(1_000_000), external(0, 999_000, 'deposit', OF_WALLET)],
      [share('onchain', undefined, 1_000)],
    ],
    [
      'to ourselves, said twice',
      [input(1_000_000), change(0, 999_000), external(0, 999_000, 'deposit', OF_WALLET)],
      [share('onchain', undefined, 1_000)],
    ],
    [
      'to an account of a plugin',
      [
        input(1_000_000),
        change(1, 399_000),
        made('tx', 0, { kind: 'other', name: 'loop' }, 600_000, 'deposit', {
          extraTags: ['foreign'],
        }),
      ],
      [share('onchain', undefined, 1_000)],
    ],
    [
      'a plugin’s own transaction is not ours',
      [
        spent('tx', ['old', 0], { kind: 'other', name: 'loop' }, 9_000, 'withdrawal', {
          extraTags: ['foreign'],
        }),
        change(0, 8_000),
      ],
      [],
    ],
  ])('%s', (_, moves, shares) => {
    expect(chainCosts(moves)).toEqual({ shares });
  });
});
