/**
 * What an operator does to prices by hand: pin, undo, and the restoring of special prices when we stop or come
 * back (SPEC 3.9). Every one of them is journaled and counted like a cycle's own change, and goes through the
 * same single place that can set a fee.
 */
import { decideFee } from '../core/fees/alpha-sequence.ts';
import { decideManual } from '../core/fees/manual.ts';
import { withoutSpecials } from '../core/fees/restore.ts';
import type {
  ChannelFeeState,
  Fee,
  FeeDecision,
  FeeMarket,
  FeeObservation,
  FeeSettings,
} from '../core/fees/types.ts';
import { isEpisode } from '../core/fees/verdict.ts';
import { policyPrice } from '../core/policy/fixed-price.ts';
import { DYNAMIC } from '../core/policy/policy.ts';
import { subjectName } from '../core/policy/subject.ts';
import type { ChannelId, Msat } from '../core/units.ts';
import { fromText } from '../core/wire-text.ts';
import { BadRequest, Bug } from '../ports/errors.ts';
import type { FeeSetter, PeerChannel } from '../ports/node.ts';
import type { FeeChange, Store } from '../ports/store.ts';
import { type FeeCycle, reconcile } from './fee-cycle.ts';
import type { FeeLook, FeeLooker } from './fee-look.ts';
import { type PolicyOrder, planPolicies } from './policy-changes.ts';
import type { FeeActResult, FeeService, ManualFeeRequest, UndoRequest } from './services.ts';
import { unpinning } from './unpinning.ts';

type Manual = {
  readonly fee: Fee & { readonly htlcMax: Msat | undefined };
  readonly because: string;
};

export class FeeCommands implements FeeService {
  readonly #looker: FeeLooker;
  readonly #cycle: FeeCycle;
  readonly #store: Store;
  readonly #commandFor: (channelId: ChannelId, fee: Fee) => string;
  readonly #said: () => void;

  /** `commandFor`: what an operator types to set a fee without us. `said`: policies are others now. */
  constructor(
    looker: FeeLooker,
    cycle: FeeCycle,
    store: Store,
    commandFor: (channelId: ChannelId, fee: Fee) => string,
    said: () => void,
  ) {
    this.#said = said;
    this.#commandFor = commandFor;
    this.#looker = looker;
    this.#cycle = cycle;
    this.#store = store;
  }

  async setFee(request: ManualFeeRequest, check: boolean): Promise<readonly FeeActResult[]> {
    const look = await this.#looker.look('glance');
    const chosen = look.channels.filter(({ seen, channel }) =>
      'channelId' in request.subject
        ? seen.channelId === request.subject.channelId
        : channel.peerId === request.subject.peerId,
    );
    if (chosen.length === 0) throw new BadRequest('channel_id', 'no managed channel of this name');
    this.#say(this.#pins(request, look, chosen), 'set-fee', look, check);
    const wishes = new Map(
      chosen.map(({ seen }) => [seen.channelId, this.#pinned(request, seen.channelId, look)]),
    );
    return this.#apply(look, wishes, 'manual', check);
  }

  /** The later command wins: a channel with a word of its own would not hear one for its peer. */
  #pins(
    { subject, ppm, expiresInHours }: ManualFeeRequest,
    look: FeeLook,
    chosen: FeeLook['channels'],
  ): readonly PolicyOrder[] {
    const patch = { strategy: 'static' as const, feePpm: ppm, expiresInHours };
    const held = this.#store.policies.held(look.at);
    const deaf = chosen.filter(({ seen }) => held.get(seen.channelId)?.rules);
    const own =
      'channelId' in subject ? [] : deaf.map(({ seen }) => ({ channelId: seen.channelId }));
    return [subject, ...own].map((one) => ({
      subject: one,
      peerId: chosen[0]?.channel.peerId,
      action: 'set',
      patch,
    }));
  }

  /** A pin stays inside the bounds of whoever it is for, as its policy will (SPEC 3, rule 0). */
  #pinned({ subject, ppm }: ManualFeeRequest, channelId: ChannelId, { at, law }: FeeLook): Manual {
    const held = this.#store.policies.held(at);
    const own = held.get(channelId);
    const layer = own?.rules ? own : held.get(subjectName(subject));
    const policy = { ...(layer?.policy ?? DYNAMIC), strategy: 'static' as const, feePpm: ppm };
    const price = policyPrice(policy, law);
    const rate = price.kind === 'fixed' ? price.ppm : ppm;
    const bounded = rate === ppm ? '' : `, its own bounds make it ${rate} ppm`;
    return {
      fee: { ppm: rate, base: law.base, htlcMax: undefined },
      because: `pinned at ${ppm} ppm by the operator${bounded}`,
    };
  }

