/** Every movement of money in a channel since 25.09 (facts/cln-scale.md §4): routed, and our own payments as `invoice`. */
import { pageArguments } from '../call-arguments.ts';
import type { ChannelMove } from '../channel-moves.ts';
import type { NodeState } from '../node-state.ts';
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
    const { start, limit } = pageArguments(args, ['created']);
    const page = node.moves.page(start, limit);
    return `{"channelmoves":[${page.map((move) => rowText(node, move)).join(',')}]}`;
  },
};
