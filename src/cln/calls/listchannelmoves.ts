import { z } from 'zod';
import { parseChannelId } from '../../core/units.ts';
import type { ChannelMove } from '../../ports/payments.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { askPage } from './indexed-page.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireCount, wireHash, wireMsat, wireSeconds } from './wire-values.ts';

export const LIST_CHANNEL_MOVES = 'listchannelmoves';
const channelMove = z
  .object({
    created_index: wireCount,
    account_id: z.string(),
    credit_msat: wireMsat,
    debit_msat: wireMsat,
    fees_msat: wireMsat,
    timestamp: wireSeconds,
    // A tag of a later version is no problem: only known ones mean anything.
    primary_tag: z.string(),
    payment_hash: ifKnown(wireHash),
  })
  .refine(
    // Such a move is half of a payment, and without its hash nobody would find the other half.
    ({ primary_tag, payment_hash }) => primary_tag !== 'invoice' || payment_hash !== undefined,
    { message: 'expected a payment hash beside the tag invoice', path: ['payment_hash'] },
  )
  .transform(
    (row): ChannelMove => ({
      index: row.created_index,
      channelId: parseChannelId(row.account_id),
      credit: row.credit_msat,
      debit: row.debit_msat,
      fees: row.fees_msat,
      at: row.timestamp,
      tag: row.primary_tag,
      paymentHash: row.payment_hash,
    }),
  );
const answerShape = z.object({ channelmoves: z.array(channelMove) });

/** All rows or none: a move that was skipped would never be settled. */
export const readChannelMoves = (answer: unknown): readonly ChannelMove[] =>
  readAnswer(answerShape, LIST_CHANNEL_MOVES, answer).channelmoves;

/** A page in ascending order of created_index, from `start` (inclusive). */
export const askChannelMoves = (
  node: NodeCaller,
  start: number,
  limit: number,
): Promise<readonly ChannelMove[]> =>
  askPage(node, LIST_CHANNEL_MOVES, readChannelMoves, start, limit);
