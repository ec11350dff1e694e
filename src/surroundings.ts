/** What the plugin lives in: the real lightningd, store and clock, or simulated ones. Parts are wired over it. */
import type { OptionValue } from './config/option-rows.ts';
import type { OptionKey } from './config/snapshot.ts';
import type { Fee } from './core/fees/types.ts';
import type { Tags } from './core/neighbours/clboss-tags.ts';
import type { ChannelId, NodeId } from './core/units.ts';
import type { ChainRecords } from './ports/chain-records.ts';
import type { Clboss } from './ports/clboss.ts';
import type { Clock, Pacer } from './ports/clock.ts';
import type { Entropy } from './ports/entropy.ts';
import type { HiveNeighbour } from './ports/hive.ts';
import type { Logger } from './ports/logger.ts';
import type { FeeSetter, LightningNode } from './ports/node.ts';
import type { PaymentRecords } from './ports/payments.ts';
import type { OrderPlacer, RebalanceBackend } from './ports/rebalancer.ts';
import type { Store } from './ports/store.ts';

export type Surroundings = {
  readonly node: LightningNode;
  /** Makes the one object that can set a fee; called only at authority `fees` and above. */
  readonly feeSetter: () => FeeSetter;
  /** What the node recorded about our own payments. */
  readonly payments: PaymentRecords;
  /** What the node recorded of its on-chain money. */
  readonly chainRecords: ChainRecords;
  /** The backend that moves liquidity, without the right to order. */
  readonly backend: RebalanceBackend;
  /** Makes the one object that can spend; called only at authority `full`. */
  readonly orderPlacer: () => OrderPlacer;
  /** cl-hive, where it runs. */
  readonly hive: HiveNeighbour;
  /** clboss, there or not. */
  readonly clboss: Clboss;
  /** What an operator types to write a peer's tags at clboss without us. */
  readonly tagsCommand: (peerId: NodeId, tags: Tags) => string;
  /** What an operator types to set a fee without us. */
  readonly commandFor: (channelId: ChannelId, fee: Fee) => string;
  readonly store: Store;
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly entropy: Entropy;
  readonly options: ReadonlyMap<OptionKey, OptionValue>;
  readonly log: Logger;
  readonly notify: (topic: 'revenue_decision' | 'revenue_alert', payload: object) => void;
  /** A defect of ours, thrown where nobody waits. */
  readonly onBug: (error: unknown) => void;
};
