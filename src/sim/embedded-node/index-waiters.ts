/** Calls of `wait` that nobody has answered yet. */
import type { ForwardIndex } from '../../ports/node.ts';

/** The sequences that move here. */
export const MOVING = ['forwards', 'sendpays', 'channelmoves', 'chainmoves'] as const;
export type Moving = (typeof MOVING)[number];

export type WaitedFor = { readonly reached: number; readonly details: object };
type Waiter = {
  readonly subsystem: Moving;
  readonly index: ForwardIndex;
  readonly next: number;
  readonly tell: (seen: WaitedFor) => void;
};

export class IndexWaiters {
  #waiting: Waiter[] = [];

  /** Nobody waits: nothing needs telling. */
  get idle(): boolean {
    return this.#waiting.length === 0;
  }

  /** Resolves when the sequence reaches `next`. */
  until(subsystem: Moving, index: ForwardIndex, next: number): Promise<WaitedFor> {
    return new Promise((resolve) => {
      this.#waiting.push({ subsystem, index, next, tell: resolve });
    });
  }

  /** A row was created, or changed. */
  changed(subsystem: Moving, index: ForwardIndex, reached: number, details: () => object): void {
    const due = (waiter: Waiter): boolean =>
      waiter.subsystem === subsystem && waiter.index === index && waiter.next <= reached;
    const ready = this.#waiting.filter(due);
    this.#waiting = this.#waiting.filter((waiter) => !due(waiter));
    for (const { tell } of ready) tell({ reached, details: details() });
  }
}
