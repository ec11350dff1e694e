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

test.each<[string, readonly ChainMove[]]>([
  ['only the spend', [input(1_000_000)]],
  [
    'the change, and the channel not locked in yet: a fee of 300,328 sat to the original',
    [input(1_000_000), change(0, 699_672)],
  ],
  ['the same with a gap before the change', [input(1_000_000), change(1, 699_672)]],
  ['a large one', [input(5_000_000), change(0, 2_999_672)]],
  [
    'one of a batch locked in before the others',
    [input(5_000_000), change(2, 4_299_000), open(1, 1, 400_000)],
  ],
  [
    'one of a batch, the last output missing',
    [input(5_000_000), change(0, 4_299_000), open(1, 1, 400_000)],
  ],
  [
    'one of a batch of small ones, the last output missing',
    [input(1_000_000), change(0, 399_000), open(1, 1, 300_000)],
  ],
  [
    'a splice, before it is locked in',
    [spliced(900_000, 2_000_000, { outputCount: 2 }), change(0, 599_000)],
  ],
  [
    'our close, before its delayed output is recorded',
    [close(850_000, 2_000_000), ...ANCHORS, external(3, 1_147_930)],
  ],
  [
    'fewer outputs than it has',
    [close(500_000, 1_000_000, 5), ...ANCHORS, external(3, 150_000), DELAYED],
  ],
  ['an output of ours that nobody pays for yet', [open(0, 1, 600_000)]],
  ['a delayed output without its close', [DELAYED]],
  ['a payment that is not confirmed', [external(0, 600_000, 'deposit', OF_WALLET)]],
  [
    'rows of what spent it',
    [
      spent('a', ['tx', 0], WALLET, 1, 'withdrawal'),
      spent('b', ['tx', 1], WALLET, 1, 'withdrawal'),
    ],
  ],
])('waits for more: %s', (_, moves) => {
  expect(chainCosts(moves)).toEqual({ waiting: expect.any(String) });
});

test.each<[string, readonly ChainMove[], number]>([
  ['more came out than went in', [input(1_000_000), change(0, 1_000_001)], -1],
  [
    'above 1 000 000 sat',
    [input(9_000_000), change(1, 1_000_000), open(0, 1, 6_999_999)],
    1_000_001,
  ],
  ['above half of what went in', [input(100_000), change(1, 9_999), open(0, 1, 40_000)], 50_001],
  [
    'a penalty makes us richer',
    [close(100_000, 1_000_000, 1), made('tx', 0, channel(1), 999_000, 'penalty')],
    -899_000,
  ],
  [
    'a plugin paid too',
    [
      input(9_000),
      spent('tx', ['x', 0], { kind: 'other', name: 'p' }, 5_000, 'withdrawal'),
      change(0, 13_000),
    ],
    -4_000,
  ],
  ['less than nothing', [input(9_000), { ...change(0, 0), credit: msat(-1_000n) }], 9_001],
  [
    'more than all money',
    [{ ...input(9_000), debit: msat(10n ** 19n) }, change(0, 1_000)],
    10 ** 16 - 1_000,
  ],
  [
    'credit and debit at once',
    [{ ...input(9_000), credit: msat(1_000n) }, change(0, 8_000)],
    1_000,
  ],
])('never books: %s', (_, moves, residual) => {
  expect(chainCosts(moves)).toEqual({ odd: expect.any(String), residual: fromSat(residual) });
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
