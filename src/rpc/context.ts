import type { BooksService } from '../cycles/books-services.ts';
import type { CapacityService } from '../cycles/capacity-planner.ts';
import type { ClbossService } from '../cycles/clboss-service.ts';
import type { ConfigService } from '../cycles/config-service.ts';
import type { HiveService } from '../cycles/hive-service.ts';
import type { ImportService } from '../cycles/import-service.ts';
import type { PolicyService } from '../cycles/policy-service.ts';
import type { RebalanceService } from '../cycles/rebalance-services.ts';
import type { Board, BrakeService, FeeService, FlowService } from '../cycles/services.ts';
import type { Backups } from '../ports/backup.ts';
import type { Clock } from '../ports/clock.ts';
import type { LightningNode } from '../ports/node.ts';
import type {
  ChannelDirectory,
  FeeStore,
  ForwardStore,
  Journal,
  Lock,
  LockStore,
  PeerStore,
  Store,
} from '../ports/store.ts';

/** The memory as methods may see it: nothing here can write, so reading has no side effects (SPEC 7.3). */
type ReadableStore = {
  readonly forwards: Pick<
    ForwardStore,
    'missed' | 'feeInsufficient' | 'channelTotals' | 'nodeTotals'
  >;
  readonly channels: Pick<ChannelDirectory, 'resolve' | 'get' | 'all'>;
  readonly fees: Pick<FeeStore, 'states' | 'state'>;
  readonly journal: Pick<Journal, 'get' | 'latest' | 'recent' | 'count'>;
  readonly locks: Pick<LockStore, 'active'>;
  readonly peers: Pick<PeerStore, 'connections' | 'downtime' | 'reputations'>;
} & Pick<Store, 'size'>;

/** The locks as the operator may change them. Removing one also tells the protections, so that they leave it off. */
export interface LockBook {
  /** What holds now. */
  active(): readonly Lock[];
  /** False: there is no such lock any more. */
  remove(id: number): boolean;
}

/** Everything a method may use. */
export type RpcContext = {
  /** Ours, as in package.json; cl-hive wants at least 1.4.0. */
  readonly version: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly store: ReadableStore;
  readonly config: ConfigService;
  readonly fees: FeeService;
  readonly rebalance: RebalanceService;
  readonly books: BooksService;
  readonly capacity: CapacityService;
  readonly policies: Pick<PolicyService, 'list' | 'get' | 'rulings' | 'apply' | 'changes'>;
  readonly imports: Pick<ImportService, 'run' | 'offers'>;
  readonly backups: Backups;
  readonly hive: Pick<HiveService, 'state'>;
  readonly clboss: ClbossService;
  readonly lockBook: LockBook;
  readonly brake: BrakeService;
  readonly flow: FlowService;
  readonly board: Board;
  readonly node: Pick<LightningNode, 'plugins'>;
};
