/**
 * Somebody else prices this channel (SPEC 7.6, 3.8): what it earns after a rebalance is not ours to say, so none is
 * paid for until their last change is a day old.
 */
import { type ChannelId, DAY_MS, type UnixMs } from '../units.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 3.8: as often within a day as makes us yield the price. */
const MOST_TIMES = 2;

/** `changes`: when somebody else set its fee. Those of a clock that ran ahead do not count. */
export function outsideFeeSetter(
  channelId: ChannelId,
  changes: readonly UnixMs[],
  now: UnixMs,
): Trigger | undefined {
  const recent = changes.filter((at) => at <= now && at > now - DAY_MS);
  if (recent.length < MOST_TIMES) return undefined;
  return trigger({
    name: 'outside fee setter',
    scope: 'rebalance',
    channelId,
    cause: 'somebody else sets its fee',
    numbers: `${recent.length} times within a day`,
    holdsMs: DAY_MS - (now - Math.max(...recent)),
  });
}