  /** A command's change of policies: outside the limit a minute, and in the log like any other. */
  #say(
    orders: readonly PolicyOrder[],
    by: 'set-fee' | 'undo',
    { at }: FeeLook,
    check = false,
  ): void {
    const { policies } = this.#store;
    const plan = planPolicies(policies, orders, by, at);
    switch (plan.kind) {
      case 'planned':
        if (check || plan.writes.length === 0) return;
        policies.write(plan.writes, at);
        this.#said();
        return;
      case 'refused':
        throw new BadRequest(plan.field, plan.because);
      case 'denied':
        throw new Bug(plan.because);
    }
  }

  async undo(request: UndoRequest, check: boolean): Promise<readonly FeeActResult[]> {
    const look = await this.#looker.look('glance');
    const wishes =
      'baseline' in request ? this.#baseline(request.channelId, look) : this.#before(request);
    const named = (['change', 'cycle'] as const).find((way) => way in request);
    // A time in which nothing changed, or a node without a baseline, is no mistake of anybody's.
    if (wishes.size === 0 && named !== undefined)
      throw new BadRequest(named, 'no fee change of ours matches');
    // A pin goes with the price it held, else the next cycle would set that price again.
    if (!check) this.#say(unpinning(look, wishes, this.#store.policies), 'undo', look);
    return this.#apply(look, wishes, 'undo', check);
  }

  #baseline(only: ChannelId | undefined, look: FeeLook): ReadonlyMap<ChannelId, Manual> {
    const wishes = new Map<ChannelId, Manual>();
    for (const { seen } of look.channels) {
      const { channelId } = seen;
      const state = look.states.get(channelId);
      if (state === undefined) continue;
      if (only === undefined ? !this.#isTheirs(seen) : only === channelId)
        wishes.set(channelId, { fee: state.baseline, because: 'the price found at first start' });
    }
    return wishes;
  }

  /** Left alone, and somebody else has set its price since we did: it is not for "all" to take back (SPEC 3, rule 0). */
  #isTheirs({ channelId, policy, onNode }: FeeObservation): boolean {
    if (policy.strategy !== 'passive') return false;
    const [last] = this.#store.fees.changes({ channelId, limit: 1 });
    return last === undefined || last.to.ppm !== onNode.ppm || last.to.base !== onNode.base;
  }

  /** The oldest matching change of each channel says what was before all of them. */
  #before(request: Exclude<UndoRequest, { baseline: true }>): ReadonlyMap<ChannelId, Manual> {
    const wishes = new Map<ChannelId, Manual & { id: number }>();
    for (const change of this.#matching(request)) {
      const known = wishes.get(change.channelId);
      if (known && known.id < change.id) continue;
      wishes.set(change.channelId, {
        id: change.id,
        fee: { ...change.from, htlcMax: htlcMaxBefore(change, known?.fee.htlcMax) },
        because: `what was before change ${change.id}`,
      });
    }
    return wishes;
  }

  #matching(request: Exclude<UndoRequest, { baseline: true }>): readonly FeeChange[] {
    const limit = Number.MAX_SAFE_INTEGER;
    if ('cycle' in request) return this.#store.fees.changes({ cycle: request.cycle, limit });
    if ('since' in request) return this.#store.fees.changes({ since: request.since, limit });
    return this.#store.fees.changes({ limit }).filter(({ id }) => id === request.change);
  }

  async #apply(
    look: FeeLook,
    wishes: ReadonlyMap<ChannelId, Manual>,
    by: 'manual' | 'undo',
    check: boolean,
  ): Promise<readonly FeeActResult[]> {
    const results: FeeActResult[] = [];
    const cycle = check ? 0 : this.#store.fees.nextCycle();
    for (const { seen } of look.channels) {
      const wish = wishes.get(seen.channelId);
      if (!wish) continue;
      const remembered = look.states.get(seen.channelId);
      // A check looks, too, but yields nothing to anybody: that would be an act.
      const state = check
        ? reconcile(seen, remembered, look).state
        : this.#cycle.known(seen, remembered, look);
      const decision = decideManual(seen, state, wish.fee, look.law, wish.because, by);
      const one = { seen, state, decision, market: look.market };
      const result = check
        ? { outcome: 'would' as const, error: undefined }
        : await this.#cycle.send(one, look.law, cycle, by);
      results.push({
        channelId: seen.channelId,
        outcome: result.outcome,
        from: seen.onNode.ppm,
        to: decision.target.ppm,
        because: result.error ?? wish.because,
      });
    }
    return results;
  }

  /**
   * Rule 4's price for every channel that stands under rules 1 to 3: when we stop, first when we come back, and when
   * authority is taken from us; then `last` is the setter that does only this any more.
   */
  async restoreSpecials(last?: FeeSetter): Promise<number> {
    const special = [...this.#store.fees.states().values()].filter(
      ({ ruledBy, unknownSince }) => isEpisode(ruledBy) || unknownSince !== undefined,
    );
    if (special.length === 0) return 0;
    const look = await this.#looker.look('glance');
    const cycle = this.#store.fees.nextCycle();
    let restored = 0;
    for (const { seen } of look.channels) {
      if (!special.some(({ channelId }) => channelId === seen.channelId)) continue;
      const state = this.#cycle.known(seen, look.states.get(seen.channelId), look);
      const decision = withoutSpecials(seen, state, look.market, look.law);
      const one = { seen, state, decision, market: look.market };
      const result = await this.#cycle.send(one, look.law, cycle, 'shutdown', last);
      if (result.outcome === 'done') restored += 1;
    }
    return restored;
  }

  async preview(
    channelId: ChannelId,
  ): Promise<{ readonly decision: FeeDecision; readonly channel: PeerChannel } | undefined> {
    const look = await this.#looker.look('glance');
    const found = look.channels.find(({ seen }) => seen.channelId === channelId);
    if (!found) return undefined;
    const { seen, channel } = found;
    const { state } = reconcile(seen, look.states.get(channelId), look);
    return { decision: decideFee(seen, state, look.market, look.law), channel };
  }

  replay(inputs: string): FeeDecision {
    const stored = fromText(inputs);
    if (!isFeeInputs(stored)) throw new Bug('the stored inputs are not those of a fee decision');
    return decideFee(stored.seen, stored.state, stored.market, stored.law);
  }

  restoreCommands(): readonly string[] {
    return [...this.#store.fees.states()].map(([channelId, { baseline }]) =>
      this.#commandFor(channelId, baseline),
    );
  }

  changes(limit: number): readonly FeeChange[] {
    return this.#store.fees.changes({ limit });
  }
}

/** Only a change that moved htlcmax is undone in it: else it belongs to whoever set it since. */
const htlcMaxBefore = ({ from, to }: FeeChange, known: Msat | undefined): Msat | undefined =>
  from.htlcMax === to.htlcMax ? known : from.htlcMax;

type FeeInputs = {
  readonly seen: FeeObservation;
  readonly state: ChannelFeeState;
  readonly market: FeeMarket;
  readonly law: FeeSettings;
};

/** Our own text, written by the cycle: its four parts are there or it is not a fee decision. */
function isFeeInputs(value: unknown): value is FeeInputs {
  if (typeof value !== 'object' || value === null) return false;
  return ['seen', 'state', 'market', 'law'].every((part) => part in value);
}
