/**
 * What an operator's own rebalance may be (SPEC 4.8): from one channel to another, so much, for so much at most. The
 * gates and the value are asked unless they are forced; what cannot work is refused in any case. Pure.
 */

import { mayFill } from '../core/rebalance/destination-gates.ts';
import { valueOfMoving } from '../core/rebalance/expected-value.ts';
import { inboundEstimate } from '../core/rebalance/inbound-estimate.ts';
import { costAt, highestRate } from '../core/rebalance/rate.ts';
import { mayDrain } from '../core/rebalance/source-gates.ts';
import type {
  RebalanceChannel,
  RebalancePlan,
  RebalanceSettings,
} from '../core/rebalance/types.ts';
import { type Msat, msat, type Ppm } from '../core/units.ts';
import { sats } from '../core/wording.ts';
import type { ManualRebalance, RebalanceLook } from './rebalance-services.ts';

export type Refusal = { readonly code: string; readonly because: string };
export type Planned = { readonly plan: RebalancePlan } | Refusal;

type Ends = { readonly from: RebalanceChannel; readonly to: RebalanceChannel };

/** The plan, or the first reason why there is none. */
export function planManual(request: ManualRebalance, look: RebalanceLook): Planned {
  const ends = endsOf(request, look);
  if ('code' in ends) return ends;
  const refusal =
    impossible(request, ends) ?? (request.force ? undefined : unwanted(request, ends, look));
  if (refusal) return refusal;
  const parcel = parcelFor(request.amount, ends, look.law);
  if (parcel === undefined) return refused('amount_out_of_range', 'no HTLC of it fits');
  const price = priceFor(request, parcel.amount, ends, look.law);
  if ('code' in price) return price;
  const { maxPpm, income, loss } = price;
  const cost = costAt(parcel.amount, maxPpm);
  const needed = parcel.amount + cost;
  if (ends.from.spendable < needed)
    return refused(
      'amount_out_of_range',
      `${sats(ends.from.spendable)} can leave the source, ${sats(msat(needed))} are needed with the fee`,
    );
  const plan: RebalancePlan = {
    destination: ends.to.channelId,
    sources: [ends.from.channelId],
    ...parcel,
    maxPpm,
    cap: cost,
    income,
    loss,
    inboundPpm: inboundEstimate(ends.to, look.law).ppm,
  };
  return { plan };
}

function endsOf({ from, to }: ManualRebalance, look: RebalanceLook): Ends | Refusal {
  const source = look.channels.find(({ channelId }) => channelId === from);
  const destination = look.channels.find(({ channelId }) => channelId === to);
  for (const [known, id] of [
    [source, from],
    [destination, to],
  ] as const) {
    if (known) continue;
    const because = look.locked.get(id) ?? 'no open channel of this name';
    return refused('unknown_channel', `${id}: ${because}`);
  }
  return source && destination
    ? { from: source, to: destination }
    : refused('unknown_channel', 'no open channel of this name');
}

/** What no force lifts. */
function impossible({ amount, maxFee }: ManualRebalance, { from, to }: Ends): Refusal | undefined {
  if (from.channelId === to.channelId)
    return refused('same_channel', 'it cannot be filled from itself');
  if (from.peerId === to.peerId)
    return refused('same_peer', 'both channels are to the same peer: nothing would be moved');
  if (from.busy === true || to.busy === true)
    return refused('busy', 'a rebalance is under way there, or its outcome is not known yet');
  if (amount <= 0n || amount % 1000n !== 0n)
    return refused('amount_out_of_range', 'a whole number of satoshi is moved, at least one');
  if (maxFee !== undefined && maxFee < 0n)
    return refused('max_fee_out_of_range', 'the highest fee is not below zero');
  if (amount > to.receivable)
    return refused('amount_out_of_range', `${sats(to.receivable)} can come into the destination`);
  if (amount > from.spendable)
    return refused('amount_out_of_range', `${sats(from.spendable)} can leave the source`);
  return undefined;
}

/** What an operator may force. */
function unwanted(
  { amount }: ManualRebalance,
  { from, to }: Ends,
  { law, locked }: RebalanceLook,
): Refusal | undefined {
  if (amount < law.minAmount || amount > law.maxAmount)
    return refused(
      'amount_out_of_range',
      `${sats(law.minAmount)} to ${sats(law.maxAmount)} are moved at once`,
    );
  for (const end of [from, to]) {
    if (end.eligible) continue;
    const because = locked.get(end.channelId) ?? 'not announced, not connected or not confirmed';
    return refused('not_eligible', `${end.channelId}: ${because}`);
  }
  if (!mayDrain(from.mode)) return refused('policy', `the policy of the source says ${from.mode}`);
  if (!mayFill(to.mode)) return refused('policy', `the policy of the destination says ${to.mode}`);
  return undefined;
}

/**
 * Exactly what is asked in equal pieces of whole satoshi, each at most a chunk and half of what either side takes;
 * less than a satoshi a piece may be left over.
 */
function parcelFor(
  amount: Msat,
  { from, to }: Ends,
  { chunk: most }: RebalanceSettings,
): Pick<RebalancePlan, 'amount' | 'chunk'> | undefined {
  const limit = [to.htlcLimitIn / 2n, from.htlcLimitOut / 2n, most].reduce((low, one) =>
    one < low ? one : low,
  );
  const largest = limit / 1000n;
  if (largest <= 0n) return undefined;
  const wanted = amount / 1000n;
  const pieces = (wanted + largest - 1n) / largest;
  const chunk = msat((wanted / pieces) * 1000n);
  return { chunk, amount: msat(chunk * pieces) };
}

type Price = { readonly maxPpm: Ppm; readonly income: Msat; readonly loss: Msat };

/** A stated fee bounds the price; the value bounds it too unless it is forced. */
function priceFor(
  { maxFee, force }: ManualRebalance,
  amount: Msat,
  { from, to }: Ends,
  law: RebalanceSettings,
): Price | Refusal {
  const value = valueOfMoving(to, [from], amount, law, undefined);
  const [income, loss] = [value?.income ?? msat(0n), value?.loss ?? msat(0n)];
  const stated = maxFee === undefined ? undefined : highestRate(amount, maxFee);
  const estimate = inboundEstimate(to, law);
  if (force) {
    const borne = value?.maxPpm ?? estimate.ppm;
    return { maxPpm: stated ?? (borne > estimate.ppm ? borne : estimate.ppm), income, loss };
  }
  if (value === undefined)
    return refused('no_evidence', 'fewer than 3 forwards out: what it would sell is not known');
  if (value.maxPpm === undefined)
    return refused('negative_ev', `it sells for ${sats(income)}, the source misses ${sats(loss)}`);
  const maxPpm = stated !== undefined && stated < value.maxPpm ? stated : value.maxPpm;
  return maxPpm < estimate.ppm
    ? refused(
        'too_dear',
        `at most ${maxPpm} ppm, expected ${estimate.ppm} ppm: ${estimate.because}`,
      )
    : { maxPpm, income, loss };
}

const refused = (code: string, because: string): Refusal => ({ code, because });
