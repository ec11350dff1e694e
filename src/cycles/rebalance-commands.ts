/**
 * What an operator does about liquidity by hand, and sees of it (SPEC 4.8). An order goes the same way as the cycle's:
 * through the airlock, journaled, held and counted; it is answered within seconds, its outcome comes later.
 */
import type { ConfigSnapshot } from '../config/snapshot.ts';
import type { DiagnosticVerdict } from '../core/rebalance/diagnostic.ts';
import { planRebalances } from '../core/rebalance/rebalance-sequence.ts';
import type { RebalancePlan, RebalanceVerdict } from '../core/rebalance/types.ts';
import { type Cap, nodeCaps } from '../core/spending/caps.ts';
import { laterBy, type Msat, type UnixMs } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import type { Clock } from '../ports/clock.ts';
import type { RebalanceJob } from '../ports/spending.ts';
import type { NewDecision, Store } from '../ports/store.ts';
import { spendLaw } from './airlock/spend-law.ts';
import { treatments } from './defibrillator.ts';
import { planManual } from './manual-plan.ts';
import { cameOf, lockOn, ORDERING } from './rebalance-acts.ts';
import { type Came, replayRebalance } from './rebalance-journal.ts';
import type { RebalanceLooker, WideLook } from './rebalance-look.ts';
import type {
  Airlock,
  ManualAnswer,
  ManualRebalance,
  OrderResult,
  RebalancePreview,
  RebalanceService,
  SpendState,
} from './rebalance-services.ts';

/** cl-hive waits 5 s for an answer (SPEC 8). */
const ANSWER_WITHIN_MS = 4000;
const LATE = `the node gave no answer within ${ANSWER_WITHIN_MS / 1000} s`;

/** What the airlock knows of the backend, from memory. */
export type BackendView = Pick<SpendState, 'readiness' | 'backend' | 'foreign'>;

export type RebalanceCommandParts = {
  readonly looker: Pick<RebalanceLooker, 'look' | 'funds'>;
  readonly airlock: () => Airlock | undefined;
  /** Why there is no airlock, for the operator: `authority is fees`. */
  readonly withoutAirlock: () => string;
  readonly backend: () => BackendView;
  readonly store: Pick<Store, 'channels' | 'journal' | 'locks' | 'spending'>;
  readonly clock: Pick<Clock, 'now' | 'at'>;
  /** The ledger's time, in which budgets roll. */
  readonly ledgerNow: () => UnixMs;
  readonly config: () => ConfigSnapshot;
  readonly notify: (decision: NewDecision) => void;
  /** A rebalance whose outcome was unknown has been settled by hand. */
  readonly onSettled: (job: RebalanceJob) => void;
  /** What goes wrong after the answer was given. */
  readonly onLate: (error: unknown) => void;
};

type Manual = {
  readonly request: ManualRebalance;
  readonly plan: RebalancePlan;
  readonly look: WideLook;
};

export class RebalanceCommands implements RebalanceService {
  readonly #parts: RebalanceCommandParts;

  constructor(parts: RebalanceCommandParts) {
    this.#parts = parts;
  }

  async order(request: ManualRebalance, check: boolean): Promise<ManualAnswer> {
    const deadline = new Deadline(this.#parts.clock, ANSWER_WITHIN_MS);
    try {
      return await this.#orderBefore(deadline, request, check);
    } finally {
      deadline.cancel();
    }
  }

  async #orderBefore(
    deadline: Deadline,
    request: ManualRebalance,
    check: boolean,
  ): Promise<ManualAnswer> {
    const { looker, store } = this.#parts;
    const look = await deadline.race(
      looker.look('glance', store.channels.get(request.to)?.peerId),
      this.#parts.onLate,
    );
    if (look === undefined) return { kind: 'failed', because: `${LATE}: nothing was ordered` };
    const locked = this.#lockOn(request);
    if (locked !== undefined) return { kind: 'refused', code: 'locked', because: locked };
    const planned = planManual(request, look);
    if ('code' in planned) return { kind: 'refused', ...planned };
    const { plan } = planned;
    if (check) return { kind: 'would', plan, because: 'checked only: nothing was ordered' };
    const manual = { request, plan, look };
    const airlock = this.#parts.airlock();
    if (airlock === undefined) {
      this.#journal(manual, { outcome: 'would' });
      return { kind: 'would', plan, because: this.#parts.withoutAirlock() };
    }
    return this.#send(airlock, manual, deadline);
  }

  async preview(): Promise<RebalancePreview> {
    const look = await this.#parts.looker.look('glance');
    const { at, law, nodeLock, locked, channels } = look;
    return {
      at,
      law,
      nodeLock,
      locked,
      channels,
      verdicts: planRebalances(channels, law, at),
      diagnostics: treatments(look),
    };
  }

  state(): SpendState {
    const { store, looker, backend } = this.#parts;
    const jobs = store.spending.openJobs();
    return { ...backend(), jobs, caps: this.#caps(), funds: looker.funds };
  }

  jobs(limit: number): readonly RebalanceJob[] {
    return this.#parts.store.spending.jobs(limit);
  }

  settle(id: number, spent: Msat, check: boolean): boolean {
    const { store, clock, ledgerNow } = this.#parts;
    const job = store.spending.job(id);
    if (job?.state !== 'unknown') return false;
    if (check) return true;
    const at = clock.now();
    const done = store.spending.settleByHand(id, spent, { wall: at, ledger: ledgerNow() });
    if (done) this.#parts.onSettled(store.spending.job(id) ?? job);
    if (done)
      this.#write(job.destination, at, {
        rule: 'settled by hand',
        binding: 'manual',
        number: undefined,
        because: `rebalance ${id} cost ${spent} msat in all, by the operator's word`,
        inputs: toText({ id, spent }),
        came: { outcome: 'done' },
      });
    return done;
  }

