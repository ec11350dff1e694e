/**
 * Every channel as a possible source, judged once by what does not depend on the destination: so a thousand
 * destinations ask a thousand channels without asking the same question a million times.
 */
import type { ChannelId, Msat } from '../units.ts';
import { gives, type SourceCode, sourceRefusal } from './source-gates.ts';
import type { RebalanceChannel, RebalanceSettings } from './types.ts';

export type Pooled = {
  readonly source: RebalanceChannel;
  /** What it may give away, msat. */
  readonly gives: Msat;
  /** Why it gives to nobody but, perhaps, the fleet; undefined: it may give. */
  readonly toOthers: SourceCode | undefined;
  /** Why it gives not even to the fleet (SPEC 4.4, hive push). */
  readonly toFleet: SourceCode | undefined;
};
export type SourcePool = ReadonlyMap<ChannelId, Pooled>;

export const poolOf = (
  channels: readonly RebalanceChannel[],
  law: Pick<RebalanceSettings, 'minAmount'>,
): SourcePool => new Map(channels.map((one) => [one.channelId, pooled(one, law)]));

export function pooled(
  source: RebalanceChannel,
  { minAmount }: Pick<RebalanceSettings, 'minAmount'>,
): Pooled {
  const most = gives(source);
  const empty = most < minAmount ? 'nothing_to_give' : undefined;
  return {
    source,
    gives: most,
    toOthers: sourceRefusal(source, { hive: false }) ?? empty,
    toFleet: sourceRefusal(source, { hive: true }) ?? empty,
  };
}

/** Why it is no source for this destination, whatever the amount; undefined: it may be. */
export function refusalFor(
  { source, toOthers, toFleet }: Pooled,
  to: Pick<RebalanceChannel, 'channelId' | 'peerId' | 'hive'>,
): SourceCode | undefined {
  if (source.channelId === to.channelId) return 'itself';
  if (source.peerId === to.peerId) return 'same_peer';
  return to.hive ? toFleet : toOthers;
}
