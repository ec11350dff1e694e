/** In which block an HTLC times out: fixed when it is offered, as far away as a payment's remaining hops need. */
import type { SimHtlc } from '../market/market.ts';

/** Blocks each hop adds, and the hops that follow ours on a usual route. */
export const CLTV_DELTA = 34;
const HOPS_AFTER = 3;

/** By payment hash: the height at which it was offered. */
export class HtlcExpiries {
  readonly #offeredAt = new Map<string, number>();

  offered(paymentHash: string, height: number): void {
    this.#offeredAt.set(paymentHash, height);
  }

  ended(paymentHash: string): void {
    this.#offeredAt.delete(paymentHash);
  }

  /** The incoming one has a hop more to wait. `height` stands for one that was offered before we looked. */
  of({ paymentHash, direction }: SimHtlc, height: number): number {
    const hops = HOPS_AFTER + (direction === 'in' ? 1 : 0);
    return (this.#offeredAt.get(paymentHash) ?? height) + hops * CLTV_DELTA;
  }
}
