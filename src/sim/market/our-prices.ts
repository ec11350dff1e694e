/**
 * What we ask: the policy in force, the one before it while lightningd still honours it, and what payers have heard
 * of it. lightningd keeps the former limits for enforcedelay seconds only when a change makes it stricter.
 */
import type { SimPolicy } from './market.ts';

/** Fee of a policy for an amount that leaves, msat, as every implementation rounds it. */
export const feeOf = (policy: SimPolicy, amount: number): number =>
  policy.base + Math.floor((amount * policy.ppm) / 1e6);

const stricter = (now: SimPolicy, before: SimPolicy): boolean =>
  now.base > before.base ||
  now.ppm > before.ppm ||
  now.htlcMin > before.htlcMin ||
  now.htlcMax < before.htlcMax;

const same = (a: SimPolicy, b: SimPolicy): boolean =>
  a.base === b.base && a.ppm === b.ppm && a.htlcMin === b.htlcMin && a.htlcMax === b.htlcMax;

/** lightningd lowers an htlcmax that could never leave to what can: capacity less our reserve. */
export function withinChannel(
  change: Partial<SimPolicy>,
  channel: { readonly capacity: number; readonly reserve: number } | undefined,
): Partial<SimPolicy> {
  if (channel === undefined || change.htlcMax === undefined) return change;
  return { ...change, htlcMax: Math.min(change.htlcMax, channel.capacity - channel.reserve) };
}

export type PriceRefusal =
  | { readonly code: 4108; readonly reason: 'WIRE_FEE_INSUFFICIENT' }
  | { readonly code: 4107; readonly reason: 'WIRE_AMOUNT_BELOW_MINIMUM' }
  | { readonly code: 4103; readonly reason: 'WIRE_TEMPORARY_CHANNEL_FAILURE' };

export class OurPrices {
  #now: SimPolicy[];
  #before: (SimPolicy | undefined)[];
  #beforeUntil: Float64Array;

  constructor(start: readonly SimPolicy[]) {
    this.#now = [...start];
    this.#before = start.map(() => undefined);
    this.#beforeUntil = new Float64Array(start.length);
  }

  now(channel: number): SimPolicy {
    const policy = this.#now[channel];
    if (policy === undefined) throw new RangeError(`no channel ${channel}`);
    return policy;
  }

  /** Returns the policy now in force, and whether anything changed (an equal one is no gossip). */
  set(
    channel: number,
    change: Partial<SimPolicy>,
    at: number,
    enforceDelay: number,
  ): { readonly policy: SimPolicy; readonly changed: boolean } {
    const before = this.now(channel);
    const policy = { ...before, ...change };
    if (same(policy, before)) return { policy, changed: false };
    if (stricter(policy, before)) {
      this.#before[channel] = before;
      this.#beforeUntil[channel] = at + enforceDelay * 1000;
    }
    this.#now[channel] = policy;
    return { policy, changed: true };
  }

  /** undefined: the HTLC is within the policy, or within the former one while that still counts. */
  refusal(channel: number, at: number, amount: number, fee: number): PriceRefusal | undefined {
    const refused = refusalBy(this.now(channel), amount, fee);
    if (refused === undefined) return undefined;
    const before = this.#before[channel];
    if (before === undefined || at >= (this.#beforeUntil[channel] ?? 0)) return refused;
    return refusalBy(before, amount, fee) === undefined ? undefined : refused;
  }
}

function refusalBy(policy: SimPolicy, amount: number, fee: number): PriceRefusal | undefined {
  if (amount < policy.htlcMin) return { code: 4107, reason: 'WIRE_AMOUNT_BELOW_MINIMUM' };
  if (amount > policy.htlcMax) return { code: 4103, reason: 'WIRE_TEMPORARY_CHANNEL_FAILURE' };
  if (fee < feeOf(policy, amount)) return { code: 4108, reason: 'WIRE_FEE_INSUFFICIENT' };
  return undefined;
}
