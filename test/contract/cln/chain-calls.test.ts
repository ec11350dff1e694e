import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readIncome } from '../../../src/cln/calls/bkpr-listincome.ts';
import { readChainMoves } from '../../../src/cln/calls/listchainmoves.ts';
import { ClnChainRecords } from '../../../src/cln/chain-records.ts';
import { unixMs } from '../../../src/core/units.ts';
import { RetryLater } from '../../../src/ports/errors.ts';

const CHANNEL = '1'.repeat(64);
const TXID = 'a'.repeat(64);
const NEXT = 'b'.repeat(64);

const closed = {
  created_index: 16,
  account_id: CHANNEL,
  credit_msat: 0,
  debit_msat: 200_000_000n,
  timestamp: 1_795_230_316,
  primary_tag: 'channel_close',
  extra_tags: ['splice'],
  peer_id: `02${'a'.repeat(64)}`,
  utxo: `${TXID}:3`,
  spending_txid: NEXT,
  output_msat: 300_000_000,
  output_count: 2,
  blockheight: 124,
};

describe('listchainmoves', () => {
  test('a row comes through in our words', () => {
    expect(readChainMoves({ chainmoves: [closed] })).toEqual([
      {
        index: 16,
        account: { kind: 'channel', channelId: CHANNEL },
        origin: undefined,
        credit: 0n,
        debit: 200_000_000n,
        at: 1_795_230_316_000,
        tag: 'channel_close',
        extraTags: ['splice'],
        outpoint: { txid: TXID, vout: 3 },
        spendingTxid: NEXT,
        output: 300_000_000n,
        outputCount: 2,
        height: 124,
      },
    ]);
  });

  test('what lightningd leaves out is undefined, never 0; a tag of tomorrow is let through', () => {
    const { spending_txid: _, output_count: __, extra_tags: ___, ...bare } = closed;
    const row = {
      ...bare,
      account_id: 'external',
      originating_account: 'wallet',
      primary_tag: 'new',
    };
    expect(readChainMoves({ chainmoves: [{ ...row, more: [1] }] })[0]).toMatchObject({
      account: { kind: 'external' },
      origin: { kind: 'wallet' },
      tag: 'new',
      extraTags: [],
      spendingTxid: undefined,
      outputCount: undefined,
    });
  });

  test('a plugin’s account keeps its name', () => {
    const [row] = readChainMoves({ chainmoves: [{ ...closed, account_id: 'loop' }] });
    expect(row?.account).toEqual({ kind: 'other', name: 'loop' });
  });

  test.each<[string, object]>([
    ['no account', { account_id: '' }],
    ['an account that is no text', { account_id: 7 }],
    ['an origin that is no text', { originating_account: 7 }],
    ['an amount as a text', { credit_msat: 'many' }],
    ['less than nothing', { debit_msat: -1 }],
    ['more than all money', { debit_msat: 2_100_000_000_000_000_001n }],
    ['an output of more than all money', { output_msat: 2n ** 63n }],
    ['no amount', { credit_msat: undefined }],
    ['half a row', { output_msat: null }],
    ['an output without index', { utxo: TXID }],
    ['an output of 33 bits', { utxo: `${TXID}:4294967296` }],
    ['a short transaction', { utxo: 'ab:1' }],
    ['a spending that is none', { spending_txid: 'ab' }],
    ['a count that is none', { output_count: -1 }],
    ['tags that are none', { extra_tags: [1] }],
    ['no tag', { primary_tag: null }],
    ['a height that is none', { blockheight: 1.5 }],
    ['a time that is none', { timestamp: 'now' }],
  ])('refuses the whole page for %s', (_, change) => {
    expect(() => readChainMoves({ chainmoves: [closed, { ...closed, ...change }] })).toThrow(
      RetryLater,
    );
  });
});

const fee = {
  account: CHANNEL,
  tag: 'onchain_fee',
  credit_msat: 0,
  debit_msat: 386_000,
  currency: 'bcrt',
  timestamp: 1_795_230_316,
  txid: NEXT,
};

