/** What is never booked: transactions not known whole, and those nobody can believe. */
import { expect, it, test } from 'vitest';
import {
  ANCHORS,
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
import { chainCosts } from './chain-costs.ts';
import type { ChainMove } from './chain-move.ts';

const UNPAID = 'what paid for our part of a channel was not recorded yet';
const DENSE = 'it spends more than a fee: an output was not recorded yet';

test.each<[string, readonly ChainMove[], string]>([
  ['only the spend', [input(1_000_000)], 'no output of it is recorded yet'],
  [
    'the change, and the channel not locked in yet: a fee of 300,328 sat to the original',
    [input(1_000_000), change(0, 699_672)],
    DENSE,
  ],
  [
    'the same with a gap before the change',
    [input(1_000_000), change(1, 699_672)],
    '1 of its outputs 0 to 1 are recorded',
  ],
  [
    'a gap between two outputs, though the rest could be a fee',
    [input(10_000), change(0, 4_000), external(2, 5_900, 'deposit', OF_WALLET)],
    '2 of its outputs 0 to 2 are recorded',
  ],
  ['a large one', [input(5_000_000), change(0, 2_999_672)], DENSE],
  ['a child above 1500 sat/vB', [input(1_000_000), change(0, 816_999)], DENSE],
  ['an opening above 500 sat/vB', [input(1_000_000), open(0, 1, 938_999)], DENSE],
  [
    'one of a batch locked in before the others',
    [input(5_000_000), change(2, 4_299_000), open(1, 1, 400_000)],
    '2 of its outputs 0 to 2 are recorded',
  ],
  [
    'one of a batch, the last output missing',
    [input(5_000_000), change(0, 4_299_000), open(1, 1, 400_000)],
    DENSE,
  ],
  [
    'one of a batch of small ones, the last output missing',
    [input(1_000_000), change(0, 399_000), open(1, 1, 300_000)],
    DENSE,
  ],
  [
    'a splice, before it is locked in',
    [spliced(900_000, 2_000_000, { outputCount: 2 }), change(0, 599_000)],
    'the channel behind a splice is not recorded yet',
  ],
  [
    'our close, before its delayed output is recorded',
    [close(850_000, 2_000_000), ...ANCHORS, external(3, 1_147_930)],
    'no output of it is recorded yet',
  ],
  [
    'fewer outputs than it has',
    [close(500_000, 1_000_000, 5), ...ANCHORS, external(3, 150_000), DELAYED],
    '4 of its 5 outputs are recorded',
  ],
  [
    'a close straight into another channel, fewer outputs than it has',
    [close(500_000, 1_000_000, 4), open(0, 2, 499_000)],
    '1 of its 4 outputs are recorded',
  ],
  ['an output of ours that nobody pays for yet', [open(0, 1, 600_000)], UNPAID],
  ['the same beside one of the peer', [open(0, 1, 600_000), external(1, 300)], UNPAID],
  ['our opening, everything pushed to the peer', [open(0, 1, 0)], UNPAID],
  ['what we add to the peer’s opening', [open(0, 1, 5_000, { output: 9_000 })], UNPAID],
  ['a delayed output without its close', [DELAYED], UNPAID],
  ['the same with nothing in it', [{ ...DELAYED, credit: msat(0n) }], UNPAID],
  [
    'a payment that is not confirmed',
    [external(0, 600_000, 'deposit', OF_WALLET)],
    'what paid for it was not recorded yet',
  ],
  [
    'rows of what spent it',
    [
      spent('a', ['tx', 0], WALLET, 1, 'withdrawal'),
      spent('b', ['tx', 1], WALLET, 1, 'withdrawal'),
    ],
    'only its spending was recorded',
  ],
])('waits for more: %s', (_, moves, waiting) => {
  expect(chainCosts(moves)).toEqual({ waiting });
});

const sweep = (sat: number) => spent('tx', ['commitment', 2], channel(1), sat, 'to_wallet');
const plugin = (sat: number) =>
  spent('tx', ['x', 0], { kind: 'other', name: 'p' }, sat, 'withdrawal');
const MINTED = 'more came out of it than went in';
const TOO_MUCH = 'the fee would be above 1 000 000 sat';
const HALF = 'the fee would be more than half of what went in';
const SHARED = 'an account of a plugin paid for it as well';
const IMPOSSIBLE = expect.stringMatching(/^row \d+ has an amount that cannot be$/);

test.each<[string, readonly ChainMove[], number, string]>([
  ['more came out than went in', [input(1_000_000), change(0, 1_000_001)], -1, MINTED],
  [
    'above 1 000 000 sat',
    [input(9_000_000), change(1, 1_000_000), open(0, 1, 6_999_999)],
    1_000_001,
    TOO_MUCH,
  ],
  [
    'a close above 1 000 000 sat, straight into the wallet',
    [close(9_000_000, 9_000_000, 1), change(0, 7_999_999)],
    1_000_001,
    TOO_MUCH,
  ],
  [
    'above half of what went in',
    [input(100_000), change(1, 9_999), open(0, 1, 40_000)],
    50_001,
    HALF,
  ],
  ['a sweep above half of it', [sweep(40_000), change(0, 19_999)], 20_001, HALF],
  ['crumbs, from 10 000 sat on', [sweep(15_000), change(0, 4_999)], 10_001, HALF],
  [
    'a penalty makes us richer',
    [close(100_000, 1_000_000, 1), made('tx', 0, channel(1), 999_000, 'penalty')],
    -899_000,
    MINTED,
  ],
  ['a plugin paid too', [input(9_000), plugin(5_000), change(0, 13_000)], -4_000, SHARED],
  [
    'a plugin paid too, whatever seems to be the fee',
    [input(9_000), plugin(5_000), change(0, 8_900)],
    100,
    SHARED,
  ],
  [
    'less than nothing',
    [input(9_000), { ...change(0, 0), credit: msat(-1_000n) }],
    9_001,
    IMPOSSIBLE,
  ],
  [
    'more than all money',
    [{ ...input(9_000), debit: msat(10n ** 19n) }, change(0, 1_000)],
    10 ** 16 - 1_000,
    IMPOSSIBLE,
  ],
  [
    'credit and debit at once',
    [{ ...input(9_000), credit: msat(1_000n) }, change(0, 8_000)],
    1_000,
    IMPOSSIBLE,
  ],
])('never books: %s', (_, moves, residual, odd) => {
  expect(chainCosts(moves)).toEqual({ odd, residual: fromSat(residual) });
});

it('rows of two transactions are a defect of the caller', () => {
  expect(() => chainCosts([change(0, 1), made('other', 0, WALLET, 1, 'deposit')])).toThrow(
    RangeError,
  );
  expect(() => chainCosts([change(0, 1), spent('other', ['else', 0], WALLET, 1, 'x')])).toThrow(
    RangeError,
  );
});

it('a transaction of more rows than a call takes arguments is worked out all the same', () => {
  const count = 130_000;
  const outputs = Array.from({ length: count }, (_, vout) =>
    external(vout, 1, 'deposit', OF_WALLET),
  );
  const costs = chainCosts([input(count + 5_000), ...outputs]);
  expect(costs).toEqual({
    shares: [{ channelId: undefined, kind: 'onchain', amount: fromSat(5_000) }],
  });
});
