/** What lightningd would have recorded of a market's on-chain money, in process. Nobody keeps books beside it. */
import type { UnixMs } from '../core/units.ts';
import type { ChainMove, ChainRecords, IncomeRow } from '../ports/chain-records.ts';
import type { ChainLife } from './chain/chain-life.ts';
import { chainOf } from './chain/opened-channels.ts';
import type { Market } from './market/market.ts';

export class MarketChain implements ChainRecords {
  /** For tests: opens, splices, closes and withdraws. */
  readonly life: ChainLife;

  constructor(market: Market) {
    this.life = chainOf(market);
  }

  async hasChainMoves(): Promise<boolean> {
    return true;
  }
  async chainMoves(start: number, limit: number): Promise<readonly ChainMove[]> {
    const from = Math.max(1, start) - 1;
    return this.life.rows.slice(from, from + limit);
  }
  async hasIncome(): Promise<boolean> {
    return false;
  }
  async income(_from: UnixMs, _to: UnixMs): Promise<readonly IncomeRow[]> {
    return [];
  }
}
