/**
 * What we tell cl-hive, and what we know of it (SPEC 8): whether this node is in a fleet, and the outcome of every
 * rebalance of ours, once. Nothing it answers enters a decision, and nobody waits for it: outcomes are put into a
 * bounded line and told at the next minute; a line that is full loses its oldest. What waits when the plugin ends is
 * not told any more.
 */
import type { ConfigSnapshot } from '../config/snapshot.ts';
import { hiveWeek } from '../core/spending/caps.ts';
import { type ChannelId, type Msat, msat, type Scid, type UnixMs } from '../core/units.ts';
import type { Clock } from '../ports/clock.ts';
import { NodeRefused, RetryLater } from '../ports/errors.ts';
import type { HiveMembership, HiveNeighbour, RebalanceOutcome } from '../ports/hive.ts';
import type { Logger } from '../ports/logger.ts';
import type { CircularPayment, RebalanceJob, SpendStore } from '../ports/spending.ts';
import { spendLaw } from './airlock/spend-law.ts';

/** SPEC 8: how long its answer is good for. */
const FRESH_MS = 60_000;
/** Without anything to tell, it is asked this often. */
const ASK_EVERY_MS = 600_000;
/** More rebalances than a day of any node has. */
const MOST_WAITING = 200;
/** Told in one turn, so that a slow one holds up nothing else for long. */
const MOST_A_TURN = 10;
const MOST_PAYMENTS = 1000;

export type HiveParts = {
  readonly hive: HiveNeighbour;
  /** undefined: lightningd has not said yet. */
  readonly present: () => boolean | undefined;
  readonly config: () => ConfigSnapshot;
  readonly spending: Pick<SpendStore, 'payments' | 'account'>;
  /** The name a channel goes by now; undefined: it has none. */
  readonly nameOf: (channelId: ChannelId) => Scid | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly ledgerNow: () => UnixMs;
  readonly log: Logger;
};

export type HiveState = {
  readonly enabled: ConfigSnapshot['hive_enabled'];
  readonly present: boolean | undefined;
  /** Its last answer to what we are in the fleet. */
  readonly answer: (HiveMembership & { readonly at: UnixMs }) | undefined;
  /** Why the last call brought nothing; undefined: it brought something, or none was made. */
  readonly problem: { readonly because: string; readonly at: UnixMs } | undefined;
  readonly brokenOff: boolean;
  readonly reports: {
    readonly sent: number;
    /** No or no usable answer, or refused: not told again. */
    readonly failed: number;
    /** Lost from a full line, or there was nobody to tell. */
    readonly dropped: number;
    readonly waiting: number;
  };
  /** What rebalances towards the fleet cost and hold in the rolling week, and its limit. */
  readonly week: { readonly used: Msat; readonly limit: Msat };
};

export class HiveService {
  readonly #parts: HiveParts;
  #waiting: RebalanceJob[] = [];
  #sent = 0;
  #failed = 0;
  #dropped = 0;
  #answer: HiveState['answer'];
  #problem: HiveState['problem'];
  #askedAt: UnixMs | undefined;

  constructor(parts: HiveParts) {
    this.#parts = parts;
  }

  /** From memory; asks nobody. */
  state(): HiveState {
    const { hive, present, config, spending, ledgerNow } = this.#parts;
    const { used, limit } = hiveWeek(spending.account(), spendLaw(config()), ledgerNow());
    return {
      enabled: config().hive_enabled,
      present: present(),
      answer: this.#answer,
      problem: this.#problem,
      brokenOff: hive.brokenOff,
      reports: {
        sent: this.#sent,
        failed: this.#failed,
        dropped: this.#dropped,
        waiting: this.#waiting.length,
      },
      week: { used, limit },
    };
  }

  /** A rebalance of ours has ended. Only remembers. */
  settled(job: RebalanceJob): void {
    if (!this.#speaking) return;
    this.#waiting.push(job);
    while (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
  }

  /** Called every minute: asks when it is time, and tells what waits. What goes wrong there is only remembered. */
  async turn(): Promise<void> {
    if (!this.#speaking) {
      this.#dropAll();
      return;
    }
    if (this.#waiting.length === 0 && !this.#isDue(ASK_EVERY_MS)) return;
    if (this.#isDue(FRESH_MS) || this.#problem !== undefined) await this.#askMembership();
    if (this.#problem !== undefined) return;
    if (this.#answer?.tier === undefined) {
      this.#dropAll();
      return;
    }
    for (const job of this.#waiting.slice(0, MOST_A_TURN)) if (!(await this.#tell(job))) return;
  }

  get #speaking(): boolean {
    const { present, config } = this.#parts;
    return config().hive_enabled !== 'false' && present() === true;
  }

  /** A clock that went back makes it due, too. */
  #isDue(afterMs: number): boolean {
    const since = this.#askedAt === undefined ? undefined : this.#now() - this.#askedAt;
    return since === undefined || since < 0 || since >= afterMs;
  }

  #now(): UnixMs {
    return this.#parts.clock.now();
  }

  #dropAll(): void {
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
  }

  async #askMembership(): Promise<void> {
    this.#askedAt = this.#now();
    await this.#attempt(async () => {
      this.#answer = { ...(await this.#parts.hive.membership()), at: this.#now() };
    });
  }

  /** False: enough for this turn. */
  async #tell(job: RebalanceJob): Promise<boolean> {
    // It may have been taken even without an answer, so it goes before that: told once, or not at all.
    this.#waiting = this.#waiting.filter(({ id }) => id !== job.id);
    const outcome = this.#outcomeOf(job);
    if (outcome === undefined) {
      this.#dropped += 1;
      return true;
    }
    const done = await this.#attempt(() => this.#parts.hive.report(outcome));
    if (done) this.#sent += 1;
    else this.#failed += 1;
    return done;
  }

  async #attempt(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      if (this.#problem !== undefined) this.#parts.log('info', 'cl-hive answers again');
      this.#problem = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof RetryLater || error instanceof NodeRefused)) throw error;
      if (this.#problem === undefined)
        this.#parts.log('info', `cl-hive is told nothing now: ${error.message}`);
      this.#problem = { because: error.message, at: this.#now() };
      return false;
    }
  }

  /** undefined: where it was taken from has no name any more. */
  #outcomeOf(job: RebalanceJob): RebalanceOutcome | undefined {
    const { spending, nameOf } = this.#parts;
    const source = gaveMost(spending.payments({ jobId: job.id, limit: MOST_PAYMENTS }));
    const sourceId = source ?? job.sources[0];
    const from = sourceId && nameOf(sourceId);
    if (from === undefined) return undefined;
    const success = job.outcome === 'moved';
    const amount = success ? job.moved : job.amount;
    return { from, to: job.scid, amount, cost: job.spent, success };
  }
}

/** Of several sources offered, the one most was taken from; undefined: none is known. */
function gaveMost(payments: readonly CircularPayment[]): ChannelId | undefined {
  const given = new Map<ChannelId, Msat>();
  for (const { out, sent } of payments)
    if (out !== undefined) given.set(out, msat((given.get(out) ?? 0n) + sent));
  const [most] = [...given].toSorted(([, a], [, b]) => (a > b ? -1 : a < b ? 1 : 0));
  return most?.[0];
}
