/**
 * The fee cycle: observe → decide → act → record (docs/ARCHITECTURE.md). It reads one frozen config and one frozen
 * view of the node, decides every channel, stores what was learnt, and only then sends what changed, one after another.
 */
import { adoptOutside, afterUnknown, newFeeState } from '../core/fees/adoption.ts';
import { decideFee } from '../core/fees/alpha-sequence.ts';
import { withoutFuture } from '../core/fees/clock-back.ts';
import { learn } from '../core/fees/learner.ts';
import type {
  ChannelFeeState,
  FeeDecision,
  FeeMarket,
  FeeObservation,
  FeeSettings,
} from '../core/fees/types.ts';
import { DAY_MS, laterBy } from '../core/units.ts';
import { toText } from '../core/wire-text.ts';
import type { Logger } from '../ports/logger.ts';
import type { FeeSetter } from '../ports/node.ts';
import type { FeeChange, FeeRecord, NewDecision, Store } from '../ports/store.ts';
import { type ActResult, act } from './fee-act.ts';
import type { FeeLook, FeeLooker } from './fee-look.ts';
import { Meanwhile } from './meanwhile.ts';

/** SPEC 3.8: a channel that someone else priced twice within a day is theirs for a day. */
const YIELD_MS = DAY_MS;

export type FeeCycleParts = {
  readonly looker: FeeLooker;
  /** undefined below authority `fees`: nothing can be sent. */
  readonly setter: () => FeeSetter | undefined;
  readonly store: Store;
  readonly log: Logger;
  readonly alert: (text: string) => void;
  readonly notify: (decision: NewDecision) => void;
  /** A second look is due (congestion). */
  readonly lookAgain: (afterMs: number) => void;
};

export type FeeCycleReport = {
  readonly cycle: number;
  readonly eligible: number;
  readonly set: number;
  readonly failed: number;
  readonly unknown: number;
  readonly would: number;
};

/** What a state is judged under. `origin` of channels never seen before. */
type Known = Pick<FeeLook, 'market' | 'law' | 'origin'>;

type Judged = {
  readonly seen: FeeObservation;
  readonly state: ChannelFeeState;
  readonly decision: FeeDecision;
  readonly market: FeeMarket;
};

export class FeeCycle {
  readonly #parts: FeeCycleParts;

  constructor(parts: FeeCycleParts) {
    this.#parts = parts;
  }

  /** `policiesOnly`: while history is being read only rule 0 is obeyed, and nothing is learnt (SPEC 2.2). */
  async run(reason: string, policiesOnly = false): Promise<FeeCycleReport> {
    const { store, looker, log } = this.#parts;
    const whole = await looker.look(policiesOnly ? 'policies' : 'cycle');
    const look = policiesOnly ? pinnedOnly(whole) : whole;
    const meanwhile = new Meanwhile(store, look.at);
    const peers = new Map(look.picture.map(({ channelId, peerId }) => [channelId, peerId]));
    const cycle = store.fees.nextCycle();
    const judged = this.#judge(look);
    const setter = this.#parts.setter();
    const acting = setter ? judged.filter(({ decision }) => decision.kind === 'set') : [];
    const idle = judged.filter((one) => !acting.includes(one));
    store.fees.recordCycle({
      idle: idle.map((one) => idleRecord(one, look.law)),
      learned: acting.map(({ state }) => state),
      cursor: look.cursor,
    });
    const results: ActResult[] = [];
    for (const one of acting) {
      const { channelId } = one.seen;
      const peerId = peers.get(channelId);
      if (peerId === undefined || meanwhile.overtook(channelId, peerId)) continue;
      results.push(await this.send(one, look.law, cycle));
    }
    // SPEC 7.11: nothing of closed channels stays behind.
    if (look.gone.length > 0) store.fees.dropStates(look.gone);
    this.#scheduleSecondLook(judged);
    const report = count(cycle, judged, results, acting.length === 0);
    log('debug', `fee cycle ${cycle} (${reason}): ${report.eligible} channels, ${report.set} set`);
    return report;
  }

  /** Sends one decision and records what came of it. */
  async send(
    one: Judged,
    law: FeeSettings,
    cycle: number,
    by?: FeeChange['by'],
    setter = this.#parts.setter(),
  ): Promise<ActResult> {
    const { store, log, alert } = this.#parts;
    const { seen, state, decision } = one;
    const result = await act(setter, seen, decision);
    const record = actedRecord(one, law, cycle, result, by);
    store.fees.record(record);
    this.#parts.notify(record.decision);
    const what = `${seen.onNode.ppm} → ${decision.target.ppm} ppm on ${seen.channelId}`;
    if (result.outcome === 'done') log('info', `fee ${what}: ${decision.binding}`);
    else if (result.outcome !== 'none' && result.outcome !== 'would')
      alert(
        `fee ${what} ${result.outcome}: ${result.error ?? 'no reason given'}; was ${state.sent.ppm} ppm`,
      );
    return result;
  }

