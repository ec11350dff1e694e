/**
 * The rebalancing decision, read top to bottom (SPEC 4.2–4.5): is the channel short, may it be filled, from where, is
 * it worth it at the price we would pay, and how much does its record support? Pure: the same arguments give the same
 * verdicts, so the live cycle, the simulation, a dry run and a replay all call this and nothing else plans to spend.
 *
 * Read on: targets → destination-gates → source-choice (source-gates, amount) → expected-value (sale-probability,
 * hive-exemption) → inbound-estimate → kelly. Beside it: diagnostic (may lose money), history (what jobs leave).
 */
import { type ChannelId, type Msat, msat, type NodeId, type Ppm, type UnixMs } from '../units.ts';
import { percent, sats } from '../wording.ts';
import { type Parcel, parcelOf, wanted } from './amount.ts';
import { destinationGates, isRefused } from './destination-gates.ts';
import { lossAt, type Value, valueAt, valueOfMoving } from './expected-value.ts';
import { type InboundEstimate, inboundEstimate } from './inbound-estimate.ts';
import { kellyFraction, kellyPart } from './kelly.ts';
import { costAt, partOf } from './rate.ts';
import { saleProbability } from './sale-probability.ts';
import { slotsWith } from './scarcity-guard.ts';
import { chooseSources, countOf, type Offer } from './source-choice.ts';
import { afterGiving } from './source-gates.ts';
import { pooled, poolOf, type SourcePool } from './source-pool.ts';
import { targetOf } from './targets.ts';
import { passes, refuses } from './trail.ts';
import type {
  DestinationCode,
  RebalanceChannel,
  RebalancePlan,
  RebalanceSettings,
  RebalanceStep,
  RebalanceVerdict,
} from './types.ts';

type Refused = Extract<RebalanceVerdict, { kind: 'refused' }>;

/** A verdict and the sources as it saw them: those that were offered, none where it did not come to that. */
export type Judged = {
  readonly destination: RebalanceChannel;
  readonly verdict: RebalanceVerdict;
  readonly sources: readonly RebalanceChannel[];
  /** What was offered, msat, before its record sized it; undefined: nothing. */
  readonly offered: Msat | undefined;
  /** Some channel of another peer takes part at all. */
  readonly otherPeers: boolean;
};

/** The verdicts of `judgeRebalances` alone. */
export const planRebalances = (
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): readonly RebalanceVerdict[] => judgeRebalances(channels, law, at).map(({ verdict }) => verdict);

/**
 * One verdict for every channel as a destination: plans first, the most profitable first, then the refusals. Plans
 * can be carried out together: each sees the sources as the better plans would leave them.
 */
export function judgeRebalances(
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): readonly Judged[] {
  const peers = new Peers(channels);
  const pool = new Map(poolOf(channels, law));
  const judge = (destination: RebalanceChannel): Judged =>
    judged(destination, pool, peers.anyBut(destination.peerId), law, at);
  const all = channels.map(judge);
  const plans: Judged[] = [];
  const refusals = all.filter(({ verdict }) => verdict.kind === 'refused');
  const taken = new Set<ChannelId>();
  for (const hope of all.filter(({ verdict }) => verdict.kind === 'plan').toSorted(byProfit)) {
    // What others took makes no other source better for this one.
    const stands = !hope.sources.some(({ channelId }) => taken.has(channelId));
    const final = stands ? hope : judge(hope.destination);
    if (final.verdict.kind === 'refused') {
      refusals.push(final);
      continue;
    }
    plans.push(final);
    for (const { channelId } of final.sources) {
      const before = pool.get(channelId);
      if (before === undefined) continue;
      pool.set(channelId, pooled(givenBy(before.source, final.verdict.plan), law));
      taken.add(channelId);
    }
  }
  return [...plans.toSorted(byProfit), ...refusals];
}

const givenBy = (source: RebalanceChannel, { amount, chunk }: RebalancePlan): RebalanceChannel =>
  afterGiving(source, amount, slotsWith(source.slots.out, source.slots.max, chunk));

/** What a plan is expected to earn at the inbound estimate, msat. */
export const expectedProfit = (plan: RebalancePlan): Msat => valueAt(plan, plan.inboundPpm as Ppm);

