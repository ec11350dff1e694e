import type { ForwardRow } from '../../forwards-table.ts';
import { u64, wordArgument } from '../call-arguments.ts';
import { toJson } from '../json-text.ts';
import type { NodeState } from '../node-state.ts';
import type { Command } from './command.ts';

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

const detailsOf = (node: NodeState, row: ForwardRow): object => ({
  status: row.status,
  in_channel: node.scidOf(row.inIndex),
  in_htlc_id: row.inHtlcId,
  in_msat: row.inMsat,
  out_channel: node.scidOf(row.outIndex),
});

/** Only the forwards move here; any other sequence stands at 0 and never answers what is beyond. */
export const wait: Command = {
  name: 'wait',
  usage: 'subsystem indexname nextvalue',
  async answer(node, args) {
    const subsystem = wordArgument(args, 'subsystem', SUBSYSTEMS, 'unknown subsystem');
    const indexname = wordArgument(args, 'indexname', INDEXES, 'unknown index');
    const next = Number(u64(args, 'nextvalue') ?? 0n);
    if (subsystem !== 'forwards' || indexname === undefined || indexname === 'deleted') {
      if (next > 0) return new Promise<string>(() => undefined);
      return toJson({ subsystem, [indexname ?? 'created']: 0 });
    }
    const present = node.forwards.lastIndex(indexname);
    if (next <= present) return toJson({ subsystem, [indexname]: present });
    const { reached, row } = await node.waiters.until(indexname, next);
    const details = detailsOf(node, row);
    return toJson({
      subsystem,
      [indexname]: reached,
      ...(node.settings.deprecatedApis ? { details } : {}),
      forwards: details,
    });
  },
};
