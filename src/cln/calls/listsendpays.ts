import { z } from 'zod';
import type { SendPay } from '../../ports/payments.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { askPage } from './indexed-page.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireCount, wireHash, wireMsat, wireNodeId, wireSeconds } from './wire-values.ts';

const METHOD = 'listsendpays';
/** groupid is not read: paying oneself makes one beyond 2^53. Nor is the preimage. */
const sendPay = z
  .object({
    created_index: wireCount,
    payment_hash: wireHash,
    status: z.enum(['pending', 'complete', 'failed']),
    destination: ifKnown(wireNodeId),
    amount_msat: ifKnown(wireMsat),
    amount_sent_msat: wireMsat,
    created_at: wireSeconds,
    completed_at: ifKnown(wireSeconds),
    label: ifKnown(z.string()),
    bolt11: ifKnown(z.string()),
    bolt12: ifKnown(z.string()),
  })
  .transform(
    (row): SendPay => ({
      index: row.created_index,
      paymentHash: row.payment_hash,
      status: row.status,
      destination: row.destination,
      amount: row.amount_msat,
      sent: row.amount_sent_msat,
      createdAt: row.created_at,
      completedAt: row.completed_at,
      label: row.label,
      invoice: row.bolt11 !== undefined || row.bolt12 !== undefined,
    }),
  );
const answerShape = z.object({ payments: z.array(sendPay) });

/** All rows or none: a payment that was skipped would never be counted as spent. */
export const readSendPays = (answer: unknown): readonly SendPay[] =>
  readAnswer(answerShape, METHOD, answer).payments;

/** A page in ascending order of created_index, from `start` (inclusive). */
export const askSendPays = (
  node: NodeCaller,
  start: number,
  limit: number,
): Promise<readonly SendPay[]> => askPage(node, METHOD, readSendPays, start, limit);

export const askPendingSendPays = async (node: NodeCaller): Promise<readonly SendPay[]> =>
  // An older node may answer more than was asked for.
  readSendPays(await node.call(METHOD, { status: 'pending' })).filter(
    ({ status }) => status === 'pending',
  );