function byProfit({ verdict: one }: Judged, { verdict: other }: Judged): number {
  if (one.kind !== 'plan' || other.kind !== 'plan') return 0;
  const more = expectedProfit(other.plan) - expectedProfit(one.plan);
  if (more !== 0n) return more > 0n ? 1 : -1;
  return one.plan.destination < other.plan.destination ? -1 : 1;
}

/** Who has a channel that takes part at all. */
class Peers {
  readonly #eligible: ReadonlySet<NodeId>;

  constructor(channels: readonly RebalanceChannel[]) {
    this.#eligible = new Set(channels.flatMap((one) => (one.eligible ? one.peerId : [])));
  }

  anyBut(peerId: NodeId): boolean {
    return this.#eligible.size > (this.#eligible.has(peerId) ? 1 : 0);
  }
}

/** One channel as a destination, with every channel that might be a source. */
export const decideRebalance = (
  destination: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): RebalanceVerdict => {
  const otherPeers = new Peers(channels).anyBut(destination.peerId);
  return judged(destination, poolOf(channels, law), otherPeers, law, at).verdict;
};

/** The same verdict again from what it was made of. */
export const judgeAgain = (
  { destination, sources, otherPeers }: Omit<Judged, 'verdict' | 'offered'>,
  law: RebalanceSettings,
  at: UnixMs,
): RebalanceVerdict => judged(destination, poolOf(sources, law), otherPeers, law, at).verdict;

function judged(
  destination: RebalanceChannel,
  pool: SourcePool,
  otherPeers: boolean,
  law: RebalanceSettings,
  at: UnixMs,
): Judged {
  const target = targetOf(destination);
  const gates = destinationGates({ seen: destination, target, law, at, otherPeers });
  const trail = gates.map(({ step }) => step);
  const closed = gates.find(isRefused);
  const without = (verdict: RebalanceVerdict): Judged => ({
    destination,
    verdict,
    sources: [],
    offered: undefined,
    otherPeers,
  });
  if (closed) return without(refused(destination, closed.code, closed.step.because, trail));
  const want = wanted(destination, target.lack, inboundEstimate(destination, law).ppm, law);
  if (want < law.minAmount)
    return without(refusedBy(destination, 'too_small', tooSmall(want, law), undefined, trail));
  const choice = chooseSources(destination, want, pool, law);
  if (choice.kind === 'none') {
    const because = `no channel may give: ${countOf(choice.refusals)}`;
    return without(refusedBy(destination, 'no_source', because, undefined, trail));
  }
  const { sources, parcel } = choice;
  const many = `${sources.length} may each give ${sats(parcel.amount)} in chunks of ${sats(parcel.chunk)}`;
  const found = [...trail, passes('no_source', many, sources.length)];
  const verdict = worthIt(destination, choice, law, found);
  return { destination, verdict, sources, offered: parcel.amount, otherPeers };
}

/**
 * The sources that alone give the same verdict again: the first ones, and those that miss most, of what was offered
 * and of what its record left of that. The others never change the amount or the price.
 */
export function decisiveSources(
  { sources, offered, verdict }: Pick<Judged, 'sources' | 'offered' | 'verdict'>,
  law: RebalanceSettings,
): readonly RebalanceChannel[] {
  if (offered === undefined || sources.length <= SHOWN) return sources;
  const sized = verdict.kind === 'plan' ? verdict.plan.amount : offered;
  const dearest = [offered, sized].map((amount) => dearestAt(sources, amount, law));
  return [...new Set([...sources.slice(0, SHOWN), ...dearest.filter((one) => one !== undefined)])];
}

/** Who misses most by giving this amount (msat); the first of equals. */
function dearestAt(
  sources: readonly RebalanceChannel[],
  amount: Msat,
  law: RebalanceSettings,
): RebalanceChannel | undefined {
  const losses = sources.map((one) => ({ one, loss: lossAt(one, amount, law) }));
  const most = losses.reduce((high, { loss }) => (loss > high ? loss : high), msat(-1n));
  return losses.find(({ loss }) => loss === most)?.one;
}
const SHOWN = 8;

