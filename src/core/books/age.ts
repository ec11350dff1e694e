/** How long a channel has been open (SPEC 6.1). */
import { DAY_MS, type Scid, type UnixMs, unixMs } from '../units.ts';

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

/** Where a date of opening comes from, in the order in which they are believed (SPEC 6.1). */
export type OpeningSource = 'state changes' | 'recorded opening' | 'blocks';
export type Opening = { readonly at: UnixMs; readonly source: OpeningSource };

export type OpeningEvidence = {
  readonly changes: readonly StateChange[];
  /** The node's own record of the opening. */
  readonly recorded: UnixMs | undefined;
  /** Block of the first real scid: an alias has none, one after a splice names the splice. undefined: unknown. */
  readonly height: number | undefined;
  /** The nearest blocks whose times we saw, at or below and at or above that height. */
  readonly below: BlockTime | undefined;
  readonly above: BlockTime | undefined;
};

/** When a channel opened and how that is known; undefined: it is not. */
export function openingOf(evidence: OpeningEvidence): Opening | undefined {
  const { recorded } = evidence;
  const changed = openedAt(evidence.changes);
  if (changed !== undefined) return { at: changed, source: 'state changes' };
  if (recorded !== undefined) return { at: recorded, source: 'recorded opening' };
  const { height, below, above } = evidence;
  if (height === undefined || !below || !above) return undefined;
  const at = timeOfBlock(height, below, above);
  return at === undefined ? undefined : { at, source: 'blocks' };
}

/** The block a real scid names. */
export const blockOf = (scid: Scid): number => Number(scid.split('x', 1)[0]);

/** Days since a moment, never negative; undefined: unknown. */
export const daysSince = (moment: UnixMs | undefined, now: UnixMs): number | undefined =>
  moment === undefined ? undefined : Math.max(0, now - moment) / DAY_MS;
