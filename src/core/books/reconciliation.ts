/**
 * Our ledger against the node's own, by day, with a line for what neither explains (SPEC 6.3). The types; the rule
 * itself is `reconcile`.
 */
import type { Msat } from '../units.ts';
import type { UtcDay } from './period.ts';

/** What the node itself recorded of one day. */
export type NodeLedgerDay = {
  /** `moves`: listchannelmoves. `income`: bkpr-listincome of that day. */
  readonly source: 'moves' | 'income';
  /** Fees of what was routed. */
  readonly routed: Msat;
  /** Fees of payments that went round. */
  readonly rebalances: Msat;
  /** Net of what belongs to nobody's account of ours: tags neither routed, nor payments of ours, nor pushes. Signed. */
  readonly other: Msat;
};

export type Reconciliation = {
  readonly day: UtcDay;
  /** undefined: the node has no records of that day; `because` says why. */
  readonly node: NodeLedgerDay | undefined;
  readonly because: string | undefined;
  /** Ours of the same day, as it was when the day was closed. */
  readonly routed: Msat;
  readonly rebalances: Msat;
  /** Signed: what the node has beyond ours. undefined: not reconciled. */
  readonly unexplained: Msat | undefined;
};
