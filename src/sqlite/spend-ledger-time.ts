/** How far the ledger's time is, and how far the node's records of payments were read. Writes are within a transaction. */
import { DAY_MS, type UnixMs, unixMs } from '../core/units.ts';
import type { MoveCursors } from '../ports/spending.ts';
import type { Facts } from './facts.ts';

/** Of payments from before this memory began, those of the longest window of the budget count. */
const BEFORE_US_MS = 7 * DAY_MS;

export class SpendLedgerTime {
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  lastAt(): UnixMs | undefined {
    const at = this.#facts.get('spending at');
    return at === undefined ? undefined : unixMs(at);
  }
  /** Returns the moment to write: never before the last one. */
  note(at: UnixMs): UnixMs {
    if (this.#facts.get('spending began') === undefined) this.#facts.set('spending began', at);
    const last = this.lastAt();
    if (last !== undefined && last >= at) return last;
    this.#facts.set('spending at', at);
    return at;
  }

  cursors(): MoveCursors {
    return {
      moves: this.#facts.get('moves cursor') ?? 0,
      sendPays: this.#facts.get('send pays cursor') ?? 0,
      complete: this.#facts.get('moves complete') === 1,
    };
  }
  /** Newest indexes of the node's records ever seen. */
  seen(): { readonly moves: number; readonly sends: number } {
    return {
      moves: this.#facts.get('moves cursor') ?? 0,
      sends: this.#facts.get('send pays seen') ?? 0,
    };
  }
  /** `at`: the node's time of that move. */
  movesRead(last: number, at: UnixMs | undefined): void {
    if (last < this.seen().moves) return;
    this.#facts.set('moves cursor', last);
    if (at !== undefined) this.#facts.set('moves cursor at', at);
  }
  lastMoveAt(): UnixMs | undefined {
    const at = this.seen().moves > 0 ? this.#facts.get('moves cursor at') : undefined;
    return at === undefined ? undefined : unixMs(at);
  }
  restartMoves(): void {
    this.#facts.set('moves cursor', 0);
    this.#facts.set('moves complete', 0);
  }
  /** No payment made before this moment (the node's time) is sure to be remembered. */
  droppedBefore(at: UnixMs): void {
    if (at > (this.#facts.get('payments dropped') ?? 0)) this.#facts.set('payments dropped', at);
  }
  /** Whether a payment that is not remembered may have been booked and forgotten. */
  mayBeDropped(at: UnixMs): boolean {
    return at < (this.#facts.get('payments dropped') ?? 0);
  }
  /** `pending`: the lowest index that is not final. */
  sendPaysRead(last: number, pending: number | undefined): void {
    const seen = Math.max(last, this.seen().sends);
    const final = Math.min(seen, (pending ?? Number.POSITIVE_INFINITY) - 1);
    this.#facts.set('send pays seen', seen);
    this.#facts.set('send pays cursor', Math.max(this.cursors().sendPays, final));
  }
  setComplete(): void {
    this.#facts.set('moves complete', 1);
  }

  /**
   * Whether a payment that no job of ours ordered counts all the same: our memory may have been lost with the jobs in
   * it, and a lost memory must not open the budget anew.
   */
  mayBeForgotten(at: UnixMs): boolean {
    const began = this.#facts.get('spending began');
    return !this.cursors().complete && began !== undefined && at > began - BEFORE_US_MS;
  }
}
