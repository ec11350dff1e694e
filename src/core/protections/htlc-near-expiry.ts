/**
 * HTLCs that left us and hang (SPEC 7.6): when one comes near its expiry the channel may be closed by force, so no
 * more is moved over it; several at once are a sign that something is wrong with us, not with one peer. A forward's
 * last hop is near its expiry from the beginning, so only those that have been pending for a while count.
 */
import { type ChannelId, HOUR_MS } from '../units.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6. */
const NEAR_BLOCKS = 36;
/** An ordinary HTLC ends within seconds; BOLT 11's least for a last hop is 18 blocks, well inside of NEAR_BLOCKS. */
const HANGS_AFTER_MS = 20 * 60_000;
/** Numbers further back are no heights of this chain. */
const NONSENSE_BLOCKS = 2016;
const NODE_WIDE = 3;
const HOLDS_MS = 2 * HOUR_MS;

/** An HTLC that left us, as the last looks showed it. */
export type OutgoingHtlc = {
  /** Block height; undefined: not known. */
  readonly expiry: number | undefined;
  /** For how long the looks have shown it, ms. */
  readonly pendingMs: number;
};

/** Blocks that are left to those that hang and are near their expiry, fewest first. Nothing without a height. */
export const blocksLeft = (
  htlcs: readonly OutgoingHtlc[],
  height: number | undefined,
): readonly number[] =>
  htlcs
    .filter(({ pendingMs }) => pendingMs >= HANGS_AFTER_MS)
    .map(({ expiry }) => (expiry ?? Number.NaN) - (height ?? Number.NaN))
    .filter((left) => left < NEAR_BLOCKS && left > -NONSENSE_BLOCKS)
    .sort((a, b) => a - b);

/** `left`: of the HTLCs on this channel, as `blocksLeft` says. */
export const htlcNearExpiry = (
  channelId: ChannelId,
  left: readonly number[],
): Trigger | undefined =>
  fired(left, 1, 'an HTLC of ours hangs and comes near its expiry', channelId);

/** `left`: of the HTLCs on all channels. */
export const htlcsNearExpiry = (left: readonly number[]): Trigger | undefined =>
  fired(left, NODE_WIDE, 'several HTLCs of ours hang and come near their expiry');

function fired(
  left: readonly number[],
  least: number,
  cause: string,
  channelId?: ChannelId,
): Trigger | undefined {
  if (left.length < least) return undefined;
  return trigger({
    name: 'htlc near expiry',
    scope: 'rebalance',
    ...(channelId === undefined ? {} : { channelId }),
    cause,
    numbers: `${left.length} with less than ${NEAR_BLOCKS} blocks left, the nearest ${Math.min(...left)}`,
    holdsMs: HOLDS_MS,
  });
}
