/** What the node itself recorded of its on-chain money: the only source of what opens, closes and splices cost (SPEC 6.1). */
import type { ChainAccount, ChainMove } from '../core/books/chain-move.ts';
import type { Msat, UnixMs } from '../core/units.ts';

export type { ChainAccount, ChainMove };

/** One row of `bkpr-listincome`. */
export type IncomeRow = {
  readonly account: ChainAccount;
  readonly tag: string;
  readonly credit: Msat;
  readonly debit: Msat;
  readonly at: UnixMs;
  readonly txid: string | undefined;
  readonly paymentHash: string | undefined;
};

/** Errors as in `LightningNode`. */
export interface ChainRecords {
  /** `listchainmoves` exists here (CLN ≥ 25.09). */
  hasChainMoves(): Promise<boolean>;
  /** Ascending by created_index, from `start` on. */
  chainMoves(start: number, limit: number): Promise<readonly ChainMove[]>;
  /** bookkeeper runs. */
  hasIncome(): Promise<boolean>;
  /** `bkpr-listincome` of [from, to): never without a start (facts/cln-scale.md §1). */
  income(from: UnixMs, to: UnixMs): Promise<readonly IncomeRow[]>;
}
