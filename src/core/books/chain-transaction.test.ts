import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  accountId,
  change,
  channel,
  close,
  external,
  input,
  made,
  OF_WALLET,
  open,
  spent,
  spliced,
  txidOf,
  WALLET,
} from '../../../test/doubles/chain-moves.ts';
import { fromSat } from '../units.ts';
import type { ChainAccount, ChainMove } from './chain-move.ts';
import { type ChainTransaction, transactionOf } from './chain-transaction.ts';

const plugin = (name: string): ChainAccount => ({ kind: 'other', name });
const FOREIGN = { extraTags: ['foreign'] };

function told(moves: readonly ChainMove[]): ChainTransaction {
  const tx = transactionOf(moves);
  if (tx === undefined) throw new RangeError('no transaction');
  return tx;
}

describe('which transaction it is', () => {
  const later = spent('later', ['tx', 1], WALLET, 399_000, 'withdrawal');

  it('is the one that made the outputs, and what spent them later is no part of it', () => {
    const output = change(1, 399_000);
    expect(told([later, output])).toMatchObject({
      txid: txidOf('tx'),
      spends: [],
      outputs: [output],
    });
  });

  it('is the one that spent, while none of its outputs is recorded', () => {
    const rows = [input(1_000), input(2_000, 1)];
    expect(told(rows)).toMatchObject({ txid: txidOf('tx'), spends: rows, outputs: [] });
  });

  it('is unknown without rows, and from those of two that spent something', () => {
    expect(transactionOf([])).toBeUndefined();
    expect(transactionOf([input(1), later])).toBeUndefined();
  });

  it('says which ones, where two made outputs', () => {
    const rows = [change(0, 1), made('other', 0, WALLET, 1, 'deposit')];
    expect(() => transactionOf(rows)).toThrow(`${txidOf('tx')}, ${txidOf('other')}`);
  });
});

describe('a thing recorded again', () => {
  it('counts as its newest row says, in whatever order the rows come', () => {
    const rows = [input(9_000), change(0, 1_000), change(0, 2_000), change(0, 8_000)];
    const mixed = fc.shuffledSubarray(rows, { minLength: rows.length });
    fc.assert(
      fc.property(mixed, (some) => {
        expect(told(some)).toMatchObject({ paid: fromSat(9_000), kept: fromSat(8_000) });
      }),
    );
  });

  test.each<[string, ChainMove, ChainMove, number]>([
    ['one output, one account, one tag: one thing', change(0, 1), change(0, 1), 1],
    [
      'two channels are two',
      made('tx', 0, channel(1), 1, 'to_us'),
      made('tx', 0, channel(2), 1, 'to_us'),
      2,
    ],
    ['the wallet and a stranger are two', change(0, 1), external(0, 1, 'deposit', OF_WALLET), 2],
    [
      'two plugins are two',
      made('tx', 0, plugin('loop'), 1, 'deposit'),
      made('tx', 0, plugin('swap'), 1, 'deposit'),
      2,
    ],
    ['two outputs are two', change(0, 1), change(1, 1), 2],
    [
      'two tags on what was made are two',
      made('tx', 0, channel(1), 1, 'to_us'),
      made('tx', 0, channel(1), 1, 'htlc_tx'),
      2,
    ],
  ])('%s', (_, one, other, count) => {
    expect(told([one, other]).outputs).toHaveLength(count);
  });

  it('an output is spent once, whatever tag its spending gets the second time', () => {
    const again = spent('tx', ['old', 0], WALLET, 1_000, 'channel_open');
    expect(told([input(1_000), again]).paid).toBe(fromSat(1_000));
  });
});

describe('whose money it is', () => {
  it('what came to our wallet and is said to go to a stranger too came back to us', () => {
    const rows = [input(10_000), change(0, 9_000), external(0, 9_000, 'deposit', OF_WALLET)];
    expect(told(rows)).toMatchObject({ kept: fromSat(9_000), sent: 0n });
  });

  it('a plugin’s own has left us, even on the account of our wallet', () => {
    const rows = [input(10_000), made('tx', 0, WALLET, 9_000, 'deposit', FOREIGN)];
    expect(told(rows)).toMatchObject({ kept: 0n, sent: fromSat(9_000) });
  });

  it('a plugin that spent something shares the fee; one that spent nothing does not', () => {
    const by = (sat: number) =>
      told([input(9_000), spent('tx', ['x', 0], plugin('loop'), sat, 'withdrawal'), change(0, 1)]);
    expect(by(5_000)).toMatchObject({ shared: true, paid: fromSat(9_000) });
    expect(by(0).shared).toBe(false);
  });

  test.each<[string, ChainMove, number]>([
    ['a stranger’s output of nobody', external(1, 700, 'deposit', {}), 0],
    ['a stranger’s claim of nobody', external(1, 700, 'htlc_fulfill', {}), 0],
    ['a claim out of a plugin', external(1, 700, 'htlc_fulfill', { origin: plugin('loop') }), 0],
    ['a deposit out of a splice', external(1, 700, 'deposit'), 700],
    ['a withdrawal out of a splice', external(1, 700, 'withdrawal'), 700],
    ['an anchor of a splice', external(1, 700, 'anchor'), 0],
    ['a claim out of a splice', external(1, 700, 'htlc_fulfill'), 0],
    [
      'a deposit out of a channel that stays',
      external(1, 700, 'deposit', { origin: channel(2) }),
      0,
    ],
    [
      'a claim out of a channel that stays',
      external(1, 700, 'htlc_fulfill', { origin: channel(2) }),
      700,
    ],
  ])('what leaves us by a transaction: %s', (_, row, sat) => {
    expect(told([spliced(10_000), open(0, 1, 9_000), row]).sent).toBe(fromSat(sat));
  });
});

