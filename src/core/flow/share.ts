import { type Msat, type Share, share } from '../units.ts';

/** The amounts of a channel that its share is made of; msat, undefined where lightningd did not say. */
export type Balances = {
  readonly capacity: Msat | undefined;
  /** Does not move while an HTLC is in flight, so our pending outgoing ones are taken off here. */
  readonly toUs: Msat | undefined;
  readonly ourReserve: Msat | undefined;
  readonly theirReserve: Msat | undefined;
  readonly htlcs: readonly { readonly direction: 'in' | 'out'; readonly amount: Msat }[];
};

/**
 * Our part of a channel, 0 … 1 (SPEC, words): what we can still send of what both sides could ever send.
 * undefined when an amount is unknown or the reserves leave nothing: nothing may be decided on it.
 */
export function ourShare({
  capacity,
  toUs,
  ourReserve,
  theirReserve,
  htlcs,
}: Balances): Share | undefined {
  if (capacity === undefined || toUs === undefined) return undefined;
  if (ourReserve === undefined || theirReserve === undefined) return undefined;
  const movable = capacity - ourReserve - theirReserve;
  if (movable <= 0n) return undefined;
  const leaving = htlcs.reduce((sum, h) => (h.direction === 'out' ? sum + h.amount : sum), 0n);
  return share(Number(toUs - leaving - ourReserve) / Number(movable));
}
