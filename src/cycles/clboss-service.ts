/** What the methods may know of clboss, and the one thing they may have done about it. */
import type { Tags } from '../core/neighbours/clboss-tags.ts';
import type { NodeId } from '../core/units.ts';

export type ClbossPeer = {
  readonly peerId: NodeId;
  /** What clboss leaves alone there; undefined: it does not say. */
  readonly tags: Tags | undefined;
  /** Of these, what we added. */
  readonly ours: Tags;
};

export type ClbossView = {
  /** `clboss_enabled`. */
  readonly enabled: boolean;
  readonly present: boolean;
  /** It said what it leaves alone. */
  readonly answered: boolean;
  /** What goes wrong with it now. */
  readonly problem: string | undefined;
  /** Those that it leaves alone in some way, and those that have a tag of ours. */
  readonly peers: readonly ClbossPeer[];
};

export interface ClbossService {
  /** Asks clboss, for a few seconds at most. Changes nothing. */
  look(): Promise<ClbossView>;
  /** Looks after one peer at once; undefined: there is no clboss. RetryLater, NodeRefused: it did not answer. */
  settle(peerId: NodeId): Promise<ClbossPeer | undefined>;
  /** Commands that take every tag of ours away without us. */
  giveBackCommands(): Promise<readonly string[]>;
}
