/** A peer that comes and goes (SPEC 7.6): what is sent to it or through it would hang. Our own downtime proves nothing. */
import { type ChannelId, HOUR_MS, type UnixMs } from '../units.ts';
import { type Trigger, trigger } from './trigger.ts';

/** SPEC 7.6: this often within FLAPPING_WITHIN_MS. */
const MOST_TIMES = 6;
export const FLAPPING_WITHIN_MS = 2 * HOUR_MS;
const HOLDS_MS = 6 * HOUR_MS;
/** Around our own downtime everybody seems to leave. */
const AROUND_MS = 60_000;

export type Span = { readonly from: UnixMs; readonly to: UnixMs };
export type Connection = { readonly at: UnixMs; readonly connected: boolean };

/** How often the peer left in the time, apart from our own downtimes. */
export const timesLeft = (
  events: readonly Connection[],
  downtimes: readonly Span[],
  { from, to }: Span,
): number =>
  events.filter(
    ({ at, connected }) =>
      !connected &&
      at > from &&
      at <= to &&
      !downtimes.some((down) => at >= down.from - AROUND_MS && at <= down.to + AROUND_MS),
  ).length;

/** For one of its channels. `times` within FLAPPING_WITHIN_MS. */
export function flappingPeer(channelId: ChannelId, times: number): Trigger | undefined {
  if (!(times >= MOST_TIMES)) return undefined;
  return trigger({
    name: 'flapping peer',
    scope: 'rebalance',
    channelId,
    cause: 'its peer comes and goes',
    numbers: `it left ${times} times within ${FLAPPING_WITHIN_MS / HOUR_MS} h`,
    holdsMs: HOLDS_MS,
  });
}
