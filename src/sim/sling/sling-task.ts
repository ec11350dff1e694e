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

/** A task as the machine keeps it. */
export type RunningTask = {
  readonly order: SlingOrder;
  status: SlingStatus;
  active: boolean;
  inFlight: string | undefined;
  /** The candidate of the payment on its way. */
  partner: number | undefined;
  moved: number;
  spent: number;
  failedInARow: number;
  wakeAt: number;
};

export const freshTask = (order: SlingOrder, wakeAt: number): RunningTask => ({
  order,
  status: 'Starting',
  active: true,
  inFlight: undefined,
  partner: undefined,
  moved: 0,
  spent: 0,
  failedInARow: 0,
  wakeAt,
});

export const snapshot = (task: RunningTask): SlingTask => {
  const { order, status, active, inFlight, moved, spent } = task;
  return { order, status, active, inFlight, moved, spent };
};
