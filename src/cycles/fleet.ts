/**
 * The peers that cl-hive has named as its own since the start, whatever came of it: members, neophytes and those it
 * let go. It writes 0 ppm on their channels by itself whenever it starts, which is no price that anybody set (SPEC 8).
 */
import type { NodeId } from '../core/units.ts';

/** A hive that names more is no fleet; the first ones stay. */
const MOST = 5000;

export class Fleet {
  readonly #named = new Set<NodeId>();
  readonly #obeyed: () => boolean;

  /** `obeyed` false: what it says of its peers is refused, and what it said before does not count. */
  constructor(obeyed: () => boolean) {
    this.#obeyed = obeyed;
  }

  get obeyed(): boolean {
    return this.#obeyed();
  }

  /** It spoke of this peer. */
  note(peerId: NodeId): void {
    if (this.#named.size < MOST) this.#named.add(peerId);
  }

  has(peerId: NodeId): boolean {
    return this.#named.has(peerId);
  }
}
