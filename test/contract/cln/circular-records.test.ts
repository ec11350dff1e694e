/** What a payment in a circle leaves in the node's own records, row by row (transcripts of lightningd v26.06.6). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readChannelMoves } from '../../../src/cln/calls/listchannelmoves.ts';
import { readSendPays } from '../../../src/cln/calls/listsendpays.ts';
import { parseLossless } from '../../../src/cln/lossless-json.ts';
import { isThere, RECORDED } from './recorded.ts';

const SELF = '02cec8ef215c3f55a5208038085877684a53276ebbb8c7bf0642fa4b8281567ce7';
const IN = 'bad8e05c448d692bd8fded547850e84b96cb56d9b0e6a600cedca404ff67e580';
const OUT = 'bf403097e4acff99ee0f179499a4c47fa9dfc6ea8dd27206f112aed896712e77';
const HASHES = {
  a1: '5052534cf34e721b696f9c352fca3582b94a8a9c0f669c937846d404f7e012a3',
  'b-fail': '8aa9915147543c29c2b6f2996b0bbf361303176f60134d6fee0cd67ebba3eec0',
  'c-hook': '10b7ed7728762b86e2abb93ef99a5440db9c2323b92d834ac6091d07ac9612a3',
  'd-parts': '82ff3b5f84e8ddcfe10db24f7fb4981703910ecd932a68c569725a22819f7453',
  'e-self-pay': '243a93bca446b18b7171e30a655f98939f77a6183e88ec0ae6c57ad54920c9d5',
} as const;
type Group = keyof typeof HASHES;

function recorded(file: string): unknown {
  const text = readFileSync(join(RECORDED, 'circular', `${file}.json`), 'utf8');
  return (parseLossless(text) as { result: unknown }).result;
}
const sendPays = (group: Group) => readSendPays(recorded(`${group}-listsendpays`));
const moves = (group: Group) => readChannelMoves(recorded(`${group}-listchannelmoves`));

const part = (group: Group, index: number, seconds: number, amount: bigint, sent: bigint) => ({
  index,
  paymentHash: HASHES[group],
  status: 'complete',
  destination: SELF,
  amount,
  sent,
  createdAt: seconds * 1000,
  completedAt: seconds * 1000,
  label: undefined,
  invoice: false,
});
const credit = (group: Group, index: number, seconds: number, amount: bigint) => ({
  index,
  channelId: IN,
  credit: amount,
  debit: 0n,
  fees: 0n,
  at: seconds * 1000,
  tag: 'invoice',
  paymentHash: HASHES[group],
});
const debit = (group: Group, index: number, seconds: number, amount: bigint, fees: bigint) => ({
  ...credit(group, index, seconds, 0n),
  channelId: OUT,
  debit: amount,
  fees,
});

describe.skipIf(!isThere(RECORDED))('a circle in the records', () => {
  test('with an invoice: 50 000 sat for 3000 msat', () => {
    expect(sendPays('a1')).toEqual([
      {
        ...part('a1', 1, 1_795_233_942, 50_000_000n, 50_003_000n),
        label: 'circular',
        invoice: true,
      },
    ]);
    expect(moves('a1')).toEqual([
      credit('a1', 9, 1_795_233_942, 50_000_000n),
      debit('a1', 10, 1_795_233_942, 50_003_000n, 3000n),
    ]);
  });

  test('failed on the way: the sum that would have been sent stands there, but nothing moved', () => {
    expect(sendPays('b-fail')).toEqual([
      { ...part('b-fail', 2, 1_795_233_945, 1_300_000_000n, 1_300_028_000n), status: 'failed' },
    ]);
    expect(moves('b-fail')).toEqual([]);
  });

  test('as the backend pays, without invoice: 25 000 sat for 2500 msat', () => {
    expect(sendPays('c-hook')).toEqual([
      {
        ...part('c-hook', 3, 1_795_233_947, 25_000_000n, 25_002_500n),
        completedAt: 1_795_233_948_000,
      },
    ]);
    expect(moves('c-hook')).toEqual([
      credit('c-hook', 11, 1_795_233_948, 25_000_000n),
      debit('c-hook', 12, 1_795_233_948, 25_002_500n, 2500n),
    ]);
  });

  test('in two parts under one hash: each pays its 2400 msat, credits come first', () => {
    expect(sendPays('d-parts')).toEqual([
      part('d-parts', 4, 1_795_233_950, 20_000_000n, 20_002_400n),
      part('d-parts', 5, 1_795_233_950, 20_000_000n, 20_002_400n),
    ]);
    expect(moves('d-parts')).toEqual([
      credit('d-parts', 13, 1_795_233_950, 20_000_000n),
      credit('d-parts', 14, 1_795_233_950, 20_000_000n),
      debit('d-parts', 15, 1_795_233_950, 20_002_400n, 2400n),
      debit('d-parts', 16, 1_795_233_950, 20_002_400n, 2400n),
    ]);
  });

  test('paying oneself at home: a payment to oneself without any move, under a groupid beyond 2^53', () => {
    expect(recorded('e-self-pay-listsendpays')).toMatchObject({
      payments: [{ groupid: 923_644_880_703_401_960n }],
    });
    expect(sendPays('e-self-pay')).toEqual([
      { ...part('e-self-pay', 6, 1_795_233_953, 1_000_000n, 1_000_000n), invoice: true },
    ]);
    expect(moves('e-self-pay')).toEqual([]);
  });

  test('on every debit the fee is what was sent less what arrived', () => {
    for (const group of ['a1', 'c-hook', 'd-parts'] as const) {
      const rows = moves(group);
      const sum = (of: 'credit' | 'debit' | 'fees') =>
        rows.reduce((total, row) => total + row[of], 0n);
      expect(sum('debit') - sum('credit')).toBe(sum('fees'));
      const sent = sendPays(group).reduce(
        (total, row) => total + row.sent - (row.amount ?? 0n),
        0n,
      );
      expect(sent).toBe(sum('fees'));
    }
  });
});
