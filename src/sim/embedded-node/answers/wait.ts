import type { ChainRow } from '../../chain/chain-life.ts';
import type { ForwardRow } from '../../forwards-table.ts';
import { u64, wordArgument } from '../call-arguments.ts';
import type { ChannelMove } from '../channel-moves.ts';
import { MOVING, type Moving } from '../index-waiters.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { OwnPayment } from '../own-payments.ts';
import { accountOf } from './bookkeeper.ts';
import type { Command } from './command.ts';
import { chainAccount } from './listchainmoves.ts';

const SUBSYSTEMS = [
  'invoices',
  'forwards',
  'sendpays',
  'htlcs',
  'chainmoves',
  'channelmoves',
  'networkevents',
] as const;
const INDEXES = ['created', 'updated', 'deleted'] as const;

export const forwardDetails = (node: NodeState, row: ForwardRow): object => ({
  status: row.status,
  in_channel: node.scidOf(row.inIndex),
  in_htlc_id: row.inHtlcId,
  in_msat: row.inMsat,
  out_channel: node.scidOf(row.outIndex),
});

export const sendpayDetails = (row: OwnPayment): object => ({
  status: row.status,
  partid: row.partId,
  groupid: row.groupId,
  payment_hash: row.paymentHash,
});

export const moveDetails = (node: NodeState, move: ChannelMove): object => ({
  account: accountOf(node, move.channel),
  credit_msat: move.credit,
  debit_msat: move.debit,
});

/** Amounts as numbers: they are whole satoshi far below 2^53 here. */
export const chainMoveDetails = (row: ChainRow): object => ({
  account: chainAccount(row.account),
  credit_msat: Number(row.credit),
  debit_msat: Number(row.debit),
});

function lastOf(node: NodeState, subsystem: Moving, index: 'created' | 'updated'): number {
  switch (subsystem) {
    case 'forwards':
      return node.forwards.lastIndex(index);
    case 'sendpays':
      return node.payments.lastIndex(index);
    case 'channelmoves':
      return index === 'created' ? node.moves.last : 0;
    case 'chainmoves':
      return index === 'created' ? node.chain.rows.length : 0;
  }
}

/** Any sequence that does not move here stands at 0 and never answers what is beyond. */
export const wait: Command = {
  name: 'wait',
  usage: 'subsystem indexname nextvalue',
  async answer(node, args) {
    const known = SUBSYSTEMS.filter(
      (name) => (name !== 'channelmoves' && name !== 'chainmoves') || node.keepsChannelMoves,
    );
    const subsystem = wordArgument(args, 'subsystem', known, 'unknown subsystem');
    const indexname = wordArgument(args, 'indexname', INDEXES, 'unknown index');
    const next = Number(u64(args, 'nextvalue') ?? 0n);
    const moving = MOVING.find((name) => name === subsystem);
    if (moving === undefined || indexname === undefined || indexname === 'deleted') {
      if (next > 0) return new Promise<string>(() => undefined);
      return toJson({ subsystem, [indexname ?? 'created']: 0 });
    }
    const present = lastOf(node, moving, indexname);
    if (next <= present) return toJson({ subsystem, [indexname]: present });
    const { reached, details } = await node.waiters.until(moving, indexname, next);
    const isMove = moving === 'channelmoves' || moving === 'chainmoves';
    const old = node.settings.deprecatedApis && !isMove;
    return toJson({
      subsystem,
      [indexname]: reached,
      ...(old ? { details } : {}),
      [moving]: details,
    });
  },
};
