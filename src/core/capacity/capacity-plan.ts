/**
 * Where capital should go (SPEC 6.5): "close A, splice into B". Advice and nothing else: no part of this plugin opens,
 * closes or splices a channel.
 */
import { type BlockSpace, mempoolAdvice } from './block-space.ts';
import { loserOf } from './losers.ts';
import { payback } from './payback.ts';
import type { CapacityChannel, CapacityPlan, Loser, Pair, Winner } from './types.ts';
import { winnerOf } from './winners.ts';

/** The same channels and feerate give the same plan, whatever their order. */
export function capacityPlan(
  channels: readonly CapacityChannel[],
  space: BlockSpace,
): CapacityPlan {
  const losers = channels.flatMap((channel) => loserOf(channel) ?? []).toSorted(largestFirst);
  const lost = new Set(losers.map(({ channel }) => channel.channelId));
  const winners = channels
    .flatMap((channel) => winnerOf(channel) ?? [])
    .filter(({ channel }) => !lost.has(channel.channelId))
    .toSorted(bestFirst);
  const closable = losers.filter(({ action }) => action === 'CLOSE');
  const pairs = closable
    .filter(({ channel }) => channel.toUs > 0n)
    .flatMap((loser, index) => pairOf(loser, winners[index], space));
  const paired = new Set(pairs.map(({ close }) => close));
  return {
    mempool: mempoolAdvice(space),
    winners,
    losers,
    pairs,
    unpaired: closable.filter((loser) => !paired.has(loser)),
    growing: winners.slice(pairs.length),
  };
}

/** Without a winner there is none. A peer of which nobody knows whether it can splice is asked to; the answer says that it is not known. */
function pairOf(close: Loser, into: Winner | undefined, space: BlockSpace): readonly Pair[] {
  if (into === undefined) return [];
  const how = into.channel.splices === false ? 'open' : 'splice';
  const back = payback(close.channel, into.channel, close.channel.toUs, how, space);
  return [{ close, into, how, payback: back }];
}

const byName = (one: CapacityChannel, other: CapacityChannel): number =>
  one.channelId < other.channelId ? -1 : 1;
const bestFirst = ({ channel: one }: Winner, { channel: other }: Winner): number =>
  other.roi - one.roi || other.marginalRoi - one.marginalRoi || byName(one, other);
const largestFirst = ({ channel: one }: Loser, { channel: other }: Loser): number =>
  Number(other.capacity - one.capacity) || byName(one, other);
