/** One day of bookkeeper's income as the node's ledger of that day (SPEC 6.3), for nodes that keep no moves. */
import { type Msat, msat } from '../units.ts';
import type { NodeLedgerDay } from './reconciliation.ts';

type Row = { readonly tag: string; readonly credit: Msat; readonly debit: Msat };

/**
 * What bookkeeper itself could not account for: it writes `journal_entry` where a balance it finds is not the one it
 * worked out, and `penalty_adj` where a penalty left one wrong. Payments of the operator's own, pushes, leases and
 * everything on the chain are neither routing nor unexplained.
 */
const UNACCOUNTED: ReadonlySet<string> = new Set(['journal_entry', 'penalty_adj']);

export function incomeLedger(rows: readonly Row[]): NodeLedgerDay {
  const net = (isOfIt: (tag: string) => boolean): bigint =>
    rows
      .filter(({ tag }) => isOfIt(tag))
      .reduce((sum, { credit, debit }) => sum + credit - debit, 0n);
  return {
    source: 'income',
    routed: msat(net((tag) => tag === 'routed')),
    rebalances: msat(-net((tag) => tag === 'rebalance_fee')),
    other: msat(net((tag) => UNACCOUNTED.has(tag))),
  };
}
