/** A destination that sells what it gets, a source with plenty, and the default law, for the tests of this folder. */

import type { ChannelId } from '../units.ts';
import {
  fromSat,
  msat,
  type NodeId,
  parseChannelId,
  parseNodeId,
  ppm,
  share,
  unixMs,
} from '../units.ts';
import type { RebalanceChannel, RebalanceHistory, RebalanceSettings } from './types.ts';

export const NOW = unixMs(1_790_000_000_000);
export const ago = (ms: number) => unixMs(NOW - ms);
export const MINUTE_MS = 60_000;

export function channelNamed(index: number): ChannelId {
  const parsed = parseChannelId(index.toString(16).padStart(64, '0'));
  if (parsed === undefined) throw new Error(`no channel id: ${index}`);
  return parsed;
}
export function peerNamed(index: number): NodeId {
  const parsed = parseNodeId(`02${index.toString(16).padStart(64, '0')}`);
  if (parsed === undefined) throw new Error(`no node id: ${index}`);
  return parsed;
}

export const LAW: RebalanceSettings = {
  version: 1,
  minProfit: fromSat(10),
  minAmount: fromSat(50_000),
  maxAmount: fromSat(5_000_000),
  chunk: fromSat(500_000),
  cooldownHours: 24,
  maxCostShare: 0.65,
  kelly: false,
  kellyFraction: 0.5,
  hiveTolerance: fromSat(50),
  inboundFallbackPpm: ppm(500),
  graceDays: 14,
};

export const FRESH: RebalanceHistory = {
  failures: 0,
  lastFailure: undefined,
  lastSuccess: undefined,
  sourceFailures: 0,
  earnedBack: 0,
  finished: 0,
  paidPpm: [],
  gossipInboundPpm: 200,
};

/** Has 100 000 of the 500 000 sat it should have, sells 10 000 sat an hour at 1000 ppm. */
const DESTINATION: RebalanceChannel = {
  channelId: channelNamed(1),
  peerId: peerNamed(1),
  capacity: fromSat(10_000_000),
  spendable: fromSat(100_000),
  receivable: fromSat(9_800_000),
  share: share(0.01),
  eligible: true,
  mode: 'enabled',
  hive: false,
  flow: 'BALANCED',
  dailyVolume: fromSat(100_000),
  class: 'PROFITABLE',
  marginalRoi: 1,
  ageDays: 400,
  uptime: share(1),
  congested: false,
  slots: { in: share(0.1), out: share(0.1), max: 483 },
  outPerRoutableHour: fromSat(10_000),
  missedPerHour: msat(0n),
  price: ppm(1000),
  htlcLimitIn: fromSat(9_900_000),
  htlcLimitOut: fromSat(9_900_000),
  history: FRESH,
};

export const destinationAs = (change: Partial<RebalanceChannel> = {}): RebalanceChannel => ({
  ...DESTINATION,
  ...change,
});

/** Full, of another peer, sells little: `index` ≥ 2 tells several apart. */
export const sourceAs = (change: Partial<RebalanceChannel> = {}, index = 2): RebalanceChannel => ({
  ...DESTINATION,
  channelId: channelNamed(index),
  peerId: peerNamed(index),
  spendable: fromSat(8_000_000),
  receivable: fromSat(1_900_000),
  share: share(0.8),
  flow: 'SINK',
  outPerRoutableHour: fromSat(1_000),
  price: ppm(500),
  ...change,
});

export const historyAs = (change: Partial<RebalanceHistory>): RebalanceHistory => ({
  ...FRESH,
  ...change,
});
