/** clboss behind its port: keeps tags, or fails in the way a test wants. */
import type { HeldTags, Tags } from '../../src/core/neighbours/clboss-tags.ts';
import { isForgotten } from '../../src/core/neighbours/clboss-tags.ts';
import type { NodeId } from '../../src/core/units.ts';
import type { Clboss, ClbossStore } from '../../src/ports/clboss.ts';

export class ClbossKeeper implements Clboss {
  readonly tags = new Map<NodeId, Tags>();
  /** Every set it was told to keep. */
  readonly writes: (readonly [NodeId, string])[] = [];
  reads = 0;
  /** Instead of keeping what it was told; what it returns is kept. */
  onWrite: (peerId: NodeId, tags: Tags) => Promise<Tags> = async (_, tags) => tags;
  onRead: () => Promise<void> = async () => undefined;

  async unmanaged(): Promise<ReadonlyMap<NodeId, Tags>> {
    this.reads += 1;
    await this.onRead();
    return new Map(this.tags);
  }
  async setTags(peerId: NodeId, tags: Tags): Promise<void> {
    this.writes.push([peerId, tags.join(',')]);
    const kept = await this.onWrite(peerId, tags);
    if (kept.length === 0) this.tags.delete(peerId);
    else this.tags.set(peerId, kept);
  }
}

export class MemoryClbossStore implements ClbossStore {
  readonly rows = new Map<NodeId, HeldTags>();
  all(): ReadonlyMap<NodeId, HeldTags> {
    return new Map(this.rows);
  }
  get(peerId: NodeId): HeldTags | undefined {
    return this.rows.get(peerId);
  }
  save(peerId: NodeId, held: HeldTags): void {
    if (isForgotten(held)) this.rows.delete(peerId);
    else this.rows.set(peerId, held);
  }
}