  #judge(look: FeeLook): readonly Judged[] {
    let sentNow = 0;
    return look.channels.map(({ seen, evidence }) => {
      const market = { ...look.market, gossipSentToday: look.market.gossipSentToday + sentNow };
      const found = this.known(seen, look.states.get(seen.channelId), { ...look, market });
      const state =
        evidence && !seen.splicing ? learn(found, evidence, seen, market, look.law) : found;
      const decision = decideFee(seen, state, market, look.law);
      if (decision.kind === 'set' && seen.announced) sentNow += 1;
      return { seen, state, decision, market };
    });
  }

  /** The state to decide from; a price that someone else set is adopted and may yield the channel to them. */
  known(seen: FeeObservation, state: ChannelFeeState | undefined, known: Known): ChannelFeeState {
    const found = reconcile(seen, state, known);
    if (found.yields && this.#parts.setter()) this.#yieldTo(seen);
    return found.state;
  }

  #yieldTo(seen: FeeObservation): void {
    const { store, alert } = this.#parts;
    const reason = 'its price was changed by someone else twice within a day';
    const expiresAt = laterBy(seen.at, YIELD_MS);
    store.locks.add({
      scope: 'fees',
      channelId: seen.channelId,
      reason,
      since: seen.at,
      expiresAt,
    });
    alert(`${seen.channelId} is left alone for 24 h: ${reason}`);
  }

  #scheduleSecondLook(judged: readonly Judged[]): void {
    const waits = judged.flatMap(({ decision }) => decision.lookAgainMs ?? []);
    if (waits.length > 0) this.#parts.lookAgain(Math.min(...waits));
  }
}

/**
 * What we remember of a channel against what lightningd shows: first sight, an act whose outcome was unknown (what
 * is there now is the answer), the price as we left it, or a price that someone else set.
 */
export function reconcile(
  seen: FeeObservation,
  stored: ChannelFeeState | undefined,
  { market, law, origin }: Known,
): { readonly state: ChannelFeeState; readonly yields: boolean } {
  const state = stored && withoutFuture(stored, seen.at, law);
  if (!state) return { state: newFeeState(seen, market, law, origin), yields: false };
  if (state.unknownSince !== undefined) return { state: afterUnknown(state, seen), yields: false };
  const { ppm, base } = seen.onNode;
  if (state.sent.ppm === ppm && state.sent.base === base) return { state, yields: false };
  const adopted = adoptOutside(state, seen, market, law);
  return { state: adopted.state, yields: adopted.yield };
}

/** Channels whose price a policy fixes: they need no evidence. */
const pinnedOnly = (look: FeeLook): FeeLook => ({
  ...look,
  channels: look.channels.filter(
    ({ seen: { policy } }) => policy.strategy === 'static' || policy.strategy === 'hive',
  ),
});

function count(
  cycle: number,
  judged: readonly Judged[],
  results: readonly ActResult[],
  nobodySends: boolean,
): FeeCycleReport {
  const ended = (outcome: ActResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  const wanted = judged.filter(({ decision }) => decision.kind === 'set').length;
  return {
    cycle,
    eligible: judged.length,
    set: ended('done'),
    failed: ended('failed'),
    unknown: ended('unknown'),
    would: nobodySends ? wanted : 0,
  };
}

/** No act: `next` holds at once, except that a price nobody could send is not taken as sent. */
function idleRecord(one: Judged, law: FeeSettings): FeeRecord {
  const would = one.decision.kind === 'set';
  return {
    state: would ? { ...one.state, target: one.decision.target.ppm } : one.decision.next,
    decision: journaled(one, law, { outcome: would ? 'would' : 'none', error: undefined }),
    change: undefined,
  };
}

function actedRecord(
  one: Judged,
  law: FeeSettings,
  cycle: number,
  result: ActResult,
  by: FeeChange['by'] | undefined,
): FeeRecord {
  const { seen, state, decision } = one;
  const onNode = { ppm: seen.onNode.ppm, base: seen.onNode.base, htlcMax: seen.onNode.htlcMax };
  const applied = result.outcome === 'done';
  const change = {
    channelId: seen.channelId,
    at: seen.at,
    from: onNode,
    to: {
      ppm: decision.target.ppm,
      base: decision.target.base,
      htlcMax: decision.target.htlcMax ?? onNode.htlcMax,
    },
    by: by ?? decision.ruledBy,
    cycle,
    gossiped: seen.announced,
  };
  return {
    state: nextState(state, decision, result, seen),
    decision: journaled(one, law, result),
    change: applied || result.outcome === 'unknown' ? change : undefined,
  };
}

/** done: as decided. unknown: tokens count as spent, and the node is read before anything else. failed: as it was. */
function nextState(
  state: ChannelFeeState,
  decision: FeeDecision,
  result: ActResult,
  seen: FeeObservation,
): ChannelFeeState {
  if (result.outcome === 'done') return decision.next;
  if (result.outcome === 'unknown') {
    // A special price that was left without an answer may still stand, with its htlcmax.
    const htlcMaxBefore = decision.next.htlcMaxBefore ?? state.htlcMaxBefore;
    return { ...decision.next, htlcMaxBefore, unknownSince: seen.at };
  }
  return { ...state, target: decision.target.ppm };
}

function journaled(one: Judged, law: FeeSettings, result: ActResult): NewDecision {
  const { seen, state, decision, market } = one;
  return {
    at: seen.at,
    kind: 'fee',
    channelId: seen.channelId,
    configVersion: law.version,
    rule: decision.ruledBy,
    binding: decision.binding,
    number: decision.target.ppm,
    trail: decision.trail,
    inputs: () => toText({ seen, state, market, law }),
    outcome: result.outcome,
    error: result.error,
  };
}
