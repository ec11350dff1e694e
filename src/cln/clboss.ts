/** clboss behind its two commands (facts of 0.15.1). The only code that can tell it what to leave alone. */
import type { Tags } from '../core/neighbours/clboss-tags.ts';
import type { NodeId } from '../core/units.ts';
import type { Clboss } from '../ports/clboss.ts';
import { Bug } from '../ports/errors.ts';
import { readTagsSet, readUnmanaged } from './calls/clboss-answers.ts';
import type { NodeCaller } from './rpc-client.ts';

/** Nothing of ours may wait long for it. */
const LIMITS = { group: 'clboss', timeoutMs: 2_500 } as const;

export class ClnClboss implements Clboss {
  readonly #node: NodeCaller;

  constructor(node: NodeCaller) {
    this.#node = node;
  }

  async unmanaged(): Promise<ReadonlyMap<NodeId, Tags>> {
    return readUnmanaged(await this.#node.call('clboss-status', {}, LIMITS));
  }

  async setTags(peerId: NodeId, tags: Tags): Promise<void> {
    const params = { nodeid: peerId, tags: listed(tags) };
    readTagsSet('clboss-unmanage', await this.#node.call('clboss-unmanage', params, LIMITS));
  }
}

/** What an operator types to leave a peer's other tags as they are without us. */
export const tagsCommand = (peerId: NodeId, tags: Tags): string =>
  `lightning-cli clboss-unmanage ${peerId} "${listed(tags)}"`;

/** Without spaces, or clboss takes them as part of a tag. */
function listed(tags: Tags): string {
  if (tags.some((tag) => /[\s,"]/.test(tag))) throw new Bug('a tag with a separator in it');
  return tags.join(',');
}
