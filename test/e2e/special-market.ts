/** A world in which rules 1 and 2 rule: one crowded channel, and one that nobody has used for long. */
import { DAY_MS, laterBy } from '../../src/core/units.ts';
import {
  DOUBLE_START,
  doubleChannel,
  MarketDouble,
} from '../../src/sim/embedded-node/market-double.ts';

/** Of 483 slots: above the threshold of 0.8. */
const PENDING = 450;

const crowd = Array.from({ length: PENDING }, (_, id) => ({
  direction: 'out' as const,
  id,
  amount: 1_000_000,
  paymentHash: '00'.repeat(32),
}));

/** A channel is silent once its peer was watched for a week; two hours later it is probed. */
export const SPECIAL_AFTER_HOURS = 7 * 24 + 2;

/** Channel 0 gets congested, channel 1 (its index is 2) is probed: after that time they ask 5000 and 0 ppm. */
export function specialMarket(): MarketDouble {
  const openedAt = laterBy(DOUBLE_START, -200 * DAY_MS);
  return new MarketDouble([
    doubleChannel(0, { openedAt, htlcs: crowd }),
    doubleChannel(2, { openedAt }),
  ]);
}
