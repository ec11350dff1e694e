import { sha256 } from '../identity.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { OwnPayment } from '../own-payments.ts';
import type { Command } from './command.ts';
import { paymentsFor } from './listsendpays.ts';

const seconds = (at: number): number => Math.floor(at / 1000);
const sum = (parts: readonly OwnPayment[], of: 'amount' | 'sent'): number =>
  parts.reduce((all, part) => all + part[of], 0);

/** All parts of one payment. One that failed sent nothing, whatever its part says. */
function pay(node: NodeState, first: OwnPayment, parts: readonly OwnPayment[]): object {
  const done = first.status === 'complete';
  const failed = first.status === 'failed';
  return {
    bolt11: first.bolt11,
    destination: node.id,
    payment_hash: first.paymentHash,
    status: first.status,
    created_at: seconds(first.createdAt),
    completed_at: done ? seconds(first.completedAt ?? first.createdAt) : undefined,
    label: first.label,
    preimage: done ? sha256(first.paymentHash) : undefined,
    amount_msat: failed ? undefined : sum(parts, 'amount'),
    amount_sent_msat: failed ? 0 : sum(parts, 'sent'),
    number_of_parts: parts.length > 1 ? parts.length : undefined,
    created_index: first.createdIndex,
    updated_index: parts.at(-1)?.updatedIndex,
  };
}

export const listpays: Command = {
  name: 'listpays',
  usage: '[bolt11] [payment_hash] [status] [index] [start] [limit]',
  answer(node, args) {
    const payments = Map.groupBy(
      paymentsFor(node, args),
      ({ paymentHash, groupId }) => `${paymentHash}/${groupId}`,
    );
    const pays = [...payments.values()].flatMap((parts) => {
      const [first] = parts;
      return first === undefined ? [] : [pay(node, first, parts)];
    });
    return toJson({ pays });
  },
};