  replay(inputs: string): RebalanceVerdict | DiagnosticVerdict {
    return replayRebalance(inputs);
  }

  #caps(): readonly Cap[] | undefined {
    const { store, looker, config, ledgerNow } = this.#parts;
    const account = store.spending.account();
    const caps = nodeCaps(account, looker.funds, spendLaw(config()), ledgerNow());
    return 'missing' in caps ? undefined : caps;
  }

  /** The brake and the locks hold the operator too, whatever is forced: both are ended by commands of their own. */
  #lockOn({ from, to }: ManualRebalance): string | undefined {
    const { store, clock } = this.#parts;
    return lockOn(store.locks.active(clock.now()), [to, from]);
  }

  async #send(airlock: Airlock, manual: Manual, deadline: Deadline): Promise<ManualAnswer> {
    const { store, notify, onLate } = this.#parts;
    const { request, plan, look } = manual;
    const decisionId = this.#journal(manual, ORDERING).id;
    const force = request.force && request.maxFee !== undefined;
    let wanted = true;
    const subject = plan.destination;
    // What the fleet may lose in a week is one sum, whoever orders it; only a stated fee forces it (SPEC 4.5, 4.8).
    const toFleet = look.channels.some((one) => one.channelId === subject && one.hive);
    const kind = toFleet && !force ? ('hive' as const) : ('manual' as const);
    const asked = { kind, plan, subject, force, decisionId };
    const order = { ...asked, wanted: () => wanted };
    const answer = airlock.order(order, look.picture).then((result) => {
      notify(this.#journal(manual, cameOf(result)).decision);
      return result;
    });
    const inTime = await deadline.race(answer, onLate);
    if (inTime !== undefined) return answered(inTime, plan);
    const job = store.spending.openJobs().find((one) => one.decisionId === decisionId);
    if (job) return { kind: 'initiated', job, plan };
    // Minutes later the operator would not know of it any more.
    wanted = false;
    return { kind: 'failed', because: `${LATE}: nothing was ordered` };
  }

  #journal({ request, plan, look }: Manual, came: Came) {
    const { maxFee, force } = request;
    return this.#write(plan.destination, look.at, {
      rule: 'manual',
      binding: came.held?.by ?? (force ? 'forced' : 'manual'),
      number: plan.maxPpm,
      because: `${plan.amount} msat from ${request.from} by the operator, at most ${maxFee === undefined ? 'what it bears' : `${maxFee} msat`}${force ? ', forced' : ''}`,
      inputs: toText({ request, plan }),
      came,
    });
  }

  #write(
    channelId: ManualRebalance['to'],
    at: UnixMs,
    words: {
      readonly rule: string;
      readonly binding: string;
      readonly number: number | undefined;
      readonly because: string;
      readonly inputs: string;
      readonly came: Came;
    },
  ): { readonly id: number; readonly decision: NewDecision } {
    const { rule, binding, number, because, inputs, came } = words;
    const decision: NewDecision = {
      at,
      kind: 'rebalance-manual',
      channelId,
      configVersion: this.#parts.config().version,
      rule,
      binding,
      number,
      trail: [
        { rule, verdict: 'applies', because },
        ...(came.held
          ? [{ rule: came.held.by, verdict: 'applies' as const, because: came.held.because }]
          : []),
      ],
      inputs,
      outcome: came.outcome,
      error: came.error,
    };
    return { id: this.#parts.store.journal.append(decision), decision };
  }
}

/** Waits for others no longer than it may. */
class Deadline {
  readonly #over: Promise<undefined>;
  readonly cancel: () => void;

  constructor(clock: Pick<Clock, 'now' | 'at'>, ms: number) {
    let ring: () => void = () => undefined;
    this.#over = new Promise((resolve) => {
      ring = () => resolve(undefined);
    });
    this.cancel = clock.at(laterBy(clock.now(), ms), async () => ring());
  }

  /** undefined: it is late. What goes wrong after that is told to `onLate`. */
  async race<T>(work: Promise<T>, onLate: (error: unknown) => void): Promise<T | undefined> {
    let late = false;
    const guarded = work.catch((error: unknown) => {
      if (!late) throw error;
      onLate(error);
      return undefined;
    });
    const first = await Promise.race([guarded, this.#over]);
    late = true;
    return first;
  }
}

function answered(result: OrderResult, plan: RebalancePlan): ManualAnswer {
  switch (result.kind) {
    case 'ordered':
      return { kind: 'initiated', job: result.job, plan };
    case 'refused':
      return { kind: 'refused', code: result.cap, because: result.because };
    case 'failed':
      return { kind: 'failed', because: result.because };
  }
}
