/**
 * How much of a channel should be ours (SPEC 4.2): three days of its own volume, at least a buffer for bursts, never
 * more than half. What lies above is to give away, what is missing is to be bought.
 */
import { fromSat, type Msat, msat, type Share } from '../units.ts';
import type { RebalanceChannel } from './types.ts';

/** SPEC 4.2: the buffer every channel keeps for a burst. */
const BURST = fromSat(500_000);
/** SPEC 4.2: days of volume. */
const DAYS = 3n;
/** SPEC 4.2: a balanced channel that turns over less than 0.15 % of its capacity a day. */
const BALANCED = { least: 0.4, most: 0.6 };
const IDLE_TURNOVER = { part: 15n, of: 10_000n };

export type Target = {
  /** What we want to be able to send, msat. */
  readonly target: Msat;
  /** Missing for it, msat; 0 when there is enough. */
  readonly lack: Msat;
  /** Above it, msat; a stagnant but balanced channel has no buffer to keep for bursts. */
  readonly excess: Msat;
  readonly stagnant: boolean;
};

type Sized = Pick<RebalanceChannel, 'capacity' | 'spendable' | 'share' | 'dailyVolume'>;

/** The target of one channel and how far its spendable balance is from it. */
export function targetOf(channel: Sized): Target {
  const half = msat(channel.capacity / 2n);
  const days = smaller(half, msat(channel.dailyVolume * DAYS));
  const target = larger(smaller(BURST, half), days);
  if (isStagnant(channel)) {
    const excess = above(channel.spendable, days);
    return { target, lack: msat(0n), excess, stagnant: true };
  }
  return {
    target,
    lack: above(target, channel.spendable),
    excess: above(channel.spendable, target),
    stagnant: false,
  };
}

/** Balanced, so that nobody misses it, and hardly used. */
function isStagnant({ share, dailyVolume, capacity }: Sized): boolean {
  const idle = dailyVolume * IDLE_TURNOVER.of < capacity * IDLE_TURNOVER.part;
  return idle && isBalanced(share);
}

const isBalanced = (share: Share): boolean => share >= BALANCED.least && share <= BALANCED.most;
const above = (high: Msat, low: Msat): Msat => msat(high > low ? high - low : 0n);
const smaller = (one: Msat, other: Msat): Msat => (one < other ? one : other);
const larger = (one: Msat, other: Msat): Msat => (one > other ? one : other);
