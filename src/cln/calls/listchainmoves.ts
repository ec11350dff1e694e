import { z } from 'zod';
import type { ChainMove } from '../../ports/chain-records.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { wireChainAccount, wireChainMsat } from './chain-values.ts';
import { askPage } from './indexed-page.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireCount, wireHash, wireSeconds } from './wire-values.ts';

export const LIST_CHAIN_MOVES = 'listchainmoves';
/** An index of an output has 32 bits. */
const MAX_VOUT = 2 ** 32 - 1;

/** `txid:vout`. */
const outpoint = z
  .string()
  .regex(/^[0-9a-z]{64}:\d{1,10}$/, 'expected an output of a transaction')
  .transform((text) => ({ txid: text.slice(0, 64), vout: Number(text.slice(65)) }))
  .refine(({ vout }) => vout <= MAX_VOUT, { message: 'expected an index of 32 bits' });

const chainMove = z
  .object({
    created_index: wireCount,
    account_id: wireChainAccount,
    originating_account: ifKnown(wireChainAccount),
    credit_msat: wireChainMsat,
    debit_msat: wireChainMsat,
    timestamp: wireSeconds,
    // A tag of a later version is no problem: only known ones mean anything.
    primary_tag: z.string(),
    extra_tags: ifKnown(z.array(z.string())),
    utxo: outpoint,
    spending_txid: ifKnown(wireHash),
    output_msat: wireChainMsat,
    output_count: ifKnown(wireCount),
    blockheight: wireCount,
  })
  .transform(
    (row): ChainMove => ({
      index: row.created_index,
      account: row.account_id,
      origin: row.originating_account,
      credit: row.credit_msat,
      debit: row.debit_msat,
      at: row.timestamp,
      tag: row.primary_tag,
      extraTags: row.extra_tags ?? [],
      outpoint: row.utxo,
      spendingTxid: row.spending_txid,
      output: row.output_msat,
      outputCount: row.output_count,
      height: row.blockheight,
    }),
  );
const answerShape = z.object({ chainmoves: z.array(chainMove) });

/** All rows or none: a transaction whose rows are not all there would be booked wrongly. */
export const readChainMoves = (answer: unknown): readonly ChainMove[] =>
  readAnswer(answerShape, LIST_CHAIN_MOVES, answer).chainmoves;

/** A page in ascending order of created_index, from `start` (inclusive). */
export const askChainMoves = (
  node: NodeCaller,
  start: number,
  limit: number,
): Promise<readonly ChainMove[]> => askPage(node, LIST_CHAIN_MOVES, readChainMoves, start, limit);
