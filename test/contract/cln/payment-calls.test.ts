import { describe, expect, test } from 'vitest';
import { readChannelMoves } from '../../../src/cln/calls/listchannelmoves.ts';
import { readChannels } from '../../../src/cln/calls/listchannels.ts';
import { readWallet } from '../../../src/cln/calls/listfunds.ts';
import { readSendPays } from '../../../src/cln/calls/listsendpays.ts';
import { parseLossless } from '../../../src/cln/lossless-json.ts';
import { RetryLater } from '../../../src/ports/errors.ts';

const PEER = `02${'a'.repeat(64)}`;
const CHANNEL = '1'.repeat(64);
const HASH = '5'.repeat(64);

const pay = {
  created_index: 7,
  id: 7,
  groupid: 1,
  payment_hash: HASH,
  status: 'complete',
  destination: PEER,
  amount_msat: 50_000_000n,
  amount_sent_msat: 50_003_000n,
  created_at: 1_795_233_942,
  completed_at: 1_795_233_950,
  payment_preimage: '7'.repeat(64),
};

describe('listsendpays', () => {
  test('a part comes through in our words, its preimage not kept', () => {
    expect(readSendPays({ payments: [{ ...pay, label: 'mine', bolt12: 'lni1' }] })).toEqual([
      {
        index: 7,
        paymentHash: HASH,
        status: 'complete',
        destination: PEER,
        amount: 50_000_000n,
        sent: 50_003_000n,
        createdAt: 1_795_233_942_000,
        completedAt: 1_795_233_950_000,
        label: 'mine',
        invoice: true,
      },
    ]);
  });

  test('what lightningd leaves out is undefined, never 0; without an invoice it is none', () => {
    const { destination: _, amount_msat: __, completed_at: ___, ...bare } = pay;
    expect(readSendPays({ payments: [{ ...bare, status: 'pending' }] })[0]).toMatchObject({
      destination: undefined,
      amount: undefined,
      completedAt: undefined,
      label: undefined,
      invoice: false,
    });
  });

  test('a groupid beyond 2^53 breaks nothing, nor do amounts as texts of old nodes', () => {
    const text = `{"payments":[{"created_index":6,"groupid":18446744073709551615,"payment_hash":"${HASH}",
      "amount_sent_msat":"1000msat","amount_msat":"1000msat","created_at":1795233953,"status":"failed"}]}`;
    expect(readSendPays(parseLossless(text))).toMatchObject([
      { index: 6, amount: 1000n, sent: 1000n, status: 'failed' },
    ]);
  });

  test.each([
    ['an unknown status', { status: 'lost' }],
    ['an amount that is a text', { amount_sent_msat: '5' }],
    ['a missing sum', { amount_sent_msat: undefined }],
    ['a destination that is no node', { destination: 'me' }],
    ['no index', { created_index: undefined }],
    ['a time in milliseconds', { created_at: 1_795_233_942_000 }],
    ['a hash that is no text', { payment_hash: 5 }],
    ['a hash that is none', { payment_hash: 'NaN' }],
  ])(
    '%s makes the whole answer RetryLater: a payment left out would not be counted',
    (_, change) => {
      expect(() => readSendPays({ payments: [pay, { ...pay, ...change }] })).toThrow(RetryLater);
      expect(() => readSendPays({ payments: [pay, { ...pay, ...change }] })).toThrow(
        /payments\.1\./,
      );
    },
  );

  test.each([[{}], [null], [{ payments: {} }], ['text']])('%j is garbage', (answer) =>
    expect(() => readSendPays(answer)).toThrow(RetryLater),
  );
});

const move = {
  created_index: 10,
  account_id: CHANNEL,
  credit_msat: 0n,
  debit_msat: 50_003_000n,
  fees_msat: 3000n,
  timestamp: 1_795_233_942,
  primary_tag: 'invoice',
  payment_hash: HASH,
  part_id: 0,
  group_id: 1,
};

describe('listchannelmoves', () => {
  test('a debit names its channel and its exact fee', () => {
    expect(readChannelMoves({ channelmoves: [move] })).toEqual([
      {
        index: 10,
        channelId: CHANNEL,
        credit: 0n,
        debit: 50_003_000n,
        fees: 3000n,
        at: 1_795_233_942_000,
        tag: 'invoice',
        paymentHash: HASH,
      },
    ]);
  });

  test('an account that is no channel, a tag of a later version, a move without payment', () => {
    const { payment_hash: _, ...other } = { ...move, account_id: 'wallet', primary_tag: 'dreamt' };
    expect(readChannelMoves({ channelmoves: [other] })).toMatchObject([
      { channelId: undefined, tag: 'dreamt', paymentHash: undefined },
    ]);
  });

  test.each([
    ['no fee', { fees_msat: undefined }],
    ['a negative debit', { debit_msat: -1n }],
    ['a credit in another unit', { credit_msat: '5sat' }],
    ['an account that is no text', { account_id: 5 }],
    ['no tag', { primary_tag: null }],
    ['a hash that is none', { payment_hash: 'NaN' }],
    ['half of a payment without its hash', { payment_hash: undefined }],
    ['an index that is no integer', { created_index: 1.5 }],
  ])('%s makes the whole answer RetryLater', (_, change) => {
    const answer = { channelmoves: [move, { ...move, ...change }] };
    expect(() => readChannelMoves(answer)).toThrow(RetryLater);
    expect(() => readChannelMoves(answer)).toThrow(/channelmoves\.1\./);
  });
});

describe('listfunds', () => {
  const output = { amount_msat: 5_000_000n, status: 'confirmed', reserved: false };

  test('only confirmed outputs that nobody reserved are money for us', () => {
    const outputs = [
      output,
      { ...output, amount_msat: '7000msat' },
      { ...output, reserved: true, reserved_to_block: 9 },
      { ...output, status: 'unconfirmed' },
      { ...output, status: 'immature' },
      { ...output, status: 'spent' },
    ];
    expect(readWallet({ outputs, channels: [] })).toEqual({ confirmed: 5_007_000n });
    expect(readWallet({ outputs: [] })).toEqual({ confirmed: 0n });
  });

  test.each([
    ['an amount that is a text', { amount_msat: '5' }],
    ['no amount', { amount_msat: undefined }],
    ['no word on reservation', { reserved: undefined }],
    ['no status', { status: undefined }],
  ])('%s makes the sum unknown, never smaller', (_, change) => {
    expect(() => readWallet({ outputs: [output, { ...output, ...change }] })).toThrow(RetryLater);
  });
});

describe('listchannels', () => {
  const row = {
    source: PEER,
    destination: `03${'b'.repeat(64)}`,
    short_channel_id: '700000x1x0',
    active: true,
    base_fee_millisatoshi: 1000,
    fee_per_millionth: 10,
  };

  test('one direction with its price', () => {
    expect(readChannels({ channels: [row] })).toEqual([
      {
        scid: '700000x1x0',
        source: PEER,
        destination: row.destination,
        active: true,
        base: 1000n,
        ppm: 10,
      },
    ]);
  });

  test.each([
    ['a price beyond 32 bits', { fee_per_millionth: 2 ** 32 }],
    ['no base fee', { base_fee_millisatoshi: undefined }],
    ['a name that fits no channel', { short_channel_id: '1x1' }],
    ['activity that is no yes or no', { active: 'yes' }],
  ])('%s is garbage', (_, change) =>
    expect(() => readChannels({ channels: [{ ...row, ...change }] })).toThrow(RetryLater),
  );
});
