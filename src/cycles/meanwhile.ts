/**
 * What was said while a cycle looked and sends: a price decided before a pause, a lock or a policy is not sent after
 * it (SPEC 1, 5). Whoever said it asks for a cycle of their own, or has sent the price themselves.
 */
import { type PolicySubject, subjectName } from '../core/policy/subject.ts';
import type { ChannelId, NodeId, UnixMs } from '../core/units.ts';
import type { Lock, Store } from '../ports/store.ts';

/** More at once come from an import; then whoever is left is decided anew. */
const MOST_CHANGES = 1000;

const isGeneral = (subject: PolicySubject): boolean => 'tag' in subject || 'fallback' in subject;
/** An id may be given again when its lock is gone. */
const keyOf = ({ id, since }: Lock): string => `${id} ${since}`;

export class Meanwhile {
  readonly #store: Pick<Store, 'policies' | 'locks'>;
  readonly #at: UnixMs;
  readonly #locks: ReadonlySet<string>;
  readonly #touched = new Set<string>();
  #seen: number;
  #all = false;

  /** From now on; `at`: the moment whose locks are known already. */
  constructor(store: Pick<Store, 'policies' | 'locks'>, at: UnixMs) {
    this.#store = store;
    this.#at = at;
    this.#locks = new Set(store.locks.active(at).map(keyOf));
    this.#seen = this.#last();
  }

  /** Somebody has said something else of the channel since. */
  overtook(channelId: ChannelId, peerId: NodeId): boolean {
    this.#readPolicies();
    if (this.#all || this.#touched.has(channelId) || this.#touched.has(peerId)) return true;
    return this.#store.locks
      .active(this.#at)
      .some(
        (lock) =>
          lock.scope !== 'rebalance' &&
          (lock.channelId ?? channelId) === channelId &&
          !this.#locks.has(keyOf(lock)),
      );
  }

  #readPolicies(): void {
    const last = this.#last();
    if (last <= this.#seen) return;
    const changes = this.#store.policies.changes({ sequence: this.#seen }, MOST_CHANGES);
    for (const { subject } of changes) this.#touched.add(subjectName(subject));
    this.#all ||=
      changes.length === MOST_CHANGES || changes.some(({ subject }) => isGeneral(subject));
    this.#seen = last;
  }

  #last(): number {
    return this.#store.policies.logRange()?.last ?? 0;
  }
}
