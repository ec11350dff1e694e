/** How long a channel has been open (SPEC 6.1). */
import { DAY_MS, type UnixMs, unixMs } from '../units.ts';

export type StateChange = { readonly at: UnixMs; readonly from: string; readonly to: string };
/** A block and the time at which we saw it. */
export type BlockTime = { readonly height: number; readonly at: UnixMs };

/**
 * When the channel first became CHANNELD_NORMAL. A history that begins with the end of a splice belongs to a channel
 * older than the history, so it does not date the opening: undefined.
 */
export function openedAt(changes: readonly StateChange[]): UnixMs | undefined {
  const [first] = changes.filter(({ to }) => to === 'CHANNELD_NORMAL').sort((a, b) => a.at - b.at);
  return first?.from === 'CHANNELD_AWAITING_SPLICE' ? undefined : first?.at;
}

/** The time of a block between two whose times we saw; undefined outside of them: blocks do not come every 600 s. */
export function timeOfBlock(height: number, a: BlockTime, b: BlockTime): UnixMs | undefined {
  const [low, high] = a.height <= b.height ? [a, b] : [b, a];
  if (height < low.height || height > high.height) return undefined;
  if (high.height === low.height) return low.at;
  const part = (height - low.height) / (high.height - low.height);
  return unixMs(low.at + part * (high.at - low.at));
}

/** Days since a moment, never negative; undefined: unknown. */
export const daysSince = (moment: UnixMs | undefined, now: UnixMs): number | undefined =>
  moment === undefined ? undefined : Math.max(0, now - moment) / DAY_MS;
