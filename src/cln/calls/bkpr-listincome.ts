import { z } from 'zod';
import type { UnixMs } from '../../core/units.ts';
import type { IncomeRow } from '../../ports/chain-records.ts';
import type { NodeCaller } from '../rpc-client.ts';
import { wireChainAccount, wireChainMsat } from './chain-values.ts';
import { readAnswer } from './read-answer.ts';
import { ifKnown, wireHash, wireSeconds } from './wire-values.ts';

export const LIST_INCOME = 'bkpr-listincome';

const incomeRow = z
  .object({
    account: wireChainAccount,
    tag: z.string(),
    credit_msat: wireChainMsat,
    debit_msat: wireChainMsat,
    timestamp: wireSeconds,
    txid: ifKnown(wireHash),
    payment_id: ifKnown(wireHash),
  })
  .transform(
    (row): IncomeRow => ({
      account: row.account,
      tag: row.tag,
      credit: row.credit_msat,
      debit: row.debit_msat,
      at: row.timestamp,
      txid: row.txid,
      paymentHash: row.payment_id,
    }),
  );
const answerShape = z.object({ income_events: z.array(incomeRow) });

export const readIncome = (answer: unknown): readonly IncomeRow[] =>
  readAnswer(answerShape, LIST_INCOME, answer).income_events;

/**
 * [from, to). Its documents say "after the start" and "up to and at the end": a second more is asked for at the start,
 * and what lies outside is left out here. Without a start bookkeeper reads its whole history, and lightningd is deaf
 * for 13 s (facts/cln-scale.md §1).
 */
export async function askIncome(
  node: NodeCaller,
  from: UnixMs,
  to: UnixMs,
): Promise<readonly IncomeRow[]> {
  const start_time = Math.max(1, Math.floor(from / 1000) - 1);
  const end_time = Math.ceil(to / 1000);
  const rows = readIncome(await node.call(LIST_INCOME, { start_time, end_time }));
  return rows.filter(({ at }) => at >= from && at < to);
}
