/**
 * The Alpha Sequence: one fee decision, read top to bottom (SPEC 3).
 *
 * Rules 0 to 4 are asked in order; the first that applies names the price. Gossip discipline then says whether it is
 * sent. Pure: the same arguments give the same decision, so the live cycle, the simulation, `revenue-explain` and a
 * replay all call this function and nothing else decides a price.
 *
 * Read on: congestion, probe and fire-sale (what they share: bargain) → price = learner (ladder or hill-climbing) ×
 * multipliers (scarcity, penalty), inside floor, slowed by early-days → gossip → next-state. Beside the decision:
 * adoption (prices of others), manual, restore, vegas and slot-utilisation (what they observe over time).
 */
import { policyPrice } from '../policy/fixed-price.ts';
import { percent } from '../wording.ts';
import { withHtlcMaxBack } from './bargain.ts';
import { inCanary } from './canary.ts';
import { congestion } from './congestion.ts';
import { fireSale } from './fire-sale.ts';
import { priceBand } from './floor.ts';
import { entryBarred, gossip } from './gossip.ts';
import { handOver } from './learner.ts';
import { nextState } from './next-state.ts';
import { price } from './price.ts';
import { zeroFeeProbe } from './probe.ts';
import { withoutSpecials } from './restore.ts';
import type {
  ChannelFeeState,
  FeeDecision,
  FeeMarket,
  FeeObservation,
  FeeSettings,
  Step,
} from './types.ts';
import { applies, isEpisode, passes, targetOf, type Verdict, type Wish } from './verdict.ts';

/**
 * Decides one channel. `next` holds once a 'set' succeeded, and at once for 'hold' and 'leave'. A channel that stops
 * being ours in the middle of rules 1 to 3 gets rule 4's price first: no special price is left behind.
 */
export function decideFee(
  seen: FeeObservation,
  stored: ChannelFeeState,
  market: FeeMarket,
  law: FeeSettings,
): FeeDecision {
  const state = handOver(stored, seen, law);
  const notOurs = leftAlone(seen, state, law);
  if (notOurs?.rule === 'unknown' || (notOurs && !isEpisode(state.ruledBy)))
    return unchanged('leave', seen, stored, [notOurs]);
  if (notOurs) return withoutSpecials(seen, state, market, law, [notOurs]);
  const band = priceBand(seen, market, law);
  const ruled = firstToApply(seen, state, market, [
    () => byPolicy(seen, law),
    () => congestion(seen, state, law, band),
    () => zeroFeeProbe(seen, state, law),
    () => fireSale(seen, state, law),
    () => price(seen, state, market, law, band),
  ]);
  if (!ruled.wish || !isPrice(ruled.wish.ppm))
    return unchanged('hold', seen, ruled.state, ruled.trail, ruled.lookAgainMs);
  const wish = withHtlcMaxBack(ruled.wish, seen, state);
  const verdict = gossip(seen, state, market, wish, band);
  return {
    kind: verdict.kind === 'send' ? 'set' : 'hold',
    target: targetOf(wish),
    ruledBy: wish.rule,
    binding: verdict.binding ?? wish.binding,
    trail: [...ruled.trail, verdict.step],
    next: nextState(seen, ruled.state, wish, verdict.kind),
    lookAgainMs: ruled.lookAgainMs,
  };
}

const isPrice = (rate: number): boolean => Number.isFinite(rate) && rate >= 0;

/** What stands above all rules: a price that is not ours to touch now. */
function leftAlone(
  seen: FeeObservation,
  state: ChannelFeeState,
  law: FeeSettings,
): Step | undefined {
  const leave = (rule: string, because: string): Step => ({ rule, verdict: 'applies', because });
  if (seen.locked !== undefined) return leave('locked', seen.locked);
  if (!inCanary(seen.channelId, law.canaryShare))
    return leave('canary', `only ${percent(law.canaryShare)} of the channels are priced now`);
  if (state.unknownSince !== undefined)
    return leave('unknown', 'an earlier call got no answer: the node must be read first');
  if (!Number.isFinite(seen.onNode.ppm)) return leave('unknown', 'what the node asks is unknown');
  const policy = policyPrice(seen.policy, law);
  return policy.kind === 'leave' ? leave('policy', policy.because) : undefined;
}

/** Rule 0. */
function byPolicy(seen: FeeObservation, law: FeeSettings): Verdict {
  const policy = policyPrice(seen.policy, law);
  if (policy.kind !== 'fixed') return passes('policy', 'dynamic: the rules below decide');
  const { ppm, base, binding, because } = policy;
  return applies(
    { rule: 'policy', ppm, base, htlcMax: undefined, enforceDelay: undefined, binding },
    because,
  );
}

type Ruled = {
  readonly wish: Wish | undefined;
  readonly state: ChannelFeeState;
  readonly trail: readonly Step[];
  readonly lookAgainMs: number | undefined;
};

/** Asks the rules in order. One of 1 to 3 that cannot afford to begin passes, and the next is asked. */
function firstToApply(
  seen: FeeObservation,
  state: ChannelFeeState,
  market: FeeMarket,
  rules: readonly (() => Verdict)[],
): Ruled {
  const trail: Step[] = [];
  let after = state;
  let lookAgainMs: number | undefined;
  for (const rule of rules) {
    const verdict = rule();
    lookAgainMs ??= verdict.lookAgainMs;
    const begins =
      verdict.wish && isEpisode(verdict.wish.rule) && verdict.wish.rule !== state.ruledBy;
    const barred = begins ? entryBarred(seen, state, market) : undefined;
    if (barred !== undefined) {
      trail.push(
        ...verdict.steps.map((step) => ({
          ...step,
          verdict: 'passes' as const,
          because: `${step.because}; but ${barred}`,
        })),
      );
      continue;
    }
    trail.push(...verdict.steps);
    after = { ...after, ...verdict.memory };
    if (verdict.wish) return { wish: verdict.wish, state: after, trail, lookAgainMs };
  }
  return { wish: undefined, state: after, trail, lookAgainMs };
}

function unchanged(
  kind: 'hold' | 'leave',
  { onNode }: FeeObservation,
  state: ChannelFeeState,
  trail: readonly Step[],
  lookAgainMs?: number,
): FeeDecision {
  return {
    kind,
    target: { ppm: onNode.ppm, base: onNode.base, htlcMax: undefined, enforceDelay: undefined },
    ruledBy: state.ruledBy,
    binding: trail.at(-1)?.rule ?? kind,
    trail,
    next: state,
    lookAgainMs,
  };
}
