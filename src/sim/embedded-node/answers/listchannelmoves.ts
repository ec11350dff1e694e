/** Every movement of money in a channel since 25.09 (facts/cln-scale.md §4): routed, and our own payments as `invoice`. */
import { u32, u64, wordArgument } from '../call-arguments.ts';
import type { ChannelMove } from '../channel-moves.ts';
import type { NodeState } from '../node-state.ts';
import { CODE, RpcError } from '../rpc-error.ts';
import { accountOf } from './bookkeeper.ts';
import type { Command } from './command.ts';

/** As text at once: a page of a million rows is no million objects. */
const rowText = (node: NodeState, move: ChannelMove): string =>
  `{"created_index":${move.createdIndex},"account_id":"${accountOf(node, move.channel)}",` +
  `"credit_msat":${move.credit},"debit_msat":${move.debit},` +
  `"timestamp":${Math.floor(move.at / 1000)},"primary_tag":"${move.tag}",` +
  `"payment_hash":"${move.paymentHash}",` +
  (move.groupId === undefined ? '' : `"part_id":${move.partId ?? 0},"group_id":${move.groupId},`) +
  `"fees_msat":${move.fees}}`;

export const listchannelmoves: Command = {
  name: 'listchannelmoves',
  usage: '[index] [start] [limit]',
  exists: (node) => node.keepsChannelMoves,
  answer(node, args) {
    const index = wordArgument(args, 'index', ['created'], 'unknown index');
    const [start, limit] = [u64(args, 'start'), u32(args, 'limit')];
    for (const [name, value] of [['start', start] as const, ['limit', limit] as const]) {
      if (index === undefined && value !== undefined) {
        throw new RpcError(CODE.INVALID_PARAMS, `Can only specify {${name}} with {index}`);
      }
    }
    const page = node.moves.page(Number(start ?? 0n), limit ?? Number.POSITIVE_INFINITY);
    return `{"channelmoves":[${page.map((move) => rowText(node, move)).join(',')}]}`;
  },
};