/** EV, price and Kelly of what was chosen. */
function worthIt(
  destination: RebalanceChannel,
  offer: Offer,
  law: RebalanceSettings,
  before: readonly RebalanceStep[],
): RebalanceVerdict {
  const inbound = inboundEstimate(destination, law);
  const first = priced(destination, offer.value, inbound, before);
  if (first.kind === 'refused' || !law.kelly) return finish(destination, offer, first, inbound);
  if (destination.hive) {
    const step = passes('kelly', 'strategic exemption: the fleet is not sized by its profit');
    return finish(destination, offer, { ...first, trail: [...first.trail, step] }, inbound);
  }
  const cost = costAt(offer.parcel.amount, inbound.ppm);
  const f = kellyFraction(destination.history, { ...offer.value, cost });
  const part = kellyPart(f, law.kellyFraction);
  if (part <= 0) {
    const because = 'its record does not support any stake';
    return refusedBy(destination, 'kelly', because, f, first.trail);
  }
  const sized = sizedTo(part, destination, offer, first, law);
  if (sized === undefined) {
    const because = `${percent(part)} of ${sats(offer.parcel.amount)} is too little to move`;
    return refusedBy(destination, 'too_small', because, part, first.trail);
  }
  const step = passes('kelly', `its record supports ${percent(part)} of the stake`, f);
  const again = priced(destination, sized.value, inbound, [...first.trail, step]);
  return finish(destination, sized, again, inbound);
}

/** The same sources with a part of the stake: a smaller amount, and never more money than that part of the cap. */
function sizedTo(
  part: number,
  destination: RebalanceChannel,
  offer: Offer,
  { maxPpm }: Priced,
  law: RebalanceSettings,
): Offer | undefined {
  const { amount, chunk } = offer.parcel;
  const floored = Math.floor(part * MILLION) / MILLION;
  const limits = { into: destination.htlcLimitIn, outOf: destination.htlcLimitIn };
  const parcel: Parcel | undefined = parcelOf(partOf(amount, floored), limits, { ...law, chunk });
  if (parcel === undefined) return undefined;
  const stake = partOf(costAt(amount, maxPpm), floored);
  const value = valueOfMoving(destination, offer.sources, parcel.amount, law, stake);
  return value === undefined ? undefined : { ...offer, parcel, value };
}
const MILLION = 1_000_000;

type Priced = {
  readonly kind: 'priced';
  readonly maxPpm: Ppm;
  readonly trail: readonly RebalanceStep[];
};

/** The highest price, if there is one and something can be had for it. */
function priced(
  destination: RebalanceChannel,
  value: Value,
  inbound: InboundEstimate,
  before: readonly RebalanceStep[],
): Priced | Refused {
  const { amount, income, loss, sold, maxPpm } = value;
  const sale = percent(saleProbability(sold, amount));
  const worth = `${sale} of it sells for ${sats(income)}, the sources miss ${sats(loss)}`;
  if (maxPpm === undefined)
    return refusedBy(destination, 'negative_ev', worth, Number(value.room), before);
  const steps = [...before, passes('negative_ev', worth, Number(value.room))];
  const price = `at most ${maxPpm} ppm (${value.bound}), expected ${inbound.ppm} ppm: ${inbound.because}`;
  return maxPpm < inbound.ppm
    ? refusedBy(destination, 'too_dear', price, maxPpm, steps)
    : { kind: 'priced', maxPpm, trail: [...steps, passes('too_dear', price, maxPpm)] };
}

function finish(
  destination: RebalanceChannel,
  { sources, parcel, value }: Offer,
  price: Priced | Refused,
  inbound: InboundEstimate,
): RebalanceVerdict {
  if (price.kind === 'refused') return price;
  const { amount, chunk } = parcel;
  const plan: RebalancePlan = {
    destination: destination.channelId,
    sources: sources.map(({ channelId }) => channelId),
    amount,
    chunk,
    maxPpm: price.maxPpm,
    cap: costAt(amount, price.maxPpm),
    income: value.income,
    loss: value.loss,
    inboundPpm: inbound.ppm,
    bound: value.bound,
  };
  return { kind: 'plan', plan, trail: price.trail };
}

const tooSmall = (want: Msat, law: RebalanceSettings): string =>
  `${sats(want)} would be moved, less than ${sats(law.minAmount)}`;

function refusedBy(
  destination: RebalanceChannel,
  code: DestinationCode,
  because: string,
  value: number | undefined,
  before: readonly RebalanceStep[],
): Refused {
  return refused(destination, code, because, [...before, refuses(code, because, value)]);
}

const refused = (
  { channelId }: RebalanceChannel,
  code: DestinationCode,
  because: string,
  trail: readonly RebalanceStep[],
): Refused => ({ kind: 'refused', destination: channelId, code, because, trail });
