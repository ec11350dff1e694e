/** Every movement of on-chain money since 25.09, as recorded on v26.06.6. */
import type { ChainAccount } from '../../../ports/chain-records.ts';
import type { ChainRow } from '../../chain/chain-life.ts';
import { pageArguments } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import type { Command } from './command.ts';

/** The name of an account. */
export function chainAccount(account: ChainAccount): string {
  switch (account.kind) {
    case 'channel':
      return account.channelId;
    case 'other':
      return account.name;
    case 'wallet':
    case 'external':
      return account.kind;
  }
}

/** What a row and its notification say alike; what is unknown is left out. */
export const chainMoveFields = (row: ChainRow): object => ({
  account_id: chainAccount(row.account),
  credit_msat: Number(row.credit),
  debit_msat: Number(row.debit),
  timestamp: Math.floor(row.at / 1000),
  primary_tag: row.tag,
  extra_tags: row.extraTags,
  utxo: `${row.outpoint.txid}:${row.outpoint.vout}`,
  peer_id: row.peerId,
  originating_account: row.origin && chainAccount(row.origin),
  spending_txid: row.spendingTxid,
  output_msat: Number(row.output),
  output_count: row.outputCount,
  blockheight: row.height,
});

export const listchainmoves: Command = {
  name: 'listchainmoves',
  usage: '[index] [start] [limit]',
  exists: (node) => node.keepsChannelMoves,
  answer(node, args) {
    const { start, limit } = pageArguments(args, ['created']);
    const from = Math.max(1, start) - 1;
    const rows = node.chain.rows.slice(from, from + limit);
    return toJson({
      chainmoves: rows.map((row) => ({ created_index: row.index, ...chainMoveFields(row) })),
    });
  },
};
