/** How reliably a peer is there (SPEC 2.7). Times in which we were down ourselves prove nothing and are left out. */
import { type Share, share, type UnixMs } from '../units.ts';

/** SPEC 2.7: below this a peer is flapping. */
const STEADY = 0.9;

export type ConnectionEvent = { readonly at: UnixMs; readonly connected: boolean };
export type Interval = { readonly from: UnixMs; readonly to: UnixMs };

/**
 * Connected share of [from, to]. `events`: the last one before `from` and those inside, in any order. Time before
 * the first event is not observed. undefined: nothing of the interval was observed.
 */
export function uptime(
  events: readonly ConnectionEvent[],
  downtime: readonly Interval[],
  { from, to }: Interval,
): Share | undefined {
  const ordered = inOrder(events);
  let observed = 0;
  let connected = 0;
  for (const [i, event] of ordered.entries()) {
    const end = ordered[i + 1]?.at ?? to;
    // Most of a long history lies outside, and nothing of it counts.
    if (end <= from || event.at >= to) continue;
    const stretch = clip({ from: event.at, to: end }, { from, to });
    const length = lengthWithout(stretch, downtime);
    observed += length;
    if (event.connected) connected += length;
  }
  return observed > 0 ? share(connected / observed) : undefined;
}

/** Since when the peer has been connected without a break; undefined while it is away or before we know. */
export function connectedSince(events: readonly ConnectionEvent[]): UnixMs | undefined {
  const ordered = inOrder(events);
  const lastAway = ordered.findLastIndex((event) => !event.connected);
  return ordered[lastAway + 1]?.at;
}

/** Unknown is not flapping: nothing is decided on it. */
export const isFlapping = (connected: Share | undefined): boolean =>
  connected !== undefined && connected < STEADY;

/** Memory hands them out in order: then nothing is copied. */
function inOrder(events: readonly ConnectionEvent[]): readonly ConnectionEvent[] {
  const isOrdered = events.every(({ at }, i) => at >= (events[i - 1]?.at ?? at));
  return isOrdered ? events : events.toSorted((a, b) => a.at - b.at);
}

const clip = (interval: Interval, bounds: Interval): Interval => ({
  from: interval.from > bounds.from ? interval.from : bounds.from,
  to: interval.to < bounds.to ? interval.to : bounds.to,
});

/** Length in ms, less the parts in which we were down. The downtimes do not overlap one another. */
function lengthWithout(stretch: Interval, downtime: readonly Interval[]): number {
  const whole = Math.max(0, stretch.to - stretch.from);
  return downtime.reduce((left, gap) => {
    const lost = clip(gap, stretch);
    return left - Math.max(0, lost.to - lost.from);
  }, whole);
}
