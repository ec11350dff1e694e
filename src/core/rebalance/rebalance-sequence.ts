/**
 * The rebalancing decision, read top to bottom (SPEC 4.2–4.5): is the channel short, may it be filled, from where, is
 * it worth it at the price we would pay, and how much does its record support? Pure: the same arguments give the same
 * verdicts, so the live cycle, the simulation, a dry run and a replay all call this and nothing else plans to spend.
 *
 * Read on: targets → destination-gates → source-choice (source-gates, amount) → expected-value (sale-probability,
 * hive-exemption) → inbound-estimate → kelly. Beside it: diagnostic (may lose money), history (what jobs leave).
 */
import type { ChannelId, Msat, NodeId, Ppm, UnixMs } from '../units.ts';
import { type Parcel, parcelOf, wanted } from './amount.ts';
import { destinationGates, isRefused } from './destination-gates.ts';
import { type Value, valueAt, valueOfMoving } from './expected-value.ts';
import { type InboundEstimate, inboundEstimate } from './inbound-estimate.ts';
import { kellyFraction, kellyPart } from './kelly.ts';
import { costAt, partOf } from './rate.ts';
import { saleProbability } from './sale-probability.ts';
import { slotsWith } from './scarcity-guard.ts';
import { chooseSources, countOf, type Offer } from './source-choice.ts';
import { afterGiving } from './source-gates.ts';
import { pooled, poolOf, type SourcePool } from './source-pool.ts';
import { targetOf } from './targets.ts';
import type {
  DestinationCode,
  RebalanceChannel,
  RebalancePlan,
  RebalanceSettings,
  RebalanceStep,
  RebalanceVerdict,
} from './types.ts';
import { passes, percent, refuses, sats } from './wording.ts';

type Planned = Extract<RebalanceVerdict, { kind: 'plan' }>;
type Refused = Extract<RebalanceVerdict, { kind: 'refused' }>;

/**
 * One verdict for every channel as a destination: plans first, the most profitable first, then the refusals. Plans
 * can be carried out together: each sees the sources as the better plans would leave them.
 */
export function planRebalances(
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): readonly RebalanceVerdict[] {
  const peers = new Peers(channels);
  const pool = new Map(poolOf(channels, law));
  const hopes: { readonly destination: RebalanceChannel; readonly verdict: Planned }[] = [];
  const refusals: Refused[] = [];
  for (const destination of channels) {
    const verdict = decideFrom(destination, pool, peers, law, at);
    if (verdict.kind === 'plan') hopes.push({ destination, verdict });
    else refusals.push(verdict);
  }
  hopes.sort((one, other) => byProfit(one.verdict.plan, other.verdict.plan));
  const plans: Planned[] = [];
  const taken = new Set<ChannelId>();
  for (const { destination, verdict } of hopes) {
    // What others took makes no other source worse for this one.
    const stands = !verdict.plan.sources.some((id) => taken.has(id));
    const final = stands ? verdict : decideFrom(destination, pool, peers, law, at);
    if (final.kind === 'refused') {
      refusals.push(final);
      continue;
    }
    plans.push(final);
    for (const id of final.plan.sources) {
      const before = pool.get(id);
      if (before === undefined) continue;
      pool.set(id, pooled(givenBy(before.source, final.plan), law));
      taken.add(id);
    }
  }
  return [...plans.toSorted((one, other) => byProfit(one.plan, other.plan)), ...refusals];
}

const givenBy = (source: RebalanceChannel, { amount, chunk }: RebalancePlan): RebalanceChannel =>
  afterGiving(source, amount, slotsWith(source.slots.out, source.slots.max, chunk));

/** What a plan is expected to earn at the inbound estimate, msat. */
export const expectedProfit = (plan: RebalancePlan): Msat => valueAt(plan, plan.inboundPpm as Ppm);

function byProfit(one: RebalancePlan, other: RebalancePlan): number {
  const more = expectedProfit(other) - expectedProfit(one);
  if (more !== 0n) return more > 0n ? 1 : -1;
  return one.destination < other.destination ? -1 : 1;
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
): RebalanceVerdict => decideFrom(destination, poolOf(channels, law), new Peers(channels), law, at);

function decideFrom(
  destination: RebalanceChannel,
  pool: SourcePool,
  peers: Peers,
  law: RebalanceSettings,
  at: UnixMs,
): RebalanceVerdict {
  const target = targetOf(destination);
  const otherPeers = peers.anyBut(destination.peerId);
  const gates = destinationGates({ seen: destination, target, law, at, otherPeers });
  const trail = gates.map(({ step }) => step);
  const closed = gates.find(isRefused);
  if (closed) return refused(destination, closed.code, closed.step.because, trail);
  const want = wanted(destination, target.lack, law);
  if (want < law.minAmount)
    return refusedBy(destination, 'too_small', tooSmall(want, law), undefined, trail);
  const choice = chooseSources(destination, want, pool, law);
  if (choice.kind === 'none') {
    const because = `no channel may give: ${countOf(choice.refusals)}`;
    return refusedBy(destination, 'no_source', because, undefined, trail);
  }
  const { amount, chunk } = choice.parcel;
  const offered = `${choice.sources.length} may each give ${sats(amount)} in chunks of ${sats(chunk)}`;
  const found = [...trail, passes('no_source', offered, choice.sources.length)];
  const verdict = worthIt(destination, choice, law, found);
  if (verdict.kind === 'plan') return verdict;
  return { ...verdict, sources: choice.sources.map(({ channelId }) => channelId) };
}

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
