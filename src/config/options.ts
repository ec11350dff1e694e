/**
 * Every number an operator may turn, one row each: the only place where a key, its name in lightningd's config,
 * default, range, unit and meaning are written. The snapshot's type, validation, manifest and reference are made
 * from it (SPEC 7.1, 7.2). Keys and options of the Python plugin keep name, default and meaning.
 */
import { FEES } from './table/fees.ts';
import { FLOW } from './table/flow.ts';
import { NEIGHBOURS } from './table/neighbours.ts';
import { NODE } from './table/node.ts';
import { REBALANCING } from './table/rebalancing.ts';

/** The same rows under the headings of the reference. */
export const GROUPS = {
  'The node': NODE,
  Flow: FLOW,
  Fees: FEES,
  Rebalancing: REBALANCING,
  'Neighbours and metrics': NEIGHBOURS,
} as const;

export const OPTIONS = { ...NODE, ...FLOW, ...FEES, ...REBALANCING, ...NEIGHBOURS } as const;
