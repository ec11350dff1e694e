/** Handing plans to the airlock one after another, and what its answers mean (SPEC 4.6, 4.7). */
import type { ConfigSnapshot } from '../config/snapshot.ts';
import type { RebalancePlan } from '../core/rebalance/types.ts';
import type { ChannelId } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SpendStore } from '../ports/spending.ts';
import type { Journal, Lock, LockStore, NewDecision } from '../ports/store.ts';
import type { Came } from './rebalance-journal.ts';
import type { Airlock, JobOrder, OrderResult, RebalanceLook } from './rebalance-services.ts';

/** Caps that hold for the whole node: after one of them nothing else of this cycle is asked for. */
const OF_THE_NODE: ReadonlySet<string> = new Set([
  'unknown',
  'not_ready',
  'wallet_reserve',
  'onchain_reserve',
  'daily',
  'weekly',
]);

/** Why a plan is not ordered: by what, and in words. */
export type Held = { readonly by: string; readonly because: string };

export type ActParts = {
  /** undefined below authority `full`: nothing can be ordered, everything only would be. */
  readonly airlock: () => Airlock | undefined;
  readonly store: {
    readonly journal: Pick<Journal, 'append' | 'appendAll'>;
    readonly locks: Pick<LockStore, 'active'>;
    readonly spending: Pick<SpendStore, 'openJobs'>;
  };
  readonly clock: Pick<Clock, 'now'>;
  readonly config: () => Pick<ConfigSnapshot, 'max_concurrent_jobs'>;
  readonly log: Logger;
  readonly notify: (decision: NewDecision) => void;
};

/** The orders of one cycle. */
export class Orders {
  readonly #parts: ActParts;
  readonly #look: RebalanceLook;
  readonly #unsent: NewDecision[] = [];
  #held: Held | undefined;

  constructor(parts: ActParts, look: RebalanceLook) {
    this.#parts = parts;
    this.#look = look;
  }

  /** Asks what holds for all. */
  async begin(): Promise<void> {
    const airlock = this.#parts.airlock();
    if (airlock === undefined) return;
    const readiness = await airlock.readiness();
    if (!readiness.ready) this.#held = { by: 'not_ready', because: readiness.because };
  }

  /**
   * Orders one plan, if nothing holds it, and journals what came of it. Should we die in it, the entry before says
   * that it was tried. A defect or a failing disk passes through.
   */
  async carryOut(
    order: Omit<JobOrder, 'decisionId'>,
    entry: (came: Came) => NewDecision,
  ): Promise<Came> {
    const { store, log, notify, airlock: airlockNow } = this.#parts;
    const held = this.#heldBy(order.plan);
    const airlock = airlockNow();
    if (held || airlock === undefined) {
      const came: Came = held ? { outcome: 'none', held } : { outcome: 'would' };
      this.#unsent.push(entry(came));
      return came;
    }
    const decisionId = store.journal.append(entry(ORDERING));
    const result = await airlock.order({ ...order, decisionId }, this.#look.picture);
    if (result.kind === 'refused' && OF_THE_NODE.has(result.cap))
      this.#held = { by: result.cap, because: result.because };
    const came = cameOf(result);
    const decision = entry(came);
    store.journal.append(decision);
    notify(decision);
    const { destination, amount, maxPpm } = order.plan;
    const what = `${order.kind} rebalance of ${amount} msat into ${destination} at up to ${maxPpm} ppm`;
    log('info', `${what}: ${came.held?.because ?? came.error ?? 'ordered'}`);
    return came;
  }

  /** A verdict that asks for nothing, to be journaled at the end. */
  note(entry: NewDecision): void {
    this.#unsent.push(entry);
  }

  /** Journals what was not sent, all at once. */
  end(): void {
    this.#parts.store.journal.appendAll(this.#unsent.splice(0));
  }

  /** As of now: the brake or a lock may have come since the look. */
  #heldBy({ destination, sources }: RebalancePlan): Held | undefined {
    const { store, clock, config, airlock } = this.#parts;
    const locked = lockOn(store.locks.active(clock.now()), [destination, ...sources]);
    if (locked !== undefined) return { by: 'locked', because: locked };
    if (airlock() === undefined) return undefined;
    if (this.#held) return this.#held;
    const running = store.spending.openJobs().filter(({ state }) => state !== 'unknown').length;
    return running < config().max_concurrent_jobs
      ? undefined
      : { by: 'busy', because: 'as many rebalances are under way as may be at a time' };
  }
}

/** The first lock on the node or on one of these channels that keeps money from leaving. */
export function lockOn(locks: readonly Lock[], channels: readonly ChannelId[]): string | undefined {
  const held = locks.find(
    ({ scope, channelId }) =>
      scope !== 'fees' && (channelId === undefined || channels.includes(channelId)),
  );
  return held?.reason;
}

export function cameOf(result: OrderResult): Came {
  switch (result.kind) {
    case 'ordered':
      return result.state === 'running'
        ? { outcome: 'done' }
        : { outcome: 'unknown', error: 'sling did not answer' };
    case 'refused':
      return { outcome: 'none', held: { by: result.cap, because: result.because } };
    case 'failed':
      return { outcome: 'failed', error: result.because };
  }
}

/** Written before the order: should we die in it, this is what is known. */
export const ORDERING: Came = {
  outcome: 'unknown',
  error: 'being ordered: the next entry says what came of it',
};
