/**
 * Rule 2: a dead channel asks nothing until somebody comes or 48 h have passed (SPEC 3, rule 2; 4.9).
 * It outranks the fire sale, costs at most what `bargain.ts` allows, and its end is evidence either way.
 */
import type { ChannelClass } from '../books/types.ts';
import { type ChannelId, DAY_MS, HOUR_MS, ppm, type UnixMs } from '../units.ts';
import { plain } from '../wording.ts';
import { bargainHtlcMax, bargainRests } from './bargain.ts';
import type { ChannelFeeState, FeeObservation, FeeSettings } from './types.ts';
import { applies, passes, type Verdict } from './verdict.ts';

/** SPEC 4.9. */
const PROBE_MS = 48 * HOUR_MS;
const PROBES_KEPT = 10;
const MIN_AGE_DAYS = 30;
const SHARE_AT_A_TIME = 0.05;
const EVIDENCE_MS = 14 * DAY_MS;

export function zeroFeeProbe(
  seen: FeeObservation,
  state: ChannelFeeState,
  law: FeeSettings,
): Verdict {
  const since = state.probe?.since ?? (seen.probeGranted ? seen.at : undefined);
  if (since === undefined) return passes('probe', 'none is due');
  const over = ended(seen, state, since);
  if (over) return passes('probe', over.because, over.memory);
  const hours = (seen.at - since) / HOUR_MS;
  return applies(
    {
      rule: 'probe',
      ppm: ppm(0),
      base: law.base,
      htlcMax: bargainHtlcMax(seen),
      enforceDelay: undefined,
      binding: 'probe',
    },
    `nothing was routed for ${plain(seen.idleDays ?? 0, 0)} days: free for ${plain(48 - hours, 1)} h more or until the first forward`,
    { probe: { since } },
  );
}

type End = { readonly because: string; readonly memory: Verdict['memory'] };

/** Why a probe is over (or cannot begin), and what that proves. */
function ended(seen: FeeObservation, state: ChannelFeeState, since: UnixMs): End | undefined {
  if (!seen.announced || seen.splicing)
    return { because: 'not on an unannounced or splicing channel', memory: { probe: undefined } };
  if (state.probe && forwardSince(seen, since))
    return { because: 'it brought a forward', memory: { probe: undefined } };
  const rests = bargainRests(seen, state);
  if (rests) return { because: rests.because, memory: { ...rests.memory, probe: undefined } };
  if (seen.at - since < PROBE_MS) return undefined;
  return {
    because: '48 h brought no forward',
    memory: {
      probe: undefined,
      probesEnded: [...state.probesEnded, seen.at].slice(-PROBES_KEPT),
    },
  };
}

/** A settled forward at or after a moment; an unknown idle time proves none. */
const forwardSince = (seen: FeeObservation, since: UnixMs): boolean =>
  seen.idleDays !== undefined && seen.at - seen.idleDays * DAY_MS >= since;

/** A managed channel, as the choice of probes sees it. */
export type ProbeCandidate = {
  readonly channelId: ChannelId;
  readonly class: ChannelClass;
  readonly idleDays: number | undefined;
  readonly ageDays: number | undefined;
  readonly announced: boolean;
  readonly routable: boolean;
  /** Held by a lock, a policy other than dynamic, a splice or the canary: never granted. */
  readonly eligible: boolean;
  readonly running: boolean;
  readonly probesEnded: readonly UnixMs[];
};

/**
 * Which channels may begin a probe now, of all managed ones: longest idle first, at most max(1, 5 %) at a time
 * (SPEC 4.9). One whose last probe ended within 48 h lets the others go first.
 */
export function chooseProbes(
  channels: readonly ProbeCandidate[],
  at: UnixMs,
): readonly ChannelId[] {
  const running = channels.filter((channel) => channel.running).length;
  const room = Math.max(1, Math.floor(channels.length * SHARE_AT_A_TIME)) - running;
  return channels
    .filter((channel) => isDue(channel, at))
    .toSorted(
      (a, b) => (b.idleDays ?? 0) - (a.idleDays ?? 0) || (a.channelId < b.channelId ? -1 : 1),
    )
    .slice(0, Math.max(0, room))
    .map(({ channelId }) => channelId);
}

function isDue(channel: ProbeCandidate, at: UnixMs): boolean {
  const { idleDays, ageDays, probesEnded } = channel;
  if (channel.class !== 'STAGNANT_CANDIDATE' || channel.running || !channel.eligible) return false;
  if (!channel.announced || !channel.routable) return false;
  if (idleDays === undefined || ageDays === undefined || ageDays < MIN_AGE_DAYS) return false;
  const last = probesEnded.at(-1);
  return last === undefined || at - last >= PROBE_MS;
}

/** Two probes ended within 14 days and nothing was forwarded since the first: evidence for ZOMBIE (SPEC 4.9). */
export function probesProveDead(
  probesEnded: readonly UnixMs[],
  lastForwardAt: UnixMs | undefined,
): boolean {
  const barren = probesEnded.filter((end) => lastForwardAt === undefined || end > lastForwardAt);
  return barren.some((end, i) => {
    const following = barren[i + 1];
    return following !== undefined && following - end <= EVIDENCE_MS;
  });
}
