/** The forwards table with its traps (facts/cln.md "listforwards", facts/cln-scale.md §1). */
import type { ForwardRow } from '../../forwards-table.ts';
import {
  type CallArguments,
  pageArguments,
  scidArgument,
  u64,
  wordArgument,
} from '../call-arguments.ts';
import { rowText } from '../forward-text.ts';
import type { NodeState } from '../node-state.ts';
import { CODE, RpcError } from '../rpc-error.ts';
import type { Command } from './command.ts';

const STATUSES = ['offered', 'settled', 'failed', 'local_failed'] as const;
const INDEXES = ['created', 'updated'] as const;
const NO_LIMIT = Number.POSITIVE_INFINITY;

const invalid = (message: string): RpcError => new RpcError(CODE.INVALID_PARAMS, message);

/** With a channel filter the whole table is scanned and `limit` is silently ignored. */
function ofChannels(node: NodeState, args: CallArguments): ForwardRow[] | undefined {
  const into = scidArgument(args, 'in_channel');
  const out = scidArgument(args, 'out_channel');
  if (into === undefined && out === undefined) return undefined;
  if ((u64(args, 'start') ?? 0n) !== 0n) {
    throw invalid('Can only specify {start} without {in_channel} and {out_channel}');
  }
  const status = wordArgument(args, 'status', STATUSES, 'Unrecognized status');
  return node.forwards
    .page('created', 0, NO_LIMIT, status)
    .filter((row) => into === undefined || node.scidOf(row.inIndex) === into)
    .filter((row) => out === undefined || node.scidOf(row.outIndex) === out);
}

function rows(node: NodeState, args: CallArguments): ForwardRow[] {
  const status = wordArgument(args, 'status', STATUSES, 'Unrecognized status');
  const { index, start, limit } = pageArguments(args, INDEXES);
  return ofChannels(node, args) ?? node.forwards.page(index ?? 'created', start, limit, status);
}

export const listforwards: Command = {
  name: 'listforwards',
  usage: '[status] [in_channel] [out_channel] [index] [start] [limit]',
  answer: (node, args) =>
    `{"forwards":[${rows(node, args)
      .map((row) => rowText(node, row))
      .join(',')}]}`,
};
