import type { UnixMs } from '../core/units.ts';
import type { ChainMove, ChainRecords, IncomeRow } from '../ports/chain-records.ts';
import { askOnce } from './ask-once.ts';
import { askIncome, LIST_INCOME } from './calls/bkpr-listincome.ts';
import { askCommandsIfAny } from './calls/help.ts';
import { askChainMoves, LIST_CHAIN_MOVES } from './calls/listchainmoves.ts';
import type { NodeCaller } from './rpc-client.ts';

/** What lightningd and its bookkeeper recorded of on-chain money. It only reads. */
export class ClnChainRecords implements ChainRecords {
  readonly #node: NodeCaller;
  readonly #hasMoves: () => Promise<boolean>;

  constructor(node: NodeCaller) {
    this.#node = node;
    // lightningd restarts us with itself, so its commands stay what they are.
    this.#hasMoves = askOnce(async () => (await askCommandsIfAny(node)).has(LIST_CHAIN_MOVES));
  }

  hasChainMoves(): Promise<boolean> {
    return this.#hasMoves();
  }
  chainMoves(start: number, limit: number): Promise<readonly ChainMove[]> {
    return askChainMoves(this.#node, start, limit);
  }
  /** A plugin may come and go while lightningd lives. */
  async hasIncome(): Promise<boolean> {
    return (await askCommandsIfAny(this.#node)).has(LIST_INCOME);
  }
  income(from: UnixMs, to: UnixMs): Promise<readonly IncomeRow[]> {
    return askIncome(this.#node, from, to);
  }
}
