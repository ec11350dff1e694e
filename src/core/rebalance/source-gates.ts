/** May sats be taken from this channel, and how many (SPEC 4.4)? */
import { type ChannelId, type Msat, msat, type NodeId, share } from '../units.ts';
import { isSteady } from './destination-gates.ts';
import { unknownField } from './known.ts';
import { isReliable } from './reliability.ts';
import { leavesSlots } from './scarcity-guard.ts';
import { targetOf } from './targets.ts';
import type { RebalanceChannel, RebalanceMode } from './types.ts';

/** SPEC 4.4: a channel that sells well gives only what lies above 80 %. */
const PROTECTED = { share: 0.8, part: 4n, of: 5n };

/** Why a channel is no source for this destination. */
export type SourceCode =
  | 'itself'
  | 'same_peer'
  | 'unknown'
  | 'not_eligible'
  | 'busy'
  | 'policy'
  | 'uptime'
  | 'new'
  | 'unreliable'
  | 'nothing_to_give'
  | 'scarcity_guard';

/** SPEC 5. */
export function mayDrain(mode: RebalanceMode): boolean {
  switch (mode) {
    case 'enabled':
    case 'source_only':
      return true;
    case 'disabled':
    case 'sink_only':
      return false;
  }
}

/** What it may give away, msat: its excess, and only what lies above 80 % (never more than that) while it sells well. */
export function gives(source: RebalanceChannel): Msat {
  if (source.flow !== 'SOURCE') return targetOf(source).excess;
  const kept = (source.capacity * PROTECTED.part + PROTECTED.of - 1n) / PROTECTED.of;
  const above = source.spendable - kept;
  return msat(source.share > PROTECTED.share && above > 0n ? above : 0n);
}

/** A destination; without a name only what holds for all of them is asked. */
type To = {
  readonly channelId?: ChannelId;
  readonly peerId?: NodeId;
  readonly hive: boolean;
};

/** The first gate that refuses, whatever the amount; undefined: all let it pass. */
export function sourceRefusal(source: RebalanceChannel, to: To): SourceCode | undefined {
  if (source.channelId === to.channelId) return 'itself';
  if (source.peerId === to.peerId) return 'same_peer';
  if (unknownField(source) !== undefined) return 'unknown';
  if (!source.eligible) return 'not_eligible';
  if (source.busy === true) return 'busy';
  if (!mayDrain(source.mode)) return 'policy';
  if (!isSteady(source.uptime)) return 'uptime';
  if (source.flow === 'NEW' && !to.hive) return 'new';
  if (!isReliable(source.history.sourceFailures)) return 'unreliable';
  return undefined;
}

/** An HTLC of `chunk` (msat) may leave by it. */
export const hasSlotsFor = (source: RebalanceChannel, chunk: Msat): boolean =>
  leavesSlots(source.slots.out, source.slots.max, chunk);

/**
 * The source as another plan sees it that may run beside one which takes `amount` (msat). Its share stays that of the
 * look: what a channel keeps depends on it, and whoever gave down to the middle must not count as idle for that.
 */
export function afterGiving(
  source: RebalanceChannel,
  amount: Msat,
  slotsUsed: number,
): RebalanceChannel {
  return {
    ...source,
    spendable: msat(source.spendable > amount ? source.spendable - amount : 0n),
    slots: { ...source.slots, out: share(slotsUsed) },
  };
}
