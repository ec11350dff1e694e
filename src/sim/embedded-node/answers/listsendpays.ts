/** The table of payments we sent: to ourselves, without invoice and label (facts/cln-scale.md §4, group c-hook). */
import { type CallArguments, pageArguments, textOf, wordArgument } from '../call-arguments.ts';
import { sha256 } from '../identity.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { OwnPayment } from '../own-payments.ts';
import type { Command } from './command.ts';

const STATUSES = ['pending', 'complete', 'failed'] as const;
const INDEXES = ['created', 'updated'] as const;

const seconds = (at: number): number => Math.floor(at / 1000);

/** The members in lightningd's order; the same in the sendpay notifications. */
export function sendpay(node: NodeState, row: OwnPayment): Record<string, unknown> {
  return {
    created_index: row.createdIndex,
    id: row.createdIndex,
    payment_hash: row.paymentHash,
    groupid: row.groupId,
    updated_index: row.updatedIndex,
    partid: row.partId,
    destination: node.id,
    amount_msat: row.amount,
    amount_sent_msat: row.sent,
    created_at: seconds(row.createdAt),
    completed_at: row.completedAt === undefined ? undefined : seconds(row.completedAt),
    status: row.status,
    payment_preimage: row.status === 'complete' ? sha256(row.paymentHash) : undefined,
    label: row.label,
    bolt11: row.bolt11,
  };
}

/** Rows in the order asked for; also for listpays. Throws RpcError as listforwards does. */
export function paymentsFor(node: NodeState, args: CallArguments): readonly OwnPayment[] {
  const status = wordArgument(args, 'status', STATUSES, 'Unrecognized status');
  const { index, start, limit } = pageArguments(args, INDEXES);
  const hash = textOf(args, 'payment_hash');
  const bolt11 = textOf(args, 'bolt11');
  return node.payments.page(index ?? 'created', start, limit, {
    status,
    hash,
    bolt11,
  });
}

export const listsendpays: Command = {
  name: 'listsendpays',
  usage: '[bolt11] [payment_hash] [status] [index] [start] [limit]',
  answer: (node, args) =>
    toJson({ payments: paymentsFor(node, args).map((row) => sendpay(node, row)) }),
};
