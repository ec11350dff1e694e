/**
 * After the machine's clock was set back, moments in memory lie in the future: tokens would not refill, sleep, rest
 * and rung turns would not end and nothing would be learnt until that moment came, years after a wrong date at boot.
 * What lies ahead counts as happening now; what was to end lasts no longer than it can.
 */
import { DAY_MS, laterBy, type UnixMs } from '../units.ts';
import { LONGEST_SLEEP_INTERVALS } from './hill-climbing.ts';
import type { ClimberState, ClimbWindow } from './hill-climbing.types.ts';
import { LONGEST_TURN_MS } from './ladder.ts';
import type { LadderState } from './ladder.types.ts';
import type { ChannelFeeState, FeeSettings } from './types.ts';

const notAfter = (at: UnixMs, most: UnixMs): UnixMs => (at > most ? most : at);
const maybeNotAfter = (at: UnixMs | undefined, most: UnixMs): UnixMs | undefined =>
  at === undefined ? undefined : notAfter(at, most);

/** The same memory without a moment after `now`. It is the very same object where there is none. */
export function withoutFuture(
  state: ChannelFeeState,
  now: UnixMs,
  law: Pick<FeeSettings, 'feeIntervalMs'>,
): ChannelFeeState {
  if (!liesAhead(state, now, law)) return state;
  const past = (at: UnixMs): UnixMs => notAfter(at, now);
  return {
    ...state,
    firstSeenAt: past(state.firstSeenAt),
    sent: { ...state.sent, at: past(state.sent.at) },
    gossip: { ...state.gossip, at: past(state.gossip.at) },
    dayOpen: { ...state.dayOpen, at: past(state.dayOpen.at) },
    sends: state.sends.map((send) => ({ ...send, at: past(send.at) })),
    bargainRestUntil: maybeNotAfter(state.bargainRestUntil, laterBy(now, DAY_MS)),
    outsideChanges: state.outsideChanges.map(past),
    probe: state.probe && { since: past(state.probe.since) },
    probesEnded: state.probesEnded.map(past),
    unknownSince: maybeNotAfter(state.unknownSince, now),
    ladder: ladderBy(state.ladder, now),
    climber: climberBy(state.climber, now, law),
  };
}

/** Every moment that is written when something happens lies in one of these. */
function liesAhead(
  { firstSeenAt, sent, gossip, outsideChanges, probe, probesEnded, ...rest }: ChannelFeeState,
  now: UnixMs,
  law: Pick<FeeSettings, 'feeIntervalMs'>,
): boolean {
  const { ladder, climber, bargainRestUntil, unknownSince } = rest;
  const happened = [
    ...[firstSeenAt, sent.at, gossip.at, ladder.at, ladder.remainder.since, climber.current.until],
    ...[...outsideChanges, ...probesEnded, ...climber.past.map(({ until }) => until)],
    ...[probe?.since ?? now, unknownSince ?? now],
  ];
  return (
    happened.some((at) => at > now) ||
    ladder.nextMoveAt > now + LONGEST_TURN_MS ||
    (bargainRestUntil ?? now) > now + DAY_MS ||
    (climber.sleepUntil ?? now) > now + LONGEST_SLEEP_INTERVALS * law.feeIntervalMs
  );
}

const ladderBy = (ladder: LadderState, now: UnixMs): LadderState => ({
  ...ladder,
  at: notAfter(ladder.at, now),
  nextMoveAt: notAfter(ladder.nextMoveAt, laterBy(now, LONGEST_TURN_MS)),
  today: { ...ladder.today, day: Math.min(ladder.today.day, Math.floor(now / DAY_MS)) },
  remainder: { ...ladder.remainder, since: notAfter(ladder.remainder.since, now) },
});

function climberBy(
  climber: ClimberState,
  now: UnixMs,
  { feeIntervalMs }: Pick<FeeSettings, 'feeIntervalMs'>,
): ClimberState {
  const ended = (window: ClimbWindow): ClimbWindow => ({
    ...window,
    until: notAfter(window.until, now),
  });
  const latest = laterBy(now, LONGEST_SLEEP_INTERVALS * feeIntervalMs);
  return {
    ...climber,
    current: ended(climber.current),
    past: climber.past.map(ended),
    sleepUntil: maybeNotAfter(climber.sleepUntil, latest),
  };
}
