/** What transactions of a real node cost, by our rule and by its own bookkeeper (transcripts of lightningd v26.06.6). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readIncome } from '../../../src/cln/calls/bkpr-listincome.ts';
import { readChainMoves } from '../../../src/cln/calls/listchainmoves.ts';
import { parseLossless } from '../../../src/cln/lossless-json.ts';
import { chainCosts } from '../../../src/core/books/chain-costs.ts';
import type { ChainMove } from '../../../src/core/books/chain-move.ts';
import { isThere, RECORDED } from './recorded.ts';

type Event = Readonly<Record<string, unknown>>;
const recorded = (file: string): unknown => {
  const answer = parseLossless(readFileSync(join(RECORDED, `${file}.json`), 'utf8'));
  return (answer as { result?: unknown }).result ?? answer;
};

/** bookkeeper shows the same moves under other names, without what only `listchainmoves` has. */
const asMoves = (file: string): readonly ChainMove[] =>
  readChainMoves({
    chainmoves: (recorded(file) as { events: readonly Event[] }).events
      .filter(({ type }) => type === 'chain')
      .map((event, i) => ({
        created_index: i + 1,
        account_id: event.account,
        originating_account: event.origin,
        credit_msat: event.credit_msat,
        debit_msat: event.debit_msat,
        timestamp: event.timestamp,
        primary_tag: event.tag,
        extra_tags: [],
        utxo: event.outpoint,
        spending_txid: event.txid,
        output_msat: Number(event.credit_msat) + Number(event.debit_msat),
        blockheight: event.blockheight,
      })),
  });

function byOurRule(moves: readonly ChainMove[]): readonly string[] {
  const txids = new Set(moves.map((row) => row.spendingTxid ?? row.outpoint.txid));
  return [...txids]
    .flatMap((txid) => {
      const costs = chainCosts(
        moves.filter(
          (row) =>
            row.spendingTxid === txid ||
            (row.spendingTxid === undefined && row.outpoint.txid === txid),
        ),
      );
      if (!('shares' in costs))
        throw new Error(`${txid}: ${JSON.stringify(Object.values(costs)[0])}`);
      return costs.shares
        .filter(({ amount }) => amount > 0n)
        .map(({ channelId, amount }) => `${txid} ${channelId ?? 'wallet'} ${amount}`);
    })
    .sort();
}
const byBookkeeper = (file: string): readonly string[] =>
  readIncome(recorded(file))
    .filter(({ tag }) => tag === 'onchain_fee')
    .map(({ txid, account, debit, credit }) => {
      const whose = account.kind === 'channel' ? account.channelId : account.kind;
      return `${txid} ${whose} ${debit - credit}`;
    })
    .sort();

describe.skipIf(!isThere(RECORDED))('the fees of a real node are what its bookkeeper says', () => {
  test('of two openings, from listchainmoves', () => {
    const ours = byOurRule(readChainMoves(recorded('listchainmoves')));
    expect(ours).toEqual(byBookkeeper('bkpr-listincome'));
    expect(ours.map((line) => line.split(' ')[2])).toEqual(['328000', '328000']);
  });

  test('of three openings, a mutual close, and a unilateral one with its sweep', () => {
    const ours = byOurRule(asMoves('state-closed-bkpr-listaccountevents'));
    expect(ours).toEqual(byBookkeeper('state-closed-bkpr-listincome'));
    expect(ours.map((line) => line.split(' ')[2]).sort()).toEqual([
      '134000',
      '328000',
      '328000',
      '328000',
      '386000',
    ]);
  });

  test('of the node that paid in a circle', () => {
    const ours = byOurRule(asMoves('circular/z-bkpr-listaccountevents'));
    expect(ours).toEqual(byBookkeeper('circular/z-bkpr-listincome'));
    expect(ours).toHaveLength(2);
  });
});
