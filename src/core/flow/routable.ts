/** When a channel could have sold (SPEC, words): the time that counts as exposure of its price. */
import { fromSat, HOUR_MS, type Msat, type Share, type UnixMs } from '../units.ts';

/** SPEC, words: less than this is not worth calling routable. */
const LEAST_SPENDABLE = fromSat(25_000);
/** SPEC 3.1: an interval between two looks counts at most twice the fee interval. */
export const LONGEST_INTERVALS = 2;

/** What must be spendable: the usual forward of the channel (of the node when it has fewer than 10), at least 25 000 sat. */
export function routableFrom(ofChannel: Msat | undefined, ofNode: Msat | undefined): Msat {
  const usual = ofChannel ?? ofNode ?? LEAST_SPENDABLE;
  return usual > LEAST_SPENDABLE ? usual : LEAST_SPENDABLE;
}

/** Whether a payment of the usual size could leave right now. */
export const isRoutable = (
  channel: { readonly connected: boolean; readonly spendable: Msat },
  least: Msat,
): boolean => channel.connected && channel.spendable >= least;

export type Looks = {
  readonly from: UnixMs;
  readonly to: UnixMs;
  /** Routable at the look before; undefined: there was none. */
  readonly before: boolean | undefined;
  readonly after: boolean;
  /** Connected share of [from, to]; undefined: no history, then the two looks are all we have. */
  readonly connected: Share | undefined;
  readonly feeIntervalMs: number;
};

/** Hours that count as routable between two looks: all connected time when both found it so, half when one did. */
export function routableHours(looks: Looks): number {
  if (looks.before === undefined) return 0;
  const seen = Number(looks.before) + Number(looks.after);
  const longest = LONGEST_INTERVALS * looks.feeIntervalMs;
  const ms = Math.min(Math.max(0, looks.to - looks.from), longest);
  return (ms / HOUR_MS) * (looks.connected ?? 1) * (seen / 2);
}
