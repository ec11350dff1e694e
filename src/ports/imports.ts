/** What an import of the Python plugin's database leaves in memory (docs/decisions/009). */
import type { PastDay } from '../core/import/day-book.ts';
import type { PastCost, PastFeeChange, PastRebalance } from '../core/import/records.ts';
import type { UnixMs } from '../core/units.ts';
import type { AncestorSchema } from './ancestor.ts';

export type ImportSource = {
  readonly fingerprint: string;
  readonly schema: AncestorSchema;
  /** First UTC day that is left to the node's own history. */
  readonly horizonDay: number;
};

/** What earlier imports brought, by kind. */
export type ImportedSoFar = {
  readonly costs: number;
  readonly rebalances: number;
  readonly feeChanges: number;
};

/** Policies by node id, settings by key: taken once, never again, whatever became of them. */
export type MarkKind = 'policy' | 'setting';

export interface ImportStore {
  /** First UTC day of which any settled forward is in the books; undefined: none. */
  firstForwardDay(): number | undefined;
  /** The newest import that wrote anything; undefined: there was none. */
  lastSource(): ImportSource | undefined;
  /** An import begins to write: nothing settled before its horizon is taken from the node any more. */
  begin(source: ImportSource, at: UnixMs): void;
  finish(at: UnixMs): void;
  /**
   * Whole days in one transaction, the newest first and each older than every day in the books; so a day is in them
   * once, whatever is killed when.
   */
  addDays(days: readonly PastDay[]): void;

  knowsCost(cost: PastCost): boolean;
  knowsRebalance(rebalance: PastRebalance): boolean;
  knowsFeeChange(change: PastFeeChange): boolean;
  /** In one transaction each; what is known already changes nothing. */
  addCosts(costs: readonly PastCost[]): void;
  addRebalances(rebalances: readonly PastRebalance[]): void;
  addFeeChanges(changes: readonly PastFeeChange[]): void;

  marked(kind: MarkKind, name: string): boolean;
  mark(kind: MarkKind, names: readonly string[]): void;

  soFar(): ImportedSoFar;
}
