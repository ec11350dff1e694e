/** Nothing is decided on a number that is missing or cannot be true (SPEC "Words"): here it is found, by name. */
import type { Msat } from '../units.ts';
import type { RebalanceChannel } from './types.ts';

const isAmount = (amount: Msat | undefined): boolean => amount === undefined || amount >= 0n;
const isFraction = (part: number | undefined): boolean =>
  part === undefined || (part >= 0 && part <= 1);
const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;
const isRate = (rate: number): boolean => Number.isSafeInteger(rate) && rate >= 0;

/** The first field of the channel that cannot be decided on; undefined: all can. */
export function unknownField(channel: RebalanceChannel): string | undefined {
  const { history, slots } = channel;
  const checks: readonly (readonly [field: string, known: boolean])[] = [
    ['capacity', channel.capacity > 0n],
    ['spendable', isAmount(channel.spendable)],
    ['receivable', isAmount(channel.receivable)],
    ['share', isFraction(channel.share)],
    ['daily volume', isAmount(channel.dailyVolume)],
    ['marginal ROI', Number.isFinite(channel.marginalRoi)],
    ['age', channel.ageDays === undefined || channel.ageDays >= 0],
    ['uptime', isFraction(channel.uptime)],
    ['slots', isFraction(slots.in) && isFraction(slots.out) && isCount(slots.max)],
    ['volume out', isAmount(channel.outPerRoutableHour)],
    ['missed volume', isAmount(channel.missedPerHour)],
    ['price', isRate(channel.price)],
    ['HTLC limits', isAmount(channel.htlcLimitIn) && isAmount(channel.htlcLimitOut)],
    ['failures', isCount(history.failures) && history.sourceFailures >= 0],
    ['last failure', history.failures === 0 || history.lastFailure !== undefined],
    ['record', isCount(history.finished) && history.earnedBack <= history.finished],
    ['record', isCount(history.earnedBack)],
    ['inbound price', isPaid(history.gossipInboundPpm) && history.paidPpm.every(isPaid)],
    ['budget', isAmount(channel.budget)],
  ];
  return checks.find(([, known]) => !known)?.[0];
}

const isPaid = (rate: number | undefined): boolean =>
  rate === undefined || (Number.isFinite(rate) && rate >= 0);
