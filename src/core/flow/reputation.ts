/**
 * How far the volume a peer sends us may be trusted (SPEC 2.6). Only settled and failed HTLCs count; a failure for
 * our own lack of liquidity (`local_failed`) never reaches these counters. Counts are real numbers: rounding a
 * decayed count down would make a single failure vanish within the hour.
 */
import { medianOf } from '../median.ts';
import type { NodeId } from '../units.ts';

/** SPEC 2.6: fewer HTLCs than this say nothing about a peer. */
const ENOUGH_HTLCS = 100;
/** SPEC 2.6: fewer such peers say nothing about what is usual. */
const ENOUGH_PEERS = 10;
/** SPEC 2.6: clamp(score ÷ median, 0.5, 1). */
export const LEAST_WEIGHT = 0.5;
const MOST_WEIGHT = 1;

export type Counts = { readonly success: number; readonly failure: number };

/** Share of HTLCs that settle, 0 … 1, with one of each assumed beforehand (0.5 for a stranger). */
export const score = ({ success, failure }: Counts): number =>
  (success + 1) / (success + failure + 2);

/** What is left of a count after `elapsedMs` when `factor` is left after each `intervalMs`; 1 for no time. */
export const decayOver = (elapsedMs: number, intervalMs: number, factor: number): number =>
  factor ** (Math.max(0, elapsedMs) / intervalMs);

/** Volume weight per peer, 0.5 … 1. A peer that is missing has weight 1. */
export function volumeWeights(
  reputations: readonly (Counts & { readonly peerId: NodeId })[],
): ReadonlyMap<NodeId, number> {
  const known = reputations.filter(({ success, failure }) => success + failure >= ENOUGH_HTLCS);
  if (known.length < ENOUGH_PEERS) return new Map();
  const usual = medianOf(known.map(score));
  if (usual === undefined) return new Map();
  return new Map(known.map((peer) => [peer.peerId, weight(score(peer) / usual)]));
}

const weight = (ratio: number): number => Math.min(MOST_WEIGHT, Math.max(LEAST_WEIGHT, ratio));
