/** What sling is asked for, how it can be told to behave, and how it says no (facts/neighbours.md §5.1). */
import type { SimChannel } from '../market/market.ts';

/**
 * How sling behaves. stalls: accepts, never tries. lies about success: says done, nothing moved. delivers short: ends
 * after about half. wrong parallel channel: the payment comes back on another channel of that peer, if there is one.
 * dies in mid job: gone after the first settled payment. shortchanges: 1 % less arrives (the hole of < 4.3.1).
 */
export type SlingMode =
  | 'healthy'
  | 'stalls'
  | 'lies about success'
  | 'delivers short'
  | 'wrong parallel channel'
  | 'dies in mid job'
  | 'too old'
  | 'operator jobs'
  | 'shortchanges';

/** Channels by the market's index; msat. */
export type SlingOrder = {
  readonly channel: number;
  readonly direction: 'pull' | 'push';
  readonly chunk: number;
  /** A once job: moves this much, a multiple of `chunk`, and ends. undefined: an endless `sling-job`. */
  readonly total?: number;
  readonly maxPpm: number;
  readonly candidates: readonly number[];
  /** A candidate is used while its balance exceeds max(chunk + 10,000 sat, min(keepShare × capacity, keepAmount)). */
  readonly keepShare: number;
  readonly keepAmount: number;
  /** Endless jobs idle at this share of the channel on the side that is filled; 0.5 unless told. */
  readonly target?: number;
};

/** sling's error: the text as sling says it; nothing was done. */
export class SlingRefused extends Error {
  override name = 'SlingRefused';
}

/** sling is no longer running: its commands are unknown to the node. */
export class SlingGone extends Error {
  override name = 'SlingGone';
}

/** The first thing sling finds wrong with an order by itself; undefined: none. */
export function refusalOf(order: SlingOrder, channel: SimChannel | undefined): string | undefined {
  if (channel === undefined || channel.closed) return 'Channel not found or not in CHANNELD_NORMAL';
  const { chunk, total, direction } = order;
  if (total === undefined) return undefined;
  if (chunk <= 0 || total % chunk !== 0)
    return `onceamount must be a multiple of amount. onceamount: ${total / 1000}, amount: ${chunk / 1000}`;
  const room = direction === 'pull' ? channel.receivable : channel.spendable;
  if (room < total)
    return `Channel ${channel.scid} has not enough capacity to ${direction} ${total}msat`;
  return undefined;
}