describe('bkpr-listincome', () => {
  test('a fee comes through in our words', () => {
    expect(readIncome({ income_events: [fee] })).toEqual([
      {
        account: { kind: 'channel', channelId: CHANNEL },
        tag: 'onchain_fee',
        credit: 0n,
        debit: 386_000n,
        at: 1_795_230_316_000,
        txid: NEXT,
        paymentHash: undefined,
      },
    ]);
  });

  test.each<[string, object]>([
    ['no account', { account: null }],
    ['no tag', { tag: 1 }],
    ['no amount', { debit_msat: undefined }],
    ['more than all money', { credit_msat: 2_100_000_000_000_000_001n }],
    ['a transaction that is none', { txid: 'ab' }],
    ['a payment that is none', { payment_id: 5 }],
  ])('refuses %s', (_, change) => {
    expect(() => readIncome({ income_events: [{ ...fee, ...change }] })).toThrow(RetryLater);
  });
});

describe('whatever stands in a field', () => {
  const ALL_MONEY = 2_100_000_000_000_000_000n;
  const anything = fc.oneof(fc.anything(), fc.bigInt(), fc.double(), fc.string());

  test('a move comes through with amounts that can be, or the page is refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(closed)), anything, (field, value) => {
        const rows = rowsOrRefusal(() =>
          readChainMoves({ chainmoves: [{ ...closed, [field]: value }] }),
        );
        for (const { credit, debit, output, outpoint, index } of rows) {
          for (const amount of [credit, debit, output])
            expect(amount >= 0n && amount <= ALL_MONEY).toBe(true);
          expect(Number.isSafeInteger(outpoint.vout) && Number.isSafeInteger(index)).toBe(true);
        }
      }),
    );
  });

  test('so does income', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(fee)), anything, (field, value) => {
        const rows = rowsOrRefusal(() =>
          readIncome({ income_events: [{ ...fee, [field]: value }] }),
        );
        for (const { credit, debit } of rows)
          expect([credit, debit].every((one) => one >= 0n && one <= ALL_MONEY)).toBe(true);
      }),
    );
  });
});

function rowsOrRefusal<Row>(read: () => readonly Row[]): readonly Row[] {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(RetryLater);
    return [];
  }
}

/** A node that notes what it is asked. */
function nodeWith(answers: Record<string, unknown>) {
  const asked: (readonly [string, unknown])[] = [];
  const call = async (method: string, params: object): Promise<unknown> => {
    asked.push([method, params]);
    return answers[method];
  };
  return { records: new ClnChainRecords({ call }), asked, answers };
}
const commands = (...names: readonly string[]) => ({
  help: names.map((command) => ({ command: `${command} [index]` })),
});

describe('the records of on-chain money', () => {
  test('a page is asked for by the created index', async () => {
    const { records, asked } = nodeWith({ listchainmoves: { chainmoves: [closed] } });
    expect(await records.chainMoves(16, 1000)).toHaveLength(1);
    expect(asked).toEqual([['listchainmoves', { index: 'created', start: 16, limit: 1000 }]]);
    await expect(records.chainMoves(17, 1000)).rejects.toThrow(RetryLater);
  });

  test('whether they exist is asked once; whether bookkeeper runs, each time', async () => {
    const { records, asked, answers } = nodeWith({ help: commands('listchainmoves', 'help') });
    expect([await records.hasChainMoves(), await records.hasIncome()]).toEqual([true, false]);
    answers.help = commands('bkpr-listincome');
    expect([await records.hasChainMoves(), await records.hasIncome()]).toEqual([true, true]);
    expect(asked).toHaveLength(3);
  });

  test('a day of income never comes without its start, and holds nothing of other days', async () => {
    const [from, to] = [unixMs(1_795_219_200_000), unixMs(1_795_305_600_000)];
    const at = (timestamp: number) => ({ ...fee, timestamp });
    const { records, asked } = nodeWith({
      'bkpr-listincome': {
        income_events: [at(1_795_219_199), at(1_795_219_200), at(1_795_305_599), at(1_795_305_600)],
      },
    });
    expect((await records.income(from, to)).map((row) => row.at)).toEqual([from, to - 1000]);
    expect(await records.income(unixMs(0), from)).toHaveLength(1);
    expect(asked).toEqual([
      ['bkpr-listincome', { start_time: 1_795_219_199, end_time: 1_795_305_600 }],
      ['bkpr-listincome', { start_time: 1, end_time: 1_795_219_200 }],
    ]);
  });
});
