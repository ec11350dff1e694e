/** A quiet account with plenty of funds, for the tests of this folder. */
import { type ChannelId, fromSat, type Msat, msat, parseChannelId, unixMs } from '../units.ts';
import type { Funds, Hold, Spend, SpendLaw, SpendRequest } from './types.ts';

export const NOW = unixMs(1_790_000_000_000);
export const ago = (ms: number) => unixMs(NOW - ms);
export function channelNamed(index: number): ChannelId {
  const parsed = parseChannelId(index.toString(16).padStart(64, '0'));
  if (parsed === undefined) throw new Error(`no channel id: ${index}`);
  return parsed;
}

export const LAW: SpendLaw = {
  dailyBudget: fromSat(5000),
  proportional: false,
  proportionalPct: 0.05,
  minWalletReserve: fromSat(1_000_000),
  minOnchainReserve: msat(0n),
  hiveWeeklyLoss: fromSat(350),
};
export const FUNDS: Funds = {
  confirmedOnchain: fromSat(2_000_000),
  spendable: fromSat(50_000_000),
  revenue24h: fromSat(1_000),
};

export const requestAs = (amount: Msat, change: Partial<SpendRequest> = {}): SpendRequest => ({
  destination: channelNamed(1),
  kind: 'normal',
  amount,
  destinationFees30d: fromSat(1_000_000),
  ...change,
});
export const holdOf = (amount: Msat, change: Partial<Hold> = {}): Hold => ({
  destination: channelNamed(9),
  kind: 'normal',
  amount,
  since: ago(1),
  unknown: false,
  ...change,
});
export const spendOf = (amount: Msat, agoMs: number, change: Partial<Spend> = {}): Spend => ({
  destination: channelNamed(9),
  kind: 'normal',
  amount,
  at: ago(agoMs),
  ...change,
});
