/** What bringing a sat into a channel is expected to cost (SPEC 4.5), before any route is tried. */
import { medianOf } from '../median.ts';
import { type Ppm, ppm } from '../units.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

/** SPEC 4.5: successes to a peer that make a price. */
const SUCCESSES_KNOWN = 3;

export type InboundEstimate = { readonly ppm: Ppm; readonly because: string };

/** Whole ppm, rounded up: our own experience first, then what the peer and the network ask, then the fallback. */
export function inboundEstimate(
  { history }: Pick<RebalanceChannel, 'history'>,
  law: Pick<RebalanceSettings, 'inboundFallbackPpm'>,
): InboundEstimate {
  const { paidPpm, gossipInboundPpm } = history;
  const paid = paidPpm.length >= SUCCESSES_KNOWN ? medianOf(paidPpm) : undefined;
  if (paid !== undefined)
    return {
      ppm: ppm(Math.ceil(paid)),
      because: `median of ${paidPpm.length} successes to this peer`,
    };
  if (gossipInboundPpm !== undefined)
    return { ppm: ppm(Math.ceil(gossipInboundPpm)), because: 'what the peer and the way ask' };
  return { ppm: law.inboundFallbackPpm, because: 'nothing better is known' };
}
