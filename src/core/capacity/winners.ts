/** Channels that would earn more if they were larger (SPEC 6.5). */
import type { CapacityChannel, Winner } from './types.ts';

/** SPEC 6.5. */
const MARGINAL_ROI_ABOVE = 0.2;
const TURNOVER_ABOVE = 0.5;
/** It sells: sats put on our side are what it runs out of. One that fills lacks nothing a splice could give. */
const DIRECTION_ABOVE = 0.8;

/** undefined: it is none. */
export function winnerOf(channel: CapacityChannel): Winner | undefined {
  const { capacity, monthVolume, marginalRoi, direction } = channel;
  if (capacity <= 0n || direction === undefined) return undefined;
  const turnover = Number(monthVolume) / Number(capacity);
  const wins =
    marginalRoi > MARGINAL_ROI_ABOVE && turnover > TURNOVER_ABOVE && direction > DIRECTION_ABOVE;
  return wins ? { channel, turnover } : undefined;
}
