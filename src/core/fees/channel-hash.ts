import type { ChannelId } from '../units.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A number 0 ≤ h < 1 that belongs to a channel for ever (FNV-1a with a final mix, so that neighbouring ids differ). */
export function channelFraction(channelId: ChannelId, purpose: string): number {
  let hash = FNV_OFFSET;
  for (const letter of `${purpose}:${channelId}`)
    hash = Math.imul(hash ^ letter.charCodeAt(0), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
