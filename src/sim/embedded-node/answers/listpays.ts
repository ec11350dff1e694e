import { sha256 } from '../identity.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { OwnPayment } from '../own-payments.ts';
import type { Command } from './command.ts';
import { paymentsFor } from './listsendpays.ts';

const seconds = (at: number): number => Math.floor(at / 1000);

/** Each payment has one part here. One that failed sent nothing, whatever its part says. */
function pay(node: NodeState, row: OwnPayment): object {
  const common = { destination: node.id, payment_hash: row.paymentHash, status: row.status };
  const indexes = { created_index: row.createdIndex, updated_index: row.updatedIndex };
  const created_at = seconds(row.createdAt);
  switch (row.status) {
    case 'complete':
      return {
        ...common,
        created_at,
        completed_at: seconds(row.completedAt ?? row.createdAt),
        preimage: sha256(row.paymentHash),
        amount_msat: row.amount,
        amount_sent_msat: row.sent,
        ...indexes,
      };
    case 'pending':
      return {
        ...common,
        created_at,
        amount_msat: row.amount,
        amount_sent_msat: row.sent,
        ...indexes,
      };
    case 'failed':
      return { ...common, created_at, amount_sent_msat: 0, ...indexes };
  }
}

export const listpays: Command = {
  name: 'listpays',
  usage: '[bolt11] [payment_hash] [status] [index] [start] [limit]',
  answer: (node, args) => toJson({ pays: paymentsFor(node, args).map((row) => pay(node, row)) }),
};
