/**
 * The backend that moves liquidity, as the airlock asks it (SPEC 4.7). sling behind it works on its own and never
 * says what a job cost: what was paid is read from the node's own records (`ports/payments.ts`), never from here.
 */
import type { Msat, Ppm, Scid } from '../core/units.ts';

/** One bounded order: `total` is moved into `destination`, chunk by chunk, and the job ends by itself. */
export type RebalanceOrder = {
  readonly destination: Scid;
  /** Offered together; never a channel of the destination's own peer. */
  readonly sources: readonly Scid[];
  /** Whole satoshi. */
  readonly chunk: Msat;
  /** A multiple of `chunk`. */
  readonly total: Msat;
  readonly maxPpm: Ppm;
  /** A source is used only while it keeps more than min(share of its capacity, amount). */
  readonly keepShare: number;
  readonly keepAmount: Msat;
};

/** A job the backend knows, ours or the operator's. */
export type BackendJob = {
  readonly channel: Scid;
  readonly direction: 'pull' | 'push';
  readonly chunk: Msat;
  /** Only a job that ends by itself has one. */
  readonly total: Msat | undefined;
  readonly maxPpm: number;
  readonly sources: readonly Scid[];
};

/**
 * RetryLater: no answer, it is not known what was done. NodeRefused: it said no, nothing was done. Calls are made one
 * after another, since all of them wait behind a running stop.
 */
export interface RebalanceBackend {
  /** As it calls itself: `v4.3.1`. */
  version(): Promise<string>;
  /** Ours that run, and all of others. */
  jobs(): Promise<readonly BackendJob[]>;
  /** Resolves when nothing of the channel's job runs any more; takes up to 150 s. How many ran: none is no error. */
  stop(channel: Scid): Promise<number>;
  /** Takes the job out of the backend's own memory. No job there is no error. */
  remove(channel: Scid): Promise<void>;
}

/** The one place that can spend. Constructed only at authority `full` (SPEC 1). */
export interface OrderPlacer {
  start(order: RebalanceOrder): Promise<void>;
}
export type Rebalancer = RebalanceBackend & OrderPlacer;
