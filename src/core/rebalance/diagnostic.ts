/**
 * The active shock of the defibrillator (SPEC 4.9 b): a small rebalance through a channel that went silent, to learn
 * whether anything can pass at all. It may lose money, so no value is asked of it; what it may cost is fixed.
 */
import { fromSat, type Msat, msat, type Ppm, ppm, type UnixMs } from '../units.ts';
import { sats } from '../wording.ts';
import { halfOf } from './amount.ts';
import { destinationGates, type Gate, isRefused } from './destination-gates.ts';
import { costAt, highestRate } from './rate.ts';
import { gives, hasSlotsFor, mayDrain, sourceRefusal } from './source-gates.ts';
import { targetOf } from './targets.ts';
import { passes, refuses } from './trail.ts';
import type {
  DestinationCode,
  RebalanceChannel,
  RebalancePlan,
  RebalanceSettings,
  RebalanceStep,
} from './types.ts';

/** SPEC 4.9: what is moved, and the most it may cost. */
const AMOUNT = fromSat(50_000);
const MOST = fromSat(100);
/** SPEC 4.9: below one half it is filled, else drained. */
const MIDDLE = 0.5;
/** SPEC 4.9, and the gates of value: the balance, the sales and what was earned before do not matter here. */
const NOT_ASKED: readonly DestinationCode[] = [
  'zombie',
  'underwater',
  'cool_down',
  'at_target',
  'no_evidence',
];

/** What only concerns a channel that is filled, and does not matter for one that is drained. */
const OF_FILLING: readonly DestinationCode[] = [
  ...NOT_ASKED,
  'futility',
  'back_off',
  'policy',
  'sink',
  'scarcity_guard',
  'no_other_peer',
];

export type Direction = 'pull' | 'drain';
/** The price at which 50 000 sat cost 100 sat: 2000 ppm. */
const MAX_PPM: Ppm = highestRate(AMOUNT, MOST) ?? ppm(0);

export type DiagnosticVerdict =
  | {
      readonly kind: 'plan';
      readonly direction: Direction;
      readonly plan: RebalancePlan;
      readonly trail: readonly RebalanceStep[];
    }
  | {
      readonly kind: 'refused';
      readonly code: DestinationCode;
      readonly because: string;
      readonly trail: readonly RebalanceStep[];
    };

/** The shock for one channel; `channels` are all there are. Its cost is booked on `subject`, whatever the direction. */
export function planDiagnostic(
  subject: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): DiagnosticVerdict {
  return subject.share < MIDDLE
    ? pull(subject, channels, law, at)
    : drain(subject, channels, law, at);
}

/** From these few channels the verdict is the same again: what is written down beside it (SPEC 7.4). */
export function decisiveChannels(
  subject: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  verdict: DiagnosticVerdict,
  law: RebalanceSettings,
  at: UnixMs,
): readonly RebalanceChannel[] {
  if (verdict.kind === 'plan') {
    const { destination, sources } = verdict.plan;
    const named = new Set([destination, ...sources.slice(0, SHOWN)]);
    return channels.filter(({ channelId }) => named.has(channelId));
  }
  const other = channels.find((one) => one.eligible && one.peerId !== subject.peerId);
  const drained = verdict.code === 'no_source' && subject.share >= MIDDLE;
  const taker = drained ? takerOf(subject, channels, law, at) : undefined;
  return [...new Set([subject, other, taker])].filter((one) => one !== undefined);
}
const SHOWN = 8;

function pull(
  subject: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): DiagnosticVerdict {
  const gates = gatesOf(subject, channels, law, at);
  const trail = gates.map(({ step }) => step);
  const closed = gates.find(isRefused);
  if (closed) return refused(closed.code, closed.step.because, trail);
  if (!fits(subject)) return tooSmall(trail);
  const sources = channels
    .filter((one) => sourceRefusal(one, subject) === undefined && canGive(one))
    .toSorted((one, other) => orderBy(gives(other), gives(one), one, other));
  return planned('pull', subject, sources, trail);
}

