/**
 * Rebalancing as the world sees it (facts/simulation.md §3.4): a payment that leaves by one of our channels and
 * comes back by another, at what the network asks for it at that moment.
 */
import type { UnixMs } from '../../core/units.ts';

/** One attempt to move `amount` msat, asked by the backend's double. */
export type CircularAttempt = {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  readonly maxPpm: number;
  /** Bad behaviour asked for by a test; msat. undefined: it arrives whole and where it was sent. */
  readonly arrivesOn?: number;
  readonly arrivesShortBy?: number;
};

/** `offered`: an HTLC is on its way, and a `circular` event tells its end. The others: no HTLC left us. */
export type CircularAnswer =
  | { readonly kind: 'offered'; readonly paymentHash: string; readonly endsAt: UnixMs }
  | { readonly kind: 'too dear'; readonly ppm: number }
  | { readonly kind: 'no liquidity' | 'disconnected' | 'no slot' };

/** Told by the market, in order of time. */
export type CircularEvent = {
  readonly kind: 'circular';
  readonly phase: 'offered' | 'settled' | 'failed';
  readonly at: UnixMs;
  readonly startedAt: UnixMs;
  readonly paymentHash: string;
  readonly fromIndex: number;
  /** Where it came back, or should. */
  readonly toIndex: number;
  readonly outHtlcId: number;
  /** Known once it came back. */
  readonly inHtlcId: number | undefined;
  /** What should come back, what left us (fees included), and what did come back: 0 before that; msat. */
  readonly amountMsat: number;
  readonly sentMsat: number;
  readonly receivedMsat: number;
};
