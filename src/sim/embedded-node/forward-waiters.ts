/** Calls of `wait forwards` that nobody has answered yet. */
import type { ForwardIndex } from '../../ports/node.ts';
import type { ForwardRow } from '../forwards-table.ts';

export type WaitedFor = { readonly reached: number; readonly row: ForwardRow };
type Waiter = {
  readonly index: ForwardIndex;
  readonly next: number;
  readonly tell: (seen: WaitedFor) => void;
};

export class ForwardWaiters {
  #waiting: Waiter[] = [];

  /** Resolves when the sequence reaches `next`. */
  until(index: ForwardIndex, next: number): Promise<WaitedFor> {
    return new Promise((resolve) => {
      this.#waiting.push({ index, next, tell: resolve });
    });
  }

  /** A row was created, or resolved. */
  changed(index: ForwardIndex, reached: number, row: ForwardRow): void {
    if (this.#waiting.length === 0) return;
    const due = (waiter: Waiter): boolean => waiter.index === index && waiter.next <= reached;
    const ready = this.#waiting.filter(due);
    this.#waiting = this.#waiting.filter((waiter) => !due(waiter));
    for (const { tell } of ready) tell({ reached, row });
  }
}
