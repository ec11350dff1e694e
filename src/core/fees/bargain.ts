/** What rules 2 and 3 have in common: a price near nothing, so how much can leave is bounded (SPEC 3, rule 3). */
import { DAY_MS, fromSat, laterBy, type Msat, msat } from '../units.ts';
import { percent } from '../wording.ts';
import type { ChannelFeeState, FeeObservation } from './types.ts';
import type { Memory, Wish } from './verdict.ts';

/** SPEC 3, rule 3: one HTLC takes at most 2 % of capacity, or 50 000 sat if that is more. */
const HTLC_MAX_LEAST = fromSat(50_000);
const HTLC_MAX_PARTS = 50n;
/** SPEC 3, rule 3: after 10 % of capacity in a rolling day the bargain rests until the next. */
const DAY_LIMIT_PARTS = 10n;
const LEFT_DIGITS = 10_000n;

const larger = (a: Msat, b: Msat): Msat => (a > b ? a : b);

/** The htlcmax to send; undefined: what the node has is small enough. lightningd refuses one below htlcmin. */
export function bargainHtlcMax(seen: FeeObservation): Msat | undefined {
  const bound = larger(
    larger(HTLC_MAX_LEAST, msat(seen.capacity / HTLC_MAX_PARTS)),
    seen.onNode.htlcMin,
  );
  return seen.onNode.htlcMax > bound ? bound : undefined;
}

/** Why no bargain is offered now, and until when; undefined: it may run. */
export function bargainRests(
  seen: FeeObservation,
  state: ChannelFeeState,
): { readonly because: string; readonly memory: Memory } | undefined {
  const { bargainRestUntil: until } = state;
  if (until !== undefined && seen.at < until)
    return { because: 'enough left at a bargain price today', memory: {} };
  if (seen.policy.minPpm !== undefined && seen.policy.minPpm > 1)
    return { because: `the peer's own minimum is ${seen.policy.minPpm} ppm`, memory: {} };
  if (seen.leftInDay * DAY_LIMIT_PARTS < seen.capacity) return undefined;
  return {
    because: `${percent(leftShare(seen))} of capacity left within a day, the bound is 10 %`,
    memory: { bargainRestUntil: laterBy(seen.at, DAY_MS) },
  };
}

function leftShare({ leftInDay, capacity }: FeeObservation): number {
  if (capacity <= 0n) return 0;
  return Number((leftInDay * LEFT_DIGITS) / capacity) / Number(LEFT_DIGITS);
}

/**
 * Whatever follows rules 2 and 3 gives the channel its htlcmax back, with no grace for the old price: else the
 * larger HTLC could still pay it for ten minutes (flash drain).
 */
export function withHtlcMaxBack(wish: Wish, seen: FeeObservation, state: ChannelFeeState): Wish {
  const before = state.htlcMaxBefore;
  if (before === undefined || wish.rule === 'probe' || wish.rule === 'fire-sale') return wish;
  if (seen.onNode.htlcMax >= before) return wish;
  return { ...wish, htlcMax: wish.htlcMax ?? before, enforceDelay: 0 };
}