function drain(
  subject: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): DiagnosticVerdict {
  const gates = gatesOf(subject, channels, law, at, OF_FILLING);
  const own = gates.map(({ step }) => step);
  const closed = gates.find(isRefused);
  if (closed) return refused(closed.code, closed.step.because, own);
  if (!mayDrain(subject.mode)) {
    const because = `the policy says ${subject.mode}: it may not be drained`;
    return refused('policy', because, [...own, refuses('policy', because)]);
  }
  const trail = [...own, passes('policy', `rebalancing is ${subject.mode}`)];
  const destination = takerOf(subject, channels, law, at);
  if (destination === undefined) {
    const because = 'no channel of another peer may take it';
    return refused('no_other_peer', because, [...trail, refuses('no_other_peer', because)]);
  }
  return planned('drain', destination, canSpare(subject) ? [subject] : [], trail);
}

/**
 * Where what is drained goes: the one that lacks most of those that may take it. Another silent channel comes last:
 * a way in that is dead would be held against the one that is tried.
 */
function takerOf(
  subject: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): RebalanceChannel | undefined {
  // The gates are the dear part: only until one channel lets it in.
  return channels
    .filter((one) => fits(one) && sourceRefusal(subject, { ...one, hive: false }) === undefined)
    .map((one) => ({ one, lack: targetOf(one).lack }))
    .toSorted(
      (first, other) =>
        Number(isSilent(first.one)) - Number(isSilent(other.one)) ||
        orderBy(other.lack, first.lack, first.one, other.one),
    )
    .find(({ one }) => gatesAsUsual(one, channels, law, at).every(isOpen))?.one;
}

const gatesOf = (
  seen: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
  without: readonly DestinationCode[] = NOT_ASKED,
): readonly Gate[] =>
  destinationGates(
    {
      seen,
      target: { ...targetOf(seen), lack: AMOUNT },
      law,
      at,
      otherPeers: channels.some((one) => one.eligible && one.peerId !== seen.peerId),
    },
    without,
  );

/** The channel that takes what is drained is not the one that is ill: only its balance and its sales do not matter. */
const gatesAsUsual = (
  seen: RebalanceChannel,
  channels: readonly RebalanceChannel[],
  law: RebalanceSettings,
  at: UnixMs,
): readonly Gate[] => gatesOf(seen, channels, law, at, ['at_target', 'no_evidence']);

const isSilent = (one: RebalanceChannel): boolean => one.class === 'STAGNANT_CANDIDATE';
const isOpen = (gate: Gate): boolean => !isRefused(gate);
/** The amount comes in at once and within what the channel takes. */
const fits = (one: RebalanceChannel): boolean =>
  one.receivable >= AMOUNT && halfOf(one.htlcLimitIn) >= AMOUNT;
const canSpare = (one: RebalanceChannel): boolean =>
  one.spendable >= AMOUNT + MOST && halfOf(one.htlcLimitOut) >= AMOUNT && hasSlotsFor(one, AMOUNT);
const canGive = (one: RebalanceChannel): boolean => gives(one) >= AMOUNT && canSpare(one);

function orderBy(
  first: Msat,
  second: Msat,
  one: RebalanceChannel,
  other: RebalanceChannel,
): number {
  if (first !== second) return first > second ? 1 : -1;
  return one.channelId < other.channelId ? -1 : 1;
}

function planned(
  direction: Direction,
  destination: RebalanceChannel,
  sources: readonly RebalanceChannel[],
  trail: readonly RebalanceStep[],
): DiagnosticVerdict {
  if (sources.length === 0) {
    const because = 'no channel may give 50000 sat for it';
    return refused('no_source', because, [...trail, refuses('no_source', because)]);
  }
  const plan: RebalancePlan = {
    destination: destination.channelId,
    sources: sources.map(({ channelId }) => channelId),
    amount: AMOUNT,
    chunk: AMOUNT,
    maxPpm: MAX_PPM,
    cap: costAt(AMOUNT, MAX_PPM),
    income: msat(0n),
    loss: msat(0n),
    inboundPpm: MAX_PPM,
  };
  const step = passes('diagnostic', `${direction}: ${sats(AMOUNT)} for at most ${sats(MOST)}`);
  return { kind: 'plan', direction, plan, trail: [...trail, step] };
}

const tooSmall = (trail: readonly RebalanceStep[]): DiagnosticVerdict => {
  const because = `${sats(AMOUNT)} do not fit into it at once`;
  return refused('too_small', because, [...trail, refuses('too_small', because)]);
};

const refused = (
  code: DestinationCode,
  because: string,
  trail: readonly RebalanceStep[],
): DiagnosticVerdict => ({ kind: 'refused', code, because, trail });