describe('a payment we claim on the chain', () => {
  const claim = made('tx', 2, channel(1), 700, 'htlc_fulfill');
  const secondSpliced = spent('tx', ['second', 0], channel(2), 50_000, 'channel_close');

  test.each<[string, readonly ChainMove[], number]>([
    ['is no part of what a close debits', [close(10_000, 10_000), claim], 0],
    ['nor of one the wallet helps to pay', [close(10_000, 10_000), input(1_000), claim], 0],
    [
      'nor where another channel is spliced by it',
      [close(10_000, 10_000), secondSpliced, open(0, 2, 40_000), claim],
      40_000,
    ],
    [
      'comes back where the close was before',
      [spent('tx', ['commitment', 1], channel(1), 10_000, 'htlc_fulfill'), claim],
      700,
    ],
    [
      'comes back from a splice, which is no close',
      [spliced(10_000), open(0, 1, 9_000), claim],
      9_700,
    ],
    [
      'comes back from a splice that opens another as well',
      [spliced(10_000), open(0, 1, 4_000), open(1, 2, 5_000), claim],
      9_700,
    ],
    [
      'is ours as soon as it is in the wallet',
      [close(10_000, 10_000), made('tx', 2, WALLET, 700, 'htlc_fulfill')],
      700,
    ],
  ])('%s', (_, moves, sat) => {
    expect(told(moves).kept).toBe(fromSat(sat));
  });
});

describe('how channels take part', () => {
  const part = (number: number, role: string, vout: number, more = {}) => ({
    channelId: accountId(number),
    role,
    paying: true,
    open: false,
    vout,
    ...more,
  });
  const sweepOf = (number: number) =>
    spent('tx', [`commitment ${number}`, 2], channel(number), 1_000, 'to_wallet');

  test.each<[string, readonly ChainMove[], readonly object[]]>([
    [
      'the peer’s opening',
      [open(0, 1, 0, { output: 9_000 })],
      [part(1, 'open', 0, { paying: false })],
    ],
    ['ours, everything pushed to the peer', [open(0, 1, 0)], [part(1, 'open', 0)]],
    ['the peer’s, we added to it', [open(0, 1, 5_000, {})], [part(1, 'open', 0)]],
    ['a plugin’s', [open(0, 1, 5_000, FOREIGN)], []],
    ['an output of the wallet is no channel', [made('tx', 0, WALLET, 1, 'channel_open')], []],
    [
      'a splice stands where it goes on',
      [spliced(9_000), open(3, 1, 8_000)],
      [part(1, 'splice', 3)],
    ],
    [
      'a splice that is not locked in stands where it was',
      [spliced(9_000), change(1, 500)],
      [part(1, 'splice', 0, { open: true })],
    ],
    [
      'a close into another channel is no splice',
      [close(9_000, 9_000), open(1, 2, 8_000)],
      [part(1, 'close', 0), part(2, 'open', 1)],
    ],
    [
      'two on one place stand by their ids, one way',
      [sweepOf(1), sweepOf(2)],
      [part(1, 'close', 2), part(2, 'close', 2)],
    ],
    ['and the other', [sweepOf(2), sweepOf(1)], [part(1, 'close', 2), part(2, 'close', 2)]],
  ])('%s', (_, moves, parts) => {
    expect(told(moves).parts).toEqual(parts);
  });
});

describe('whether the peer takes part', () => {
  const partly = { output: 5_000 };
  const same = [
    spliced(10_000, 15_000),
    open(0, 1, 12_000, { output: 17_000 }),
    input(3_000),
  ] as const;

  test.each<[string, readonly ChainMove[], boolean]>([
    ['its side of a splice stays', same, false],
    [
      'it adds to a splice',
      [spliced(10_000, 15_000), open(0, 1, 10_000, { output: 17_000 })],
      true,
    ],
    [
      'it takes out of one',
      [spliced(10_000, 15_000), open(0, 1, 10_000, { output: 12_000 })],
      true,
    ],
    ['we open alone', [input(9_000), open(0, 1, 8_000)], false],
    ['it opens', [open(0, 1, 0, { output: 9_000 })], true],
    ['a close ends its side', [close(5_000, 9_000)], true],
    [
      'what the wallet spends says nothing of it',
      [...same, spent('tx', ['old', 9], WALLET, 1_000, 'withdrawal', partly)],
      false,
    ],
    ['nor what it gets', [...same, made('tx', 1, WALLET, 1_000, 'deposit', partly)], false],
    [
      'nor what a stranger gets',
      [...same, external(1, 1_000, 'deposit', { ...OF_WALLET, ...partly })],
      false,
    ],
    ['nor a plugin’s channel', [...same, open(1, 2, 1_000, { ...FOREIGN, ...partly })], false],
  ])('%s', (_, moves, expected) => {
    expect(told(moves).peerTakesPart).toBe(expected);
  });
});
