/**
 * What a channel does (SPEC 2.4): volume, velocity, direction and the state they amount to. Made from settled
 * volume by rolling day alone; capacity is the channel's own, never spendable + receivable.
 */
import { type ChannelId, DAY_MS, type Msat, msat, type Share, type UnixMs } from '../units.ts';
import type { DayFlow, FlowMetrics, FlowState } from './types.ts';

/** SPEC 2.4: each day of age weighs 0.8 times the one after it. */
const DAY_WEIGHT = 0.8;
/** SPEC 2.4: SOURCE above +0.5, SINK below −0.5; left only past ±0.4. */
const ENTER = 0.5;
const LEAVE = 0.4;
/** SPEC 2.4: fewer forwards, or less turnover than 1 % of capacity, are no evidence. */
const ENOUGH_FORWARDS = 10;
const ENOUGH_TURNOVER_PERCENT = 1n;
/** SPEC 2.4: without evidence the share speaks: emptied below 0.30, filled above 0.70. */
const EMPTIED = 0.3;
const FILLED = 0.7;

export type FlowInput = {
  readonly channelId: ChannelId;
  readonly at: UnixMs;
  /** `flow-window-days`. */
  readonly windowDays: number;
  /** `new-channel-grace-days`. */
  readonly graceDays: number;
  /** At most one entry a day of age; a missing day had no forward. */
  readonly days: readonly DayFlow[];
  readonly capacity: Msat;
  readonly share: Share;
  /** Days since lock-in; undefined: unknown, then the whole window counts and the channel is not NEW. */
  readonly ageDays: number | undefined;
  /** State of the analysis before, for the hysteresis. */
  readonly previous: FlowState | undefined;
};

type Sums = { readonly in: bigint; readonly out: bigint; readonly count: number };

/** The metrics of one channel; pure arithmetic over at most `windowDays` entries. */
export function flowMetrics(input: FlowInput): FlowMetrics {
  const { channelId, at, windowDays, capacity, share } = input;
  const inWindow = input.days.filter(({ age }) => age >= 0 && age < windowDays);
  const sums = total(inWindow);
  const dailyVolume = daily(sums, observedDays(input.ageDays, windowDays));
  const direction = weightedDirection(inWindow);
  const evident = isEvident(sums, capacity);
  return {
    channelId,
    at,
    windowDays,
    in: msat(sums.in),
    out: msat(sums.out),
    count: sums.count,
    dailyVolume,
    velocity: capacity > 0n ? Number(dailyVolume) / Number(capacity) : 0,
    direction,
    state: evident ? byDirection(direction, input.previous) : byShare(input),
    confidence: evident ? 'high' : 'low',
    share,
    capacity,
  };
}

const total = (days: readonly DayFlow[]): Sums =>
  days.reduce<Sums>(
    (sum, day) => ({ in: sum.in + day.in, out: sum.out + day.out, count: sum.count + day.count }),
    { in: 0n, out: 0n, count: 0 },
  );

/** SPEC 2.4: clamp(days since lock-in, 1, window). */
const observedDays = (ageDays: number | undefined, windowDays: number): number =>
  Math.max(1, Math.min(ageDays ?? windowDays, windowDays));

/** msat a day, rounded down; whole milliseconds keep the division exact. */
function daily(sums: Sums, days: number): Msat {
  const ms = BigInt(Math.round(days * DAY_MS));
  return msat(((sums.in + sums.out) * BigInt(DAY_MS)) / ms);
}

/** (out − in) / (out + in) over weighted days, −1 … +1; 0 without volume. */
function weightedDirection(days: readonly DayFlow[]): number {
  let net = 0;
  let gross = 0;
  for (const day of days) {
    const weight = DAY_WEIGHT ** day.age;
    net += weight * Number(day.out - day.in);
    gross += weight * Number(day.out + day.in);
  }
  return gross > 0 ? net / gross : 0;
}

const isEvident = (sums: Sums, capacity: Msat): boolean =>
  sums.count >= ENOUGH_FORWARDS &&
  (sums.in + sums.out) * 100n >= capacity * ENOUGH_TURNOVER_PERCENT;

function byDirection(direction: number, previous: FlowState | undefined): FlowState {
  if (direction > ENTER || (previous === 'SOURCE' && direction >= LEAVE)) return 'SOURCE';
  if (direction < -ENTER || (previous === 'SINK' && direction <= -LEAVE)) return 'SINK';
  return 'BALANCED';
}

function byShare({ ageDays, graceDays, share }: FlowInput): FlowState {
  if (ageDays !== undefined && ageDays < graceDays) return 'NEW';
  if (share < EMPTIED) return 'SOURCE';
  return share > FILLED ? 'SINK' : 'BALANCED';
}
