/** A plan as the governor and the backend need it; checked once more, since the next step moves money (SPEC 4.7). */
import { costAt } from '../../core/rebalance/rate.ts';
import { keptBySources } from '../../core/spending/settlement.ts';
import type { SpendRequest } from '../../core/spending/types.ts';
import { msat, type Scid, type UnixMs } from '../../core/units.ts';
import type { PeerChannel } from '../../ports/node.ts';
import type { RebalanceOrder } from '../../ports/rebalancer.ts';
import type { NewJob } from '../../ports/spending.ts';
import type { ForwardStore } from '../../ports/store.ts';
import type { JobOrder } from '../rebalance-services.ts';
import { isUsable } from './spend-law.ts';

/**
 * The backend keeps min(share of the capacity, amount) in every source. The amount is what we mean, so the share is
 * the whole channel: as near to 1 as the backend takes it.
 */
const KEEP_SHARE = 0.999999;
/** SPEC 4.6. */
const EARNED_DAYS = 30;

export type OrderForm = {
  readonly job: NewJob;
  readonly order: RebalanceOrder;
  /** Every channel it touches. */
  readonly channels: readonly PeerChannel[];
};

/** The form, or a sentence why this plan must not be ordered. */
export function orderForm(
  { plan, kind, subject, decisionId }: JobOrder,
  channels: readonly PeerChannel[],
  deadlineMs: number,
): OrderForm | string {
  const flaw = flawOf(plan);
  if (flaw !== undefined) return flaw;
  const byId = new Map(channels.map((channel) => [channel.channelId, channel]));
  const destination = byId.get(plan.destination);
  const sources = plan.sources.flatMap((id) => byId.get(id) ?? []);
  if (!destination || sources.length < plan.sources.length)
    return 'a channel of the plan is not open any more';
  const all = [destination, ...sources];
  if (!all.every(isUsable)) return 'a channel of the plan is not in normal operation';
  if (sources.some(({ peerId }) => peerId === destination.peerId))
    return "a source is a channel to the destination's own peer";
  const names = all.map(nameOf);
  const [scid, ...sourceNames] = names.filter((name) => name !== undefined);
  if (scid === undefined || sourceNames.length < sources.length)
    return 'a channel of the plan has no name yet';
  const { amount, chunk, maxPpm, cap } = plan;
  const balances = sources.map(({ toUs }) => toUs);
  return {
    channels: all,
    job: {
      kind,
      subject,
      destination: plan.destination,
      destinationPeer: destination.peerId,
      scid,
      sources: plan.sources,
      amount,
      chunk,
      maxPpm,
      cap,
      expectedIncome: plan.income,
      expectedLoss: plan.loss,
      decisionId,
      deadlineMs,
    },
    order: {
      destination: scid,
      sources: sourceNames,
      chunk,
      total: amount,
      maxPpm,
      keepShare: KEEP_SHARE,
      keepAmount: msat(keptBySources(balances, amount)),
    },
  };
}

/** What the governor judges; of a channel that earned nothing there is no row, and that is known. */
export function requestOf(
  { kind, subject, force }: JobOrder,
  { job }: OrderForm,
  forwards: Pick<ForwardStore, 'revenue'>,
  now: UnixMs,
): SpendRequest {
  const destinationFees30d = forwards.revenue(now, EARNED_DAYS).get(subject)?.fees ?? msat(0n);
  const request = { destination: subject, kind, amount: job.cap, destinationFees30d };
  return force === undefined ? request : { ...request, force };
}

const nameOf = ({ scid, aliasLocal }: PeerChannel): Scid | undefined => scid ?? aliasLocal;

/** What no backend may be asked for. */
function flawOf({ amount, chunk, maxPpm, sources, cap }: JobOrder['plan']): string | undefined {
  if (!(chunk > 0n && chunk % 1000n === 0n)) return 'the chunk is no whole number of satoshi';
  if (!(amount > 0n && amount % chunk === 0n)) return 'the amount is no whole number of chunks';
  if (!Number.isSafeInteger(maxPpm) || maxPpm < 0) return 'the highest price is no whole ppm';
  if (sources.length === 0) return 'there is no source';
  // The hold is what the backend may spend at most, whatever the plan believed.
  if (costAt(amount, maxPpm) > cap) return 'the plan holds less than it may cost';
  return undefined;
}
