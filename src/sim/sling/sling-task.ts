/** What sling knows of a job while it runs and after it ended. */
import type { SlingOrder } from './sling-order.ts';

/** As `sling-stats` names them. */
export type SlingStatus =
  | 'Starting'
  | 'Rebalancing'
  | 'Balanced'
  | 'NoCandidates'
  | 'Disconnected'
  | 'ChanNotNormal'
  | 'NoRoutes'
  | 'NoCheapRoute'
  | 'Stopped'
  | 'NotStarted';

/** A snapshot. */
export type SlingTask = {
  readonly order: SlingOrder;
  readonly status: SlingStatus;
  /** Still running; a stopped or ended task stays in memory inactive, as in sling. */
  readonly active: boolean;
  /** Payment hash of the payment that is on its way. */
  readonly inFlight: string | undefined;
  /** As sling counts: whole chunks of payments that came back, and the fees of those; msat. */
  readonly moved: number;
  readonly spent: number;
};

/** A line of sling's own statistics; msat, fee known to the msat here (sling itself keeps a rounded ppm). */
export type SlingPayment = {
  readonly at: number;
  readonly amount: number;
  /** 0 on a failure. */
  readonly fee: number;
  /** The other channel, by index. */
  readonly partner: number;
};

/** What `sling-stats` sums up for a channel, over all its jobs, oldest first. */
export type SlingStats = {
  readonly successes: readonly SlingPayment[];
  readonly failures: readonly SlingPayment[];
};
