/** clboss, which opens channels and sets fees and rebalances where it is not told otherwise (SPEC 7.8). */
import type { HeldTags, Tags } from '../core/neighbours/clboss-tags.ts';
import type { NodeId } from '../core/units.ts';

/** RetryLater: no usable answer, it is not known what was done. NodeRefused: it said no, nothing was done. */
export interface Clboss {
  /** What it leaves alone, by peer; peers it has whole are not in it. */
  unmanaged(): Promise<ReadonlyMap<NodeId, Tags>>;
  /** Replaces all tags of the peer; none: it has the peer whole again. */
  setTags(peerId: NodeId, tags: Tags): Promise<void>;
}

/** Which tags are ours. Durable when it returns; throws StoreFailed. */
export interface ClbossStore {
  all(): ReadonlyMap<NodeId, HeldTags>;
  /** undefined: nothing of ours is there, nor may be. */
  get(peerId: NodeId): HeldTags | undefined;
  /** `held` without anything forgets the peer. */
  save(peerId: NodeId, held: HeldTags): void;
}
