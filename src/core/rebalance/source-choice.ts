/**
 * From where a destination is filled (SPEC 4.4): the best source names the amount, and every other source that could
 * give that amount alone, without lowering the price we can pay, is offered beside it. The backend may then take all
 * of it from any of them and no gate is broken.
 */
import type { Msat } from '../units.ts';
import { halfOf, type Parcel, parcelOf } from './amount.ts';
import { lossAt, type Value, valueAt, valueOfMoving } from './expected-value.ts';
import { inboundEstimate } from './inbound-estimate.ts';
import { reliability } from './reliability.ts';
import { hasSlotsFor, type SourceCode } from './source-gates.ts';
import { type Pooled, refusalFor, type SourcePool } from './source-pool.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

export type Offer = {
  readonly kind: 'offer';
  /** Best first, at least one. */
  readonly sources: readonly RebalanceChannel[];
  readonly parcel: Parcel;
  readonly value: Value;
};
export type Choice =
  | Offer
  | { readonly kind: 'none'; readonly refusals: ReadonlyMap<SourceCode, number> };

type Candidate = {
  readonly source: RebalanceChannel;
  readonly gives: Msat;
  readonly parcel: Parcel;
  readonly score: number;
};

/** Chooses among the pool for at most `want` (msat); refusals count why channels were left out. */
export function chooseSources(
  destination: RebalanceChannel,
  want: Msat,
  pool: SourcePool,
  law: RebalanceSettings,
): Choice {
  const refusals = new Map<SourceCode, number>();
  const candidates: Candidate[] = [];
  const scoreOf = scorer(destination, law);
  for (const pooled of pool.values()) {
    const seen = refusalFor(pooled, destination) ?? candidateFor(destination, want, pooled, law);
    if (typeof seen === 'string') refusals.set(seen, (refusals.get(seen) ?? 0) + 1);
    else candidates.push({ ...seen, score: scoreOf(pooled.source, seen.parcel.amount) });
  }
  const best = candidates.reduce<Candidate | undefined>(
    (leader, one) => (leader === undefined || isBetter(one, leader) ? one : leader),
    undefined,
  );
  if (best === undefined) return { kind: 'none', refusals };
  const { parcel } = best;
  const alone = valueOfMoving(destination, [best.source], parcel.amount, law, destination.budget);
  if (alone === undefined) return { kind: 'none', refusals };
  const sources = candidates
    .filter((one) => one === best || joins(one, best, alone, destination, law))
    .toSorted((one, other) => (isBetter(one, other) ? -1 : 1))
    .map(({ source }) => source);
  const value = valueOfMoving(destination, sources, parcel.amount, law, destination.budget);
  return value === undefined
    ? { kind: 'none', refusals }
    : { kind: 'offer', sources, parcel, value };
}

function candidateFor(
  destination: RebalanceChannel,
  want: Msat,
  { source, gives }: Pooled,
  law: RebalanceSettings,
): Omit<Candidate, 'score'> | SourceCode {
  const limits = { into: destination.htlcLimitIn, outOf: source.htlcLimitOut };
  const parcel = parcelOf(gives < want ? gives : want, limits, law);
  if (parcel === undefined) return 'nothing_to_give';
  if (!hasSlotsFor(source, parcel.chunk)) return 'scarcity_guard';
  return { source, gives, parcel };
}

/**
 * What is expected to be earned from one source alone at the inbound estimate, msat, less where it fails often. What
 * the destination sells of an amount is the same whoever gives it.
 */
function scorer(
  destination: RebalanceChannel,
  law: RebalanceSettings,
): (source: RebalanceChannel, amount: Msat) => number {
  const inbound = inboundEstimate(destination, law).ppm;
  const incomes = new Map<Msat, Msat | undefined>();
  const incomeOf = (amount: Msat): Msat | undefined => {
    if (!incomes.has(amount))
      incomes.set(amount, valueOfMoving(destination, [], amount, law, undefined)?.income);
    return incomes.get(amount);
  };
  return (source, amount) => {
    const income = incomeOf(amount);
    if (income === undefined) return Number.NEGATIVE_INFINITY;
    const loss = lossAt(source, amount, law);
    const profit = Number(valueAt({ amount, income, loss }, inbound));
    const trust = reliability(source.history.sourceFailures);
    return profit > 0 ? profit * trust : profit / trust;
  };
}

/** A further source may give the whole amount alone and leaves our highest price as it is. */
function joins(
  one: Candidate,
  best: Candidate,
  alone: Value,
  destination: RebalanceChannel,
  law: RebalanceSettings,
): boolean {
  const { amount, chunk } = best.parcel;
  // With that it also found the slots for its own chunk, which is no smaller than this one.
  const able = one.gives >= amount && halfOf(one.source.htlcLimitOut) >= chunk;
  if (!able) return false;
  if (lossAt(one.source, amount, law) <= alone.loss) return true;
  const both = [best.source, one.source];
  const together = valueOfMoving(destination, both, amount, law, destination.budget);
  return together?.maxPpm === alone.maxPpm;
}

/** The higher score, then more to give, then the name: the same order on every machine. */
function isBetter(one: Candidate, other: Candidate): boolean {
  if (one.score !== other.score) return one.score > other.score;
  if (one.gives !== other.gives) return one.gives > other.gives;
  return one.source.channelId < other.source.channelId;
}

/** The reasons and how many channels each left out, for a sentence. */
export const countOf = (refusals: ReadonlyMap<SourceCode, number>): string =>
  [...refusals].map(([code, count]) => `${count} ${code}`).join(', ');
